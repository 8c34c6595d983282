"""Scans on a disk that wait for their analysis: registered, analysed, or taken off the list.

A scan is told by its path. The same again is nothing new, so that a folder that fills up can be registered again and
again, by several programs at once.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from .reader_name import NAME, ReaderName
from .review_database import ReviewDatabase
from .review_ids import id_of
from .review_tables import analysed_scan, scan
from .row_writing import Stamp, one_line, put

_ROWS = 500
"""Registered at a time; between them others may write."""


@dataclass(frozen=True)
class Registered:
    """How many scans are ``new``, how many ``wait`` already, and how many are ``done`` (or were taken off)."""

    new: int
    wait: int
    done: int


def add_scans(
    database: ReviewDatabase, found: Iterable[tuple[Path, str]], who: ReaderName, again: bool = False
) -> Registered:
    """Register scans, each a path and what lists call it, to be analysed.

    Those that were analysed or taken off before stay as they are, unless ``again``.
    """
    listed, stamp = [(_text(path), one_line(name, NAME)) for path, name in found], Stamp.now(who.name)
    new = wait = done = 0

    def work(connection: sa.Connection, part: list[tuple[str, str]]) -> tuple[int, int, int]:
        latest = _latest(connection, [path for path, _name in part])
        rows = []
        for path, name in part:
            number, ended = latest[path]
            if number < 0 or (ended and again):
                rows.append({"id": _key(path, number + 1), "path": path, "name": name})
        waiting = sum(number >= 0 and not ended for number, ended in latest.values())
        return put(connection, scan, rows, stamp), waiting, len(part) - len(rows) - waiting

    for first in range(0, len(listed), _ROWS):
        some = listed[first : first + _ROWS]
        counts = database.write(lambda connection, some=some: work(connection, some))  # type: ignore[misc]
        new, wait, done = (before + count for before, count in zip((new, wait, done), counts, strict=True))
    return Registered(new, wait, done)


def take_off(database: ReviewDatabase, paths: Iterable[Path | str], who: ReaderName) -> int:
    """Take scans off the list without an analysis; returns how many waited."""
    listed, stamp = [_text(path) for path in paths], Stamp.now(who.name)

    def work(connection: sa.Connection) -> int:
        latest = _latest(connection, listed)
        waiting = [_key(path, number) for path, (number, ended) in latest.items() if number >= 0 and not ended]
        rows = [{"id": id_of("scan off", key.hex), "scan_id": key, "analysis_id": None} for key in waiting]
        return put(connection, analysed_scan, rows, stamp)

    return database.write(work)


def put_analysed(connection: sa.Connection, path: Path | str, case: uuid.UUID, stamp: Stamp) -> None:
    """Keep that an analysis is of the scan at a path, which then waits no more."""
    text = _text(path)
    number, _ended = _latest(connection, [text])[text]
    key = _key(text, max(number, 0))
    put(connection, scan, [{"id": key, "path": text, "name": one_line(Path(text).name, NAME)}], stamp)
    row = {"id": id_of("analysed scan", key.hex, case.hex), "scan_id": key, "analysis_id": case}
    put(connection, analysed_scan, [row], stamp)


def scans_of(connection: sa.Connection, case: uuid.UUID) -> list[str]:
    """The paths at which the scan of an analysis was, the latest first."""
    joined = analysed_scan.join(scan, scan.c.id == analysed_scan.c.scan_id)
    chosen = sa.select(scan.c.path).select_from(joined).where(analysed_scan.c.analysis_id == case)
    return list(connection.execute(chosen.order_by(analysed_scan.c.recorded.desc())).scalars())


def waiting() -> Any:
    """The condition that a row of the table ``scan`` waits for its analysis."""
    return ~sa.exists().where(analysed_scan.c.scan_id == scan.c.id)


def _latest(connection: sa.Connection, paths: list[str]) -> dict[str, tuple[int, bool]]:
    """Of each path the number of its last registration, -1 for none, and whether that one's waiting has ended."""
    found, open_paths, number = dict.fromkeys(paths, (-1, False)), list(paths), 0
    while open_paths:
        keys = {_key(path, number): path for path in open_paths}
        ended = sa.exists().where(analysed_scan.c.scan_id == scan.c.id)
        rows = connection.execute(sa.select(scan.c.id, ended).where(scan.c.id.in_(list(keys)))).all()
        for key, over in rows:
            found[keys[key]] = (number, bool(over))
        # Only where it was registered again after an end is there a further one.
        open_paths = [keys[key] for key, over in rows if over]
        number += 1
    return found


def _key(path: str, number: int) -> uuid.UUID:
    return id_of("scan", path, number)


def _text(path: Path | str) -> str:
    return os.path.abspath(path).encode("utf-8", "replace").decode()
