"""A copy of a database that others may be writing to: whole or not at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ...errors import GANAnomalyError, InputError
from ...files import whole
from .database_place import DatabasePlace
from .database_refusals import database_errors

_PAGES = 2048
"""Copied at a time; between them others may write."""


def back_up(place: DatabasePlace, target: Path | str) -> Path:
    """Copy an SQLite database as it is now to ``target``; returns that.

    Raises :class:`InputError` for PostgreSQL, which has a program of its own, where there is no database, and where
    ``target`` is one already; :class:`GANAnomalyError` for a damaged one and a full disk.
    """
    target = Path(target)
    if place.file is None:
        raise InputError("A PostgreSQL database is copied by its own program: run pg_dump.")
    if not place.file.is_file():
        raise InputError.of("There is no review database {place} yet: nothing to copy.", place=str(place))
    if target.exists():
        raise InputError.of("{target} is there already: choose another name for the copy.", target=str(target))
    with database_errors(place):
        copy_sqlite(place.file, target)
    return target


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy with SQLite's own means, and look whether the copy is whole; the file appears when it is."""
    import sqlalchemy as sa

    try:
        with whole(target, "the copy", sync=True) as part:
            one, other = sqlite3.connect(source, timeout=60), sqlite3.connect(part, timeout=60)
            try:
                one.backup(other, pages=_PAGES)
                # A single file, which can be sent around.
                other.execute("PRAGMA journal_mode = DELETE")
                said = other.execute("PRAGMA quick_check(1)").fetchone()[0]
            finally:
                other.close()
                one.close()
            if said != "ok":
                raise GANAnomalyError.of(
                    "The review database {place} is damaged, and its copy was not kept: bring back an earlier one.",
                    said,
                    place=str(source),
                )
    except sqlite3.Error as error:
        if "disk is full" in str(error):
            raise GANAnomalyError.of(
                "The disk of {target} is full: free some space, or choose another place for the copy.",
                str(error),
                target=str(target),
            ) from error
        raise sa.exc.OperationalError("backup", None, error) from error
