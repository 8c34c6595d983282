"""What counts now of one case: its findings, and what readers judged."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...errors import InputError
from ...results.result import MANIFEST, read_manifest
from .review_ids import id_of
from .review_tables import (
    added_finding_now,
    analysis,
    decision_now,
    finding,
    reader,
    result_folder,
    series,
    site,
    study,
    verdict_now,
)

_SHORTEST = 6
"""Digits of a fingerprint that name a case."""


@dataclass
class CaseState:
    """One case: ``about`` its analysis, ``findings`` by rank, and rows of judgements, each with its reader's name."""

    about: sa.RowMapping
    folder: str
    findings: list[sa.RowMapping]
    decisions: list[sa.RowMapping]
    added: list[sa.RowMapping]
    verdicts: list[sa.RowMapping]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, by what it is about."""
        by_finding: dict[Any, list[dict[str, Any]]] = {}
        for row in self.decisions:
            by_finding.setdefault(row["finding_id"], []).append(_plain(row, "decision", *_LABEL))
        findings = [
            {
                **_plain_place(row),
                "decisions": by_finding.get(row["id"], []),
                "rank": row["rank"],
                "score": row["score"],
            }
            for row in self.findings
        ]
        told = ("fingerprint", "model", "model_title", "model_hash", "metric", "unit", "version", "created", "modality")
        return {
            **{name: self.about[name] for name in told},
            "folder": self.folder,
            "findings": findings,
            "added": [{**_plain_place(row), **_plain(row, "mark", *_LABEL)} for row in self.added],
            "verdicts": [_plain(row, "verdict") for row in self.verdicts],
        }


_LABEL = ("label_scheme", "label_code", "label_meaning")


def find_case(connection: sa.Connection, asked: str) -> uuid.UUID:
    """The analysis that a result folder, or the first digits of a fingerprint, name.

    Raises :class:`InputError` where there is none, or more than one.
    """
    fingerprint, folder = asked.strip().lower(), Path(asked)
    if (folder / MANIFEST).is_file():
        fingerprint = str(read_manifest(folder).get("fingerprint") or "")
        key = id_of("analysis", fingerprint)
        if connection.execute(sa.select(analysis.c.id).where(analysis.c.id == key)).first() is None:
            raise InputError.of(
                "The review database does not know the result in {folder}: gananomaly review import {folder} brings it "
                "in.",
                folder=asked,
            )
        return key
    if len(fingerprint) < _SHORTEST or not fingerprint.isalnum():
        raise InputError.of(
            "{asked} is no result folder, and too short for the begin of a case: give {least} digits as  gananomaly "
            "review list  shows them.",
            asked=asked[:200],
            least=_SHORTEST,
        )
    begins = sa.select(analysis.c.id).where(analysis.c.fingerprint.startswith(fingerprint, autoescape=True))
    found = connection.execute(begins.limit(2)).scalars().all()
    if len(found) != 1:
        told = "No case begins with {asked}" if not found else "More than one case begins with {asked}"
        raise InputError.of(told + ": see  gananomaly review list.", asked=fingerprint[:64])
    return uuid.UUID(str(found[0]))


def case_state(
    connection: sa.Connection, case: uuid.UUID, readers: Sequence[uuid.UUID] | None = None, number: int | None = None
) -> CaseState:
    """A case as it is now; of ``readers`` alone, or of all of them for None, and of one ``number`` of reading, or all.

    Raises :class:`InputError` for a case that is not there.
    """
    joined = analysis.join(series, series.c.id == analysis.c.series_id).join(study, study.c.id == series.c.study_id)
    columns = (analysis, series.c.modality, study.c.patient_hash, series.c.input_hash)
    about = connection.execute(sa.select(*columns).select_from(joined).where(analysis.c.id == case)).mappings().first()
    if about is None:
        raise InputError("The review database does not know this case: import its result folder first.")
    ranked = sa.select(finding).where(finding.c.analysis_id == case).order_by(finding.c.rank)
    findings = list(connection.execute(ranked).mappings())

    def read(view: sa.Table) -> list[Any]:
        return [] if number is None else [view.c.reading == number]

    of_case = decision_now.c.finding_id.in_([row["id"] for row in findings])
    return CaseState(
        about,
        folder_of(connection, case),
        findings,
        # A comment may stay when a decision is taken back.
        _judged(
            connection,
            decision_now,
            of_case,
            readers,
            *read(decision_now),
            sa.or_(
                decision_now.c.decision != "",
                decision_now.c.comment != "",
                decision_now.c.confidence.is_not(None),
                decision_now.c.label_meaning != "",
            ),
        ),
        _judged(
            connection, added_finding_now, added_finding_now.c.analysis_id == case, readers, *read(added_finding_now)
        ),
        _judged(
            connection,
            verdict_now,
            verdict_now.c.analysis_id == case,
            readers,
            *read(verdict_now),
            verdict_now.c.verdict != "",
        ),
    )


def folder_of(connection: sa.Connection, case: uuid.UUID) -> str:
    """Where the result of a case is: the latest place that is there on this computer, else the latest; "" for none."""
    rows = sa.select(result_folder.c.path).where(result_folder.c.analysis_id == case)
    latest = rows.order_by(result_folder.c.recorded.desc(), result_folder.c.id.desc())
    paths = [str(path) for path in connection.execute(latest).scalars()]
    return next((path for path in paths if (Path(path) / MANIFEST).is_file()), next(iter(paths), ""))


def _judged(
    connection: sa.Connection, view: sa.Table, about: Any, readers: Sequence[uuid.UUID] | None, *more: Any
) -> list[sa.RowMapping]:
    chosen = (
        sa.select(view, reader.c.name.label("reader"), site.c.name.label("site"))
        .join(reader, reader.c.id == view.c.reader_id)
        .join(site, site.c.id == reader.c.site_id)
        .where(about, *more, *_of(view, readers))
        .order_by(reader.c.name, view.c.reading, view.c.decided)
    )
    return list(connection.execute(chosen).mappings())


def _of(view: sa.Table, readers: Sequence[uuid.UUID] | None) -> list[Any]:
    return [] if readers is None else [view.c.reader_id.in_(list(readers))]


def _plain(row: sa.RowMapping, *names: str) -> dict[str, Any]:
    told = (*names, "reader", "site", "reading", "confidence", "comment", "seconds", "decided", "source")
    return {name: _text(row[name]) for name in told}


def _plain_place(row: sa.RowMapping) -> dict[str, Any]:
    slices = {"slice": row["slice"], "slices": [row["first_slice"], row["last_slice"]]} if "slice" in row else {}
    return {
        **slices,
        "centre_ras": [row[axis] for axis in "ras"],
        "size_mm": [row[f"size_{axis}"] for axis in "ijk"],
    }


def _text(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value
