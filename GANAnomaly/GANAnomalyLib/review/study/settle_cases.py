"""Adjudication: cases that readers called by different names, and what somebody else says of them."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from ...errors import InputError
from ..decisions import clean_comment
from ..store.present_state import folder_of
from ..store.reader_name import ReaderName
from ..store.reader_study_tables import adjudication, assignment, study_case, to_adjudicate
from ..store.record_decisions import put_reader, reader_id
from ..store.review_database import ReviewDatabase
from ..store.review_ids import id_of, new_id
from ..store.review_tables import VERDICTS, reader
from ..store.row_writing import Stamp, put
from .study_record import KeptStudy, find_study


@dataclass(frozen=True)
class ToSettle:
    """A case under a condition ("" for all together), who ``said`` what, where its result is, and the last ``verdict``
    of an adjudicator, both "" where it is open."""

    case: str
    condition: str
    said: dict[str, str]
    folder: str
    verdict: str
    adjudicator: str


def keep_to_settle(
    database: ReviewDatabase, study: str, found: Iterable[tuple[str, str, dict[str, str]]], who: ReaderName
) -> int:
    """Keep (case, condition, who said what) as cases to adjudicate; returns how many are new.

    Raises :class:`InputError` for a case that the study does not have.
    """
    stamp, items = Stamp.now(who.name), list(found)

    def work(connection: sa.Connection) -> int:
        kept = find_study(connection, study, own=True)
        cases = _cases(connection, kept)
        rows = []
        for case, condition, said in items:
            key = _case_key(cases, case, study)
            own = id_of("to adjudicate", key.hex, condition)
            told = json.dumps(said, ensure_ascii=False, sort_keys=True)
            rows.append({"id": own, "study_case_id": key, "condition": condition, "said": told})
        return put(connection, to_adjudicate, rows, stamp)

    return database.write(work)


def settle(
    database: ReviewDatabase,
    study: str,
    case: str,
    verdict: str,
    who: ReaderName,
    condition: str | None = None,
    comment: str = "",
) -> None:
    """Append an adjudicator's verdict on a case that is to be settled: "normal", "abnormal" or "inadequate".

    ``condition`` None is for every condition under which it is. Raises :class:`InputError` for a case that is not to be
    settled, another verdict, and somebody who may not settle.
    """
    if verdict not in VERDICTS or not verdict:
        raise InputError(f"A verdict is normal, abnormal or inadequate, not {str(verdict)[:40]!r}.")
    stamp, note = Stamp.now(who.name), clean_comment(comment)
    batch = new_id()

    def work(connection: sa.Connection) -> None:
        kept = find_study(connection, study, own=True)
        _check_may_settle(connection, kept, who)
        key = _case_key(_cases(connection, kept), case, study)
        chosen = sa.select(to_adjudicate.c.id).where(to_adjudicate.c.study_case_id == key)
        if condition is not None:
            chosen = chosen.where(to_adjudicate.c.condition == condition)
        found = connection.execute(chosen).scalars().all()
        if not found:
            raise InputError.of("{case} of the study {study} is not among the cases to settle.", case=case, study=study)
        by = put_reader(connection, who, stamp)
        rows = []
        for item in found:
            last = sa.select(sa.func.max(adjudication.c.decided)).where(adjudication.c.to_adjudicate_id == item)
            before = connection.execute(last).scalar()
            tick = datetime.timedelta(microseconds=1)
            decided = stamp.recorded if before is None else max(stamp.recorded, before + tick)
            about = {"to_adjudicate_id": item, "reader_id": by, "verdict": verdict, "comment": note}
            rows.append({"id": id_of("adjudication", batch.hex, item.hex), **about, "decided": decided})
        put(connection, adjudication, rows, stamp)

    database.write(work)


def to_settle(connection: sa.Connection, study: KeptStudy) -> list[ToSettle]:
    """The cases to adjudicate in the study's order, those that are settled with their last verdict."""
    chosen = (
        sa.select(to_adjudicate, study_case.c.name, study_case.c.analysis_id)
        .join(study_case, study_case.c.id == to_adjudicate.c.study_case_id)
        .where(study_case.c.reading_study_id == study.id)
        .order_by(study_case.c.number, to_adjudicate.c.condition)
    )
    rows = connection.execute(chosen).mappings().all()
    verdicts = (
        sa.select(adjudication.c.to_adjudicate_id, adjudication.c.verdict, reader.c.name)
        .join(reader, reader.c.id == adjudication.c.reader_id)
        .where(adjudication.c.to_adjudicate_id.in_([row["id"] for row in rows]))
        .order_by(adjudication.c.decided)
    )
    last = {key: (verdict, name) for key, verdict, name in connection.execute(verdicts)}
    return [
        ToSettle(
            row["name"],
            row["condition"],
            json.loads(row["said"]),
            folder_of(connection, row["analysis_id"]),
            *last.get(row["id"], ("", "")),
        )
        for row in rows
    ]


def _cases(connection: sa.Connection, study: KeptStudy) -> dict[str, uuid.UUID]:
    chosen = sa.select(study_case.c.name, study_case.c.id).where(study_case.c.reading_study_id == study.id)
    return {row.name: row.id for row in connection.execute(chosen)}


def _case_key(cases: dict[str, uuid.UUID], case: str, study: str) -> uuid.UUID:
    if case not in cases:
        raise InputError.of("The study {study} has no case {case}.", study=study, case=case[:100])
    return cases[case]


def _check_may_settle(connection: sa.Connection, study: KeptStudy, who: ReaderName) -> None:
    named = study.design.adjudicators
    if named and who.name not in named:
        raise InputError.of(
            "{name} is none of the adjudicators of the study {study}.", name=who.name, study=study.design.name
        )
    mine = (assignment.c.reading_study_id == study.id, assignment.c.reader_id == reader_id(who))
    if not named and connection.execute(sa.select(assignment.c.id).where(*mine).limit(1)).first() is not None:
        raise InputError.of(
            "{name} reads in the study {study}, and cannot settle what its readers disagree on: name somebody else, or "
            "name adjudicators in the design.",
            name=who.name,
            study=study.design.name,
        )
