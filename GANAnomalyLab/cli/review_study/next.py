"""``gananomaly review study next``: the case that a reader reads next."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._kept import at_study, kept_options, reading_data


@click.command("next", short_help="Open the case that a reader reads next, and start its clock.")
@kept_options
@standard_options
def command(session: Session, study: str | None, reader: str | None, database: str | None) -> None:
    """Open the next case of a reader; one that was opened and not closed yet is opened again.

    The time runs from now until  gananomaly review study rate. During the washout nothing is opened.

    \b
    Example:
      gananomaly review study next --study heatmap --reader "Dr. Müller"

    \b
    What comes out:
      the case, its result folder, and whether the heatmap is to be shown
    """
    with at_study(database, study, reader, own=True) as (store, name, who):
        from GANAnomalyLib.review.study.take_readings import open_reading

        reading = open_reading(store, name, who)
    if session.json:
        session.emit(reading_data(reading))
        return
    session.say(
        f"Case {reading.case}, {reading.place} of {reading.of} in session {reading.session}"
        f"{' (opened before)' if reading.resumed else ''}: {reading.folder}"
    )
    session.say(f"Condition {reading.condition}: {'show' if reading.heatmap else 'hide'} the heatmap.")
    session.say(f"Rate it from {reading.scale.low:g} to {reading.scale.high:g}.")
    session.say("Research use only, not a medical device.")
