"""The cases of the database, the highest score first, and how far readers are with each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from .review_tables import analysis, finding, reader, reader_progress, result_folder, series, study

_MOST = 500
"""Keys in one question; of more cases it is asked about all."""


@dataclass
class ListedCase:
    """One case: how many findings it has, and by reader how many are decided, and the verdict."""

    id: uuid.UUID
    fingerprint: str
    model: str
    modality: str
    patient: str
    folder: str
    findings: int = 0
    highest: float | None = None
    decided: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)


def list_cases(
    connection: sa.Connection,
    readers: Sequence[uuid.UUID] | None = None,
    *,
    only_open: bool = False,
    limit: int | None = None,
) -> list[ListedCase]:
    """The first ``limit`` cases, or all of them for None, the highest score first.

    What is told of readers is of ``readers``, or of all for None; ``only_open`` leaves out what one of them decided
    wholly, and cases without findings.
    """
    columns = (analysis.c.id, analysis.c.fingerprint, analysis.c.model, series.c.modality, study.c.patient_hash)
    joined = analysis.join(series, series.c.id == analysis.c.series_id).join(study, study.c.id == series.c.study_id)
    # What is told of a case is looked up for those alone that are listed.
    first = sa.select(analysis.c.id).where(*_open(readers, only_open)).order_by(*_highest_first()).limit(limit)
    asked = sa.select(*columns, latest_folder(), _findings(), highest_score()).select_from(joined)
    if limit is not None or only_open:
        asked = asked.where(analysis.c.id.in_(first))
    rows = connection.execute(asked.order_by(*_highest_first()))
    found = {row[0]: ListedCase(*row[:5], row[5] or "", *row[6:]) for row in rows}
    said = sa.select(reader_progress, reader.c.name).join(reader, reader.c.id == reader_progress.c.reader_id)
    said = said.where(*_of(readers)).order_by(reader.c.name)
    if len(found) <= _MOST:
        said = said.where(reader_progress.c.analysis_id.in_(list(found)))
    for row in connection.execute(said):
        case = found.get(row.analysis_id)
        if case is not None and row.decided:
            case.decided[row.name] = row.decided
        if case is not None and row.verdict:
            case.verdicts[row.name] = row.verdict
    return list(found.values())


def count_cases(
    connection: sa.Connection, readers: Sequence[uuid.UUID] | None = None, *, only_open: bool = False
) -> int:
    """How many cases :func:`list_cases` tells without its limit."""
    chosen = sa.select(sa.func.count()).select_from(analysis).where(*_open(readers, only_open))
    return int(connection.execute(chosen).scalar_one())


def highest_score() -> Any:
    """Of the findings of an analysis; null where it has none."""
    return sa.select(sa.func.max(finding.c.score)).where(finding.c.analysis_id == analysis.c.id).scalar_subquery()


def latest_folder() -> Any:
    """Where the result of an analysis was seen last; null where nobody saw one."""
    of_case = sa.select(result_folder.c.path).where(result_folder.c.analysis_id == analysis.c.id)
    latest = of_case.order_by(result_folder.c.recorded.desc(), result_folder.c.id.desc())
    return latest.limit(1).scalar_subquery()


def _findings() -> Any:
    return sa.select(sa.func.count()).where(finding.c.analysis_id == analysis.c.id).scalar_subquery()


def _highest_first() -> tuple[Any, ...]:
    return sa.func.coalesce(highest_score(), 0.0).desc(), analysis.c.fingerprint


def _open(readers: Sequence[uuid.UUID] | None, asked: bool) -> list[Any]:
    if not asked:
        return []
    of_case = sa.select(sa.func.max(reader_progress.c.decided)).where(
        reader_progress.c.analysis_id == analysis.c.id, *_of(readers)
    )
    return [_findings() > sa.func.coalesce(of_case.scalar_subquery(), 0)]


def _of(readers: Sequence[uuid.UUID] | None) -> list[Any]:
    return [] if readers is None else [reader_progress.c.reader_id.in_(list(readers))]
