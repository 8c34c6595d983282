"""``gananomaly review study amend``: what a reader says anew of a closed case."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._kept import at_study, kept_options, placed, said_options


@click.command("amend", short_help="Say anew what a closed reading was, and why.")
@click.argument("case", metavar="CASE")
@click.option("--condition", metavar="NAME", help="Under which it was read, where it was under several.")
@click.option("--reason", required=True, help="Why.")
@said_options
@kept_options
@standard_options
def command(
    session: Session,
    case: str,
    condition: str | None,
    reason: str,
    rating: float | None,
    verdict: str,
    confidence: int | None,
    comment: str,
    marks: tuple[Any, ...],
    study: str | None,
    reader: str | None,
    database: str | None,
) -> None:
    """Say anew what a reading that is closed was. What was said before stays in the database, and so does its time.

    \b
    Example:
      gananomaly review study amend 12 --condition with --rating 2 --reason "mistyped"

    \b
    What comes out:
      a further version of the reading, which counts from now on; tables tell how many were amended
    """
    with at_study(database, study, reader, own=True) as (store, name, who):
        from GANAnomalyLib.review.study.take_readings import amend_reading

        version = amend_reading(
            store, name, who, case, rating, verdict.lower(), reason=reason, condition=condition, confidence=confidence,
            comment=comment, marks=placed(marks), source="command",
        )  # fmt: skip
    if session.json:
        session.emit({"study": name, "case": case, "version": version})
        return
    session.say(f"Case {case}: version {version} counts from now on.")
