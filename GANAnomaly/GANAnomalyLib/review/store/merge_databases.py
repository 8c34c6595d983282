"""Bringing another database's rows in: keys say what is the same, so that rows are copied and twice is as once."""

from __future__ import annotations

import math
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...errors import InputError
from .backup_database import copy_sqlite
from .database_place import DatabasePlace
from .database_refusals import database_errors
from .reader_study_tables import EVERY_TABLE, closed_reading, reading_study, study_event
from .review_database import ReviewDatabase
from .review_tables import finding
from .row_writing import put

_ROWS = 1000
"""Copied at a time; between them others may write, and a merge that was killed is begun again."""


def merge(database: ReviewDatabase, other: str | os.PathLike[str]) -> dict[str, int]:
    """Copy what ``other`` has and ``database`` has not; returns how many rows of each table were new.

    ``other`` stays as it is, also where it is of an older version. Raises :class:`InputError` where it is no review
    database, is the same, or both know an analysis with different findings, a study with different designs, or a
    reading that was closed in both; nothing was copied then.
    """
    place = DatabasePlace.of(other)
    if place == database.place:
        raise InputError.of("{place} is the review database itself: name another one.", place=str(place))
    if place.file is None:
        with ReviewDatabase.open(other, create=False) as opened:
            return _copy_all(opened, database)
    if not place.file.is_file():
        raise InputError.of("There is no review database {place}: check its path.", place=str(place))
    with tempfile.TemporaryDirectory(prefix="gananomaly-merge-") as folder:
        copy = Path(folder) / "other.db"
        with database_errors(place):
            copy_sqlite(place.file, copy)
        with ReviewDatabase.open(copy, create=False) as opened:
            return _copy_all(opened, database)


def _copy_all(source: ReviewDatabase, target: ReviewDatabase) -> dict[str, int]:
    added = {}
    with source.reading() as reading:
        _check_findings(reading, target)
        _check_studies(reading, target)
        for table in EVERY_TABLE:
            added[table.name] = 0
            for rows in _pages(reading, table):
                added[table.name] += target.write(lambda writing, t=table, r=rows: put(writing, t, r, None))  # type: ignore[misc]
    return added


def _pages(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, object]]]:
    last: uuid.UUID | None = None
    while True:
        chosen = sa.select(table).order_by(table.c.id).limit(_ROWS)
        page = connection.execute(chosen if last is None else chosen.where(table.c.id > last)).mappings().all()
        if not page:
            return
        last = page[-1]["id"]
        yield [dict(row) for row in page]


def _check_findings(reading: sa.Connection, target: ReviewDatabase) -> None:
    """A decision must not come to lie on another place than its reader saw."""
    for rows in _pages(reading, finding):
        with target.reading() as other:
            there = {
                row.id: row
                for row in other.execute(sa.select(finding).where(finding.c.id.in_([r["id"] for r in rows])))
            }
        for row in rows:
            known = there.get(row["id"])
            if known is None:
                continue
            here, held = ([values[axis] for axis in "ras"] for values in (row, known._mapping))
            if known.slice != row["slice"] or math.dist(here, held) > 1.0:  # type: ignore[arg-type]
                raise InputError(
                    "Both databases know an analysis, but with other findings: it was computed on two computers with "
                    "other numbers. Nothing was copied."
                )


def _check_studies(reading: sa.Connection, target: ReviewDatabase) -> None:
    """Two studies of one name are not to be mixed, and of a reading that was closed twice none is to be left out."""
    if _differ(reading, target, reading_study.c.name, reading_study):
        raise InputError("Both databases have a study of the same name, with different designs: nothing was copied.")
    if _differ(reading, target, study_event.c.reading_study_id, study_event, study_event.c.event):
        raise InputError(
            "Both databases have a study whose cases were given to readers in different orders: nothing was copied."
        )
    if _differ(reading, target, closed_reading.c.assignment_id, closed_reading, closed_reading.c.version):
        raise InputError(
            "Both databases have a reading of a study that was closed, or amended, in each: nothing was copied."
        )


def _differ(
    reading: sa.Connection, target: ReviewDatabase, about: sa.Column[Any], table: sa.Table, *more: sa.Column[Any]
) -> bool:
    """Whether both have rows about the same that are not the same."""
    chosen = sa.select(about, *more, table.c.id)
    with target.reading() as other:
        there = {tuple(what): key for *what, key in other.execute(chosen)}
    return any(there.get(tuple(what), key) != key for *what, key in reading.execute(chosen))
