"""What readers added, and their verdicts, between decisions.json and the database; twice is as once."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ..added_findings import CaseVerdict, ReaderFinding
from ..coded_labels import Label
from ..decisions import Reading
from .case_facts import CaseFacts
from .judgements import Judged, time_of
from .present_state import CaseState
from .record_decisions import judgement_row
from .review_ids import id_of
from .review_tables import added_finding, verdict, verdict_now
from .row_writing import Stamp, put
from .unsent_decisions import mark_key

_IMPORT = "import"
_PLACE = ("r", "a", "s", "size_i", "size_j", "size_k")
_LABEL = ("label_scheme", "label_code", "label_meaning")


def import_added(connection: sa.Connection, case: CaseFacts, who: uuid.UUID, reading: Reading, stamp: Stamp) -> int:
    """Append what a reader added and said of the case, unless it was once said so already; returns how many rows."""
    places, verdicts = _ever(connection, case, who)
    rows = [_added_row(case, who, one, stamp) for one in reading.added if _what(one) not in places]
    count = put(connection, added_finding, rows, stamp)
    if reading.verdict.verdict and _said(reading.verdict) not in verdicts:
        count += put(connection, verdict, [_verdict_row(case, who, reading.verdict, stamp)], stamp)
    return count


def lacks(connection: sa.Connection, case: CaseFacts, who: uuid.UUID, reading: Reading) -> bool:
    """Whether a file holds what the database does not have of this reader."""
    places, verdicts = _ever(connection, case, who)
    new = any(_what(one) not in places for one in reading.added)
    return new or bool(reading.verdict.verdict and _said(reading.verdict) not in verdicts)


def reading_of_state(state: CaseState) -> Reading:
    """What one reader added and said of the case, of a state that holds this reader's rows alone."""
    said = CaseVerdict()
    for row in state.verdicts:
        said = CaseVerdict(row["verdict"], row["confidence"], _text(row["decided"]))
    return Reading((), [_finding(row) for row in state.added], said)


def latest_added(
    connection: sa.Connection, case: CaseFacts, who: uuid.UUID, kept: Iterable[ReaderFinding], number: int
) -> list[ReaderFinding]:
    """A reader's own findings of one reading: those ``kept`` in a folder, or the database's, whichever is later."""
    found = {mark_key(one.mark): one for one in kept}
    own = added_finding.c.analysis_id == case.id, added_finding.c.reader_id == who, added_finding.c.reading == number
    chosen = sa.select(added_finding).where(*own)
    for row in connection.execute(chosen.order_by(added_finding.c.decided, added_finding.c.recorded)).mappings():
        before = time_of(found[row["mark"]].decided) if row["mark"] in found else None
        if before is not None and before > row["decided"].replace(microsecond=0):
            continue
        if row["withdrawn"]:
            found.pop(row["mark"], None)
        else:
            name = found[row["mark"]].mark if row["mark"] in found else ""
            found[row["mark"]] = _finding(row, name)
    return list(found.values())


def latest_verdict(
    connection: sa.Connection, case: CaseFacts, who: uuid.UUID, kept: CaseVerdict, number: int
) -> CaseVerdict:
    """A reader's verdict at one reading: that ``kept`` in a folder, or that of the database, whichever is later."""
    own = verdict_now.c.analysis_id == case.id, verdict_now.c.reader_id == who, verdict_now.c.reading == number
    for row in connection.execute(sa.select(verdict_now).where(*own)).mappings():
        before = time_of(kept.decided)
        if before is None or before < row["decided"].replace(microsecond=0):
            kept = CaseVerdict(row["verdict"], row["confidence"], _text(row["decided"]))
    return kept


def _ever(connection: sa.Connection, case: CaseFacts, who: uuid.UUID) -> tuple[set[Any], set[Any]]:
    """All that a reader ever added to a case and said of it, as :func:`_what` and :func:`_said` tell it."""
    added = sa.select(added_finding).where(added_finding.c.analysis_id == case.id, added_finding.c.reader_id == who)
    said = sa.select(verdict).where(verdict.c.analysis_id == case.id, verdict.c.reader_id == who)
    rows = [row for row in connection.execute(added).mappings() if not row["withdrawn"]]
    places = {_what(_finding(row)) for row in rows}
    verdicts = {(row["verdict"], row["confidence"]) for row in connection.execute(said).mappings()}
    return places, verdicts


def _what(one: ReaderFinding) -> tuple[Any, ...]:
    return mark_key(one.mark), one.centre_ras, one.size_mm, one.label, one.comment, one.confidence


def _said(one: CaseVerdict) -> tuple[Any, ...]:
    return one.verdict, one.confidence


def _finding(row: sa.RowMapping, mark: str = "") -> ReaderFinding:
    r, a, s, i, j, k = (float(row[name]) for name in _PLACE)
    scheme, code, meaning = (row[name] for name in _LABEL)
    label = Label(scheme, code, meaning)
    decided = _text(row["decided"])
    return ReaderFinding(
        (r, a, s), (i, j, k), label, row["comment"], row["confidence"], decided, mark or str(row["mark"])
    )


def _added_row(case: CaseFacts, who: uuid.UUID, one: ReaderFinding, stamp: Stamp) -> dict[str, Any]:
    # The same file on two computers makes the same row.
    key = id_of(_IMPORT, case.id.hex, who.hex, *_what(one), one.decided)
    judged = judgement_row(Judged(one.comment, one.confidence, source=_IMPORT, id=key), who, None)
    label = (one.label.scheme[:40], one.label.code[:100], one.label.meaning)
    return {
        **judged,
        **dict(zip(_PLACE, (*one.centre_ras, *one.size_mm), strict=True)),
        **dict(zip(_LABEL, label, strict=True)),
        "analysis_id": case.id,
        "mark": mark_key(one.mark),
        "withdrawn": False,
        "decided": time_of(one.decided) or stamp.recorded,
    }


def _verdict_row(case: CaseFacts, who: uuid.UUID, one: CaseVerdict, stamp: Stamp) -> dict[str, Any]:
    key = id_of(_IMPORT, case.id.hex, who.hex, *_said(one), one.decided)
    judged = judgement_row(Judged(confidence=one.confidence, source=_IMPORT, id=key), who, None)
    decided = time_of(one.decided) or stamp.recorded
    return {**judged, "analysis_id": case.id, "verdict": one.verdict, "decided": decided}


def _text(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="seconds")
