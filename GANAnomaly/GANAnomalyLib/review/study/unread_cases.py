"""What running studies of readers hide of cases outside of them, and whom they ask to settle what."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..store.reader_name import ReaderName
from ..store.reader_study_tables import (
    adjudication,
    assignment,
    closed_reading,
    reading_study,
    study_case,
    study_event,
    to_adjudicate,
)
from ..store.record_decisions import reader_id
from .study_record import ASSIGNED, FINISHED


@dataclass(frozen=True)
class UnreadCase:
    """A case that a reader is to read in a ``study``, and what it is called there."""

    study: str
    name: str


def unread_cases(connection: sa.Connection, who: ReaderName) -> dict[uuid.UUID, UnreadCase]:
    """By analysis, the cases that a reader has yet to read in studies that are not finished.

    Scores, findings, names of folders, and their order by any of these, must not be shown to that reader: they would be
    read in another way than the study says. Of a study that is not assigned yet it is all cases, for its readers.
    """
    finished = sa.exists().where(study_event.c.reading_study_id == reading_study.c.id, study_event.c.event == FINISHED)
    closed = sa.exists().where(closed_reading.c.assignment_id == assignment.c.id)
    joined = assignment.join(study_case, study_case.c.id == assignment.c.study_case_id).join(
        reading_study, reading_study.c.id == assignment.c.reading_study_id
    )
    columns = (study_case.c.analysis_id, reading_study.c.name, study_case.c.name)
    mine = sa.select(*columns).select_from(joined)
    mine = mine.where(assignment.c.reader_id == reader_id(who), ~closed, ~finished)
    order = (reading_study.c.name, study_case.c.number)
    found = {case: UnreadCase(study, name) for case, study, name in connection.execute(mine.order_by(*order))}
    named = [key for key, design in _studies(connection, begun=False) if who.name in design.get("readers", [])]
    of_study = study_case.join(reading_study, reading_study.c.id == study_case.c.reading_study_id)
    all_cases = sa.select(*columns).select_from(of_study).where(study_case.c.reading_study_id.in_(named))
    for case, study, name in connection.execute(all_cases.order_by(*order)):
        found.setdefault(case, UnreadCase(study, name))
    return found


def cases_to_settle(connection: sa.Connection, who: ReaderName) -> Any:
    """A query of the analyses that this person is asked to settle and nobody has: see :mod:`.settle_cases`."""
    mine = sa.select(assignment.c.reading_study_id).where(assignment.c.reader_id == reader_id(who)).distinct()
    reads = set(connection.execute(mine).scalars())
    may = []
    for key, design in _studies(connection, begun=True):
        named = design.get("adjudicators", [])
        if who.name in named if named else key not in reads:
            may.append(key)
    joined = to_adjudicate.join(study_case, study_case.c.id == to_adjudicate.c.study_case_id)
    settled = sa.exists().where(adjudication.c.to_adjudicate_id == to_adjudicate.c.id)
    chosen = sa.select(study_case.c.analysis_id).select_from(joined)
    return chosen.where(study_case.c.reading_study_id.in_(may), ~settled)


def _studies(connection: sa.Connection, begun: bool) -> Iterator[tuple[uuid.UUID, dict[str, Any]]]:
    """The key and the design of each study that was begun; else of each that was neither assigned nor finished."""
    events = sa.select(study_event.c.id).where(
        study_event.c.reading_study_id == reading_study.c.id, study_event.c.event.in_([ASSIGNED, FINISHED])
    )
    chosen = sa.select(reading_study.c.id, reading_study.c.design).where(events.exists() if begun else ~events.exists())
    for key, design in connection.execute(chosen):
        yield key, json.loads(design)
