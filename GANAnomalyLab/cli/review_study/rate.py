"""``gananomaly review study rate``: what a reader says of the case that is open."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._kept import at_study, kept_options, placed, said_options


@click.command("rate", short_help="Rate the case that is open, and stop its clock.")
@said_options
@kept_options
@standard_options
def command(
    session: Session,
    rating: float | None,
    verdict: str,
    confidence: int | None,
    comment: str,
    marks: tuple[Any, ...],
    study: str | None,
    reader: str | None,
    database: str | None,
) -> None:
    """Rate the case that  gananomaly review study next  opened, and close it.

    \b
    Example:
      gananomaly review study rate --rating 4 --verdict abnormal
      gananomaly review study rate --rating 3 --mark 12.5 -40 310 3 --mark 60 -12 250 2

    \b
    What comes out:
      the time that the reading took, without longer interruptions
    """
    with at_study(database, study, reader, own=True) as (store, name, who):
        from GANAnomalyLib.review.study.take_readings import close_reading, current_reading

        reading = current_reading(store, name, who)
        seconds = close_reading(
            store, reading, rating, verdict.lower(), confidence=confidence, comment=comment, marks=placed(marks),
            source="command",
        )  # fmt: skip
    if session.json:
        session.emit({"study": name, "case": reading.case, "condition": reading.condition, "seconds": seconds})
        return
    session.say(f"Case {reading.case} is closed after {seconds:.0f} s.")
