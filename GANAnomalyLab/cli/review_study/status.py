"""``gananomaly review study status``: how far its readers are."""

from __future__ import annotations

import dataclasses

import click

from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.session import Session, standard_options

from ._kept import at_study, kept_options


@click.command("status", short_help="Tell how far the readers of a study are.")
@kept_options
@standard_options
def command(session: Session, study: str | None, reader: str | None, database: str | None) -> None:
    """Tell how far each reader of a study is: nothing of what they said.

    \b
    Example:
      gananomaly review study status --study heatmap

    \b
    What comes out:
      for each reader the readings done and left, the next session and when its washout ends, the mean reading time
    """
    with at_study(database, study, reader) as (store, name, _who):
        from GANAnomalyLib.review.study.study_status import study_status

        kept, progress = study_status(store, name)
    if session.json:
        told = [dataclasses.asdict(one) | {"washout": one.washout and one.washout.isoformat()} for one in progress]
        state = {"study": name, "assigned": kept.seed is not None, "finished": kept.finished}
        session.emit({**state, "hashes": {"design": kept.design_hash, "plan": kept.plan_hash}, "readers": told})
        return
    rows = [
        [
            one.reader,
            str(one.done),
            str(one.left),
            "" if one.session is None else f"{one.session} of {kept.design.sessions}",
            "" if one.washout is None else one.washout.strftime("%Y-%m-%d %H:%M"),
            "" if one.seconds is None else f"{one.seconds:.0f} s",
        ]
        for one in progress
    ]
    word = "finished" if kept.finished else "being read" if kept.seed is not None else "not assigned yet"
    heads = ["reader", "done", "left", "session", "not before (UTC)", "mean time"]
    print_table(f"Study {name}: {word}", heads, rows, "no reader has cases yet.")
