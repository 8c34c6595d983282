"""``gananomaly pacs query``: what an archive has."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from ...archives.archive_protocol import SeriesFound, StudyFound, Wanted, check_uid
from ...archives.connection import Connection
from ...archives.open_archive import open_archive
from ..bar import at_work
from ..finding_tables import print_table
from ..options import click_options, taken
from ..session import Session, standard_options

_MOST_STUDIES = 200


@click.command("query", short_help="What an archive has: studies, or their series.")
@click.option("--series", "of_series", is_flag=True, help="List series instead of studies.")
@click.option("--study", metavar="UID", help="List the series of this study.")
@click.option("--patient", is_flag=True, help="Show the names of patients.")
@click_options(Wanted)
@click_options(Connection)
@standard_options
def command(session: Session, of_series: bool, study: str | None, patient: bool, **options: Any) -> None:
    """List the studies of an archive, or their series, newest first.

    Names of patients are neither asked for nor shown unless --patient is given. Where --body-part, --description or
    --number is given, series are listed.

    \b
    Example:
      gananomaly pacs query --modality CT --since 20260101
      gananomaly pacs query --modality CT --since 20260101 --description "thorax*venous"
      gananomaly pacs query --study 1.2.826.0.1.3680043.8.498.1

    What comes out: a table with the UIDs that gananomaly pacs fetch takes.
    """
    wanted, connection = taken(Wanted, options), taken(Connection, options)
    wanted.check()
    if study is not None:
        check_uid(study, "study")
    with at_work() as (_, cancel):
        archive = open_archive(connection, cancel)
        try:
            studies = [StudyFound(study)] if study is not None else archive.studies(wanted, patient)
            if study is None and not (of_series or wanted.of_series):
                return _tell_studies(session, studies, patient)
            # Each study is a question of its own.
            if len(studies) > _MOST_STUDIES:
                session.say(f"Only the newest {_MOST_STUDIES} of {len(studies)} studies are looked into.")
            found = [
                (one, series)
                for one in studies[:_MOST_STUDIES]
                for series in archive.series(one.uid)
                if wanted.fits_series(series, one)
            ]
        finally:
            archive.close()
    _tell_series(session, found, patient)


def _tell_studies(session: Session, studies: list[StudyFound], patient: bool) -> None:
    if session.json:
        return session.emit([_plain(study, patient) for study in studies])
    rows = [
        [
            _day(study.date),
            " ".join(study.modalities),
            *([study.patient] if patient else []),
            study.description,
            _count(study.series),
            _count(study.instances),
            study.uid,
        ]
        for study in studies
    ]
    heads = ["date", "kinds", *(["patient"] if patient else []), "description", "series", "images", "study"]
    print_table("Studies", heads, rows, "none that fits.")


def _tell_series(session: Session, found: list[tuple[StudyFound, SeriesFound]], patient: bool) -> None:
    if session.json:
        return session.emit(
            [
                {**dataclasses.asdict(series), "date": study.date, **({"patient": study.patient} if patient else {})}
                for study, series in found
            ]
        )
    rows = [
        [
            _day(study.date),
            *([study.patient] if patient else []),
            _count(series.number),
            series.modality,
            series.body_part,
            series.description,
            _count(series.instances),
            series.study,
            series.uid,
        ]
        for study, series in found
    ]
    heads = ["date", *(["patient"] if patient else []), "number", "kind", "body part", "description", "images"]
    print_table("Series", [*heads, "study", "series"], rows, "none that fits.")


def _plain(study: StudyFound, patient: bool) -> dict[str, Any]:
    data = dataclasses.asdict(study)
    if not patient:
        data.pop("patient")
    return data


def _day(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 else date


def _count(number: int | None) -> str:
    return "" if number is None else str(number)
