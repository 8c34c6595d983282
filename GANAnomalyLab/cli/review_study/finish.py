"""``gananomaly review study finish``: nothing is read or amended any more."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._kept import at_study, kept_options


@click.command("finish", short_help="Finish a study: nothing is read or amended any more.")
@click.option("--force", is_flag=True, help="Also while readings are left.")
@kept_options
@standard_options
def command(session: Session, force: bool, study: str | None, reader: str | None, database: str | None) -> None:
    """Finish a study. It cannot be taken back: readings and amendments are refused from then on.

    \b
    Example:
      gananomaly review study finish --study heatmap

    \b
    What comes out:
      a study that can be exported and analysed, and whose readers may see each other's decisions
    """
    with at_study(database, study, reader) as (store, name, who):
        from GANAnomalyLib.review.study.study_record import finish_study

        finish_study(store, name, who, force)
    if session.json:
        session.emit({"study": name, "finished": True})
        return
    session.say(f"The study {name} is finished.")
