"""Whether a database is whole, and the result folders that it names are where they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...errors import GANAnomalyError
from ...results.result import MANIFEST, AnalysisResult
from .case_facts import findings_hash
from .present_state import folder_of
from .reader_study_tables import EVERY_TABLE
from .review_database import ReviewDatabase
from .review_tables import analysis, result_folder

_MOST = 20
"""Lines of damage that are told."""


@dataclass
class CheckedFolder:
    """A result folder that is not as it was; ``state`` is "missing", "other" (another result lies there) or "changed"
    (its findings did)."""

    case: str
    path: str
    state: str


@dataclass
class Checked:
    """What a check found; ``rows`` by table, ``damage`` in the database's own words."""

    rows: dict[str, int] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)
    folders: list[CheckedFolder] = field(default_factory=list)
    folders_well: int = 0


def check(database: ReviewDatabase, folders: bool = True) -> Checked:
    """Look at all of a database, and at the result folders unless told not to."""
    found = Checked()
    with database.reading() as connection:
        if database.place.file is not None:
            found.damage += [line for line in _said(connection, f"integrity_check({_MOST})") if line != "ok"]
            found.damage += [f"{line}: refers to nothing" for line in _said(connection, "foreign_key_check")][:_MOST]
        for table in EVERY_TABLE:
            found.rows[table.name] = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        if folders:
            for state in _folders(connection):
                if state is None:
                    found.folders_well += 1
                else:
                    found.folders.append(state)
    return found


def _said(connection: sa.Connection, pragma: str) -> list[str]:
    return [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA {pragma}")]


def _folders(connection: sa.Connection) -> Iterator[CheckedFolder | None]:
    """None for each that is as it was."""
    rows = sa.select(analysis.c.id, analysis.c.fingerprint).order_by(analysis.c.fingerprint)
    for case, fingerprint in connection.execute(rows).all():
        path = folder_of(connection, case)
        if path:
            known = sa.select(result_folder.c.findings_hash).where(
                result_folder.c.analysis_id == case, result_folder.c.path == path
            )
            hashes = set(connection.execute(known).scalars())
            state = _state(Path(path), fingerprint, hashes)
            yield None if state is None else CheckedFolder(fingerprint, path, state)


def _state(folder: Path, fingerprint: str, hashes: set[Any]) -> str | None:
    if not (folder / MANIFEST).is_file():
        return "missing"
    try:
        result = AnalysisResult.read(folder)
    except GANAnomalyError:
        return "changed"
    if result.manifest.get("fingerprint") != fingerprint:
        return "other"
    return None if findings_hash(result) in hashes else "changed"
