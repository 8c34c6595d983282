"""What a database refused, as a sentence: locked, full, read-only, damaged, no database, unreachable."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ...errors import GANAnomalyError, InputError

_PACKAGES = {
    "sqlalchemy": ("SQLAlchemy", "review"),
    "alembic": ("alembic", "review"),
    "psycopg": ("psycopg", "postgres"),
}
_LEAST = 1 << 17
"""Bytes that a write needs in any case."""
_CONFLICTS = ("40001", "40P01")
"""PostgreSQL's own words for: the same again will do."""


class Place(Protocol):
    """Where a database is: a ``file``, or a server where that is None; ``str()`` is for people."""

    @property
    def file(self) -> Path | None: ...


@contextlib.contextmanager
def needing_review() -> Iterator[None]:
    """Within it, a package of the extras that is not installed is told in a sentence; raises :class:`InputError`."""
    try:
        yield
    except ModuleNotFoundError as error:
        package, extra = _PACKAGES.get((error.name or "").partition(".")[0], ("", ""))
        if not package:
            raise
        raise InputError.of(
            "The review database needs the Python package {package}, which is not installed: run pip install "
            "'gananomaly[{extra}]', or in 3D Slicer's Python console slicer.util.pip_install('{package}').",
            str(error),
            package=package,
            extra=extra,
        ) from error


def is_busy(error: BaseException) -> bool:
    """Whether another one was at work just now, so that the same again will do."""
    said = getattr(error, "orig", None) or error
    words = str(said).lower()
    return "database is locked" in words or "table is locked" in words or getattr(said, "sqlstate", "") in _CONFLICTS


def is_lost(error: BaseException) -> bool:
    """Whether the connection to a server went away."""
    return bool(getattr(error, "connection_invalidated", False))


@contextlib.contextmanager
def database_errors(place: Place) -> Iterator[None]:
    """Turn what a database refuses into a sentence.

    Raises
    ------
    InputError: the place cannot be used. GANAnomalyError: the disk is full or broken, the server was lost.
    """
    import sqlalchemy as sa

    try:
        yield
    except sa.exc.IntegrityError as error:
        raise GANAnomalyError.of(
            "The review database {place} refused a row that does not fit the others: run gananomaly review check.",
            str(error.orig),
            place=str(place),
        ) from error
    except (sa.exc.DBAPIError, sa.exc.SQLAlchemyError) as error:
        raise _told(error, place) from error


def _told(error: BaseException, place: Place) -> GANAnomalyError:
    said = str(getattr(error, "orig", None) or error)
    words, shown = said.lower(), str(place)
    if is_busy(error):
        return GANAnomalyError.of(
            "The review database {place} is held by another program that does not let go: close it, and try again.",
            said,
            place=shown,
        )
    if place.file is None:
        return _told_of_server(error, said, shown)
    if "readonly" in words or "read-only" in words:
        return InputError.of(
            "The review database {place} cannot be written to: check who may write to the file and its folder.",
            said,
            place=shown,
        )
    if "unable to open" in words:
        return InputError.of(
            "The review database {place} cannot be opened: check that its folder is there and may be written to.",
            said,
            place=shown,
        )
    # SQLite calls it an error of the disk where it has no room for its own notes.
    if "disk is full" in words or ("disk i/o" in words and _no_room(place.file)):
        return GANAnomalyError.of(
            "The disk of the review database {place} is full: free some space and try again; what was kept before is "
            "whole.",
            said,
            place=shown,
        )
    if "not a database" in words:
        return InputError.of(
            "{place} is not a review database: choose another file, or bring back a backup.", said, place=shown
        )
    if "malformed" in words or "corrupt" in words:
        return GANAnomalyError.of(
            "The review database {place} is damaged: bring back a backup, then import the result folders again.",
            said,
            place=shown,
        )
    if "disk i/o" in words:
        return GANAnomalyError.of(
            "The disk of the review database {place} cannot be read or written: check it, and bring back a backup.",
            said,
            place=shown,
        )
    if "no such table" in words or "no such column" in words:
        return InputError.of("{place} is a database of something else: choose another file.", said, place=shown)
    return GANAnomalyError.of("The review database {place} refused the work.", said, place=shown)


def _no_room(file: Path) -> bool:
    try:
        return shutil.disk_usage(file.parent).free < _LEAST
    except OSError:
        return False


def _told_of_server(error: BaseException, said: str, shown: str) -> GANAnomalyError:
    import sqlalchemy as sa

    words = said.lower()
    if any(part in words for part in ("password authentication", "no password", "authentication failed", "role ")):
        return InputError.of(
            "The review database {place} does not let you in: check the user and the password of its URL.",
            said,
            place=shown,
        )
    if "does not exist" in words and "database" in words:
        return InputError.of("There is no database {place} on that server: create it with createdb.", said, place=shown)
    if "permission denied" in words:
        return InputError.of("You may not write to the review database {place}: ask who runs it.", said, place=shown)
    if "read-only" in words:
        return InputError.of(
            "The review database {place} cannot be written to now: ask who runs it.", said, place=shown
        )
    if isinstance(error, sa.exc.OperationalError) or is_lost(error):
        return GANAnomalyError.of(
            "The review database {place} cannot be reached: check its URL, the network, and that the server runs.",
            said,
            place=shown,
        )
    return GANAnomalyError.of("The review database {place} refused the work.", said, place=shown)
