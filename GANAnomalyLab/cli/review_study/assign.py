"""``gananomaly review study assign``: who reads what, in which order."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._kept import at_study, kept_options


@click.command("assign", short_help="Give each reader the cases, in an order of his or her own.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Of the order. [default: the design's]")
@kept_options
@standard_options
def command(session: Session, seed: int | None, study: str | None, reader: str | None, database: str | None) -> None:
    """Give each reader of a study the cases in a random order, balanced over conditions, sessions and truth.

    It is drawn once and kept: the same again changes nothing, and another seed is refused.

    \b
    Example:
      gananomaly review study assign --study heatmap --seed 17

    \b
    What comes out:
      how many readings each reader has to do, in how many sessions
    """
    with at_study(database, study, reader) as (store, name, who):
        from GANAnomalyLib.review.study.assign_readings import assign_study
        from GANAnomalyLib.review.study.study_status import study_status

        kept = assign_study(store, name, who, seed)
        _, progress = study_status(store, name)
    left = {one.reader: one.done + one.left for one in progress}
    if session.json:
        session.emit({"study": name, "seed": kept.seed, "sessions": kept.design.sessions, "readings": left})
        return
    session.say(f"Study {name}, seed {kept.seed}, {kept.design.sessions} sessions.")
    for whom, count in left.items():
        session.say(f"{whom}: {count} readings")
