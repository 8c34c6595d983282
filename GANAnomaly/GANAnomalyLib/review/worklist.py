"""The worklist: which cases are to be analysed, read or settled, in which order, of the review database.

A case is an analysis; before that it is a scan that waits for one. What it is depends on the reader: read are those
with a verdict of this reader, with a decision on every finding, or with a closed reading in a study.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import sqlalchemy as sa

from ..errors import InputError
from .store.listed_cases import highest_score, latest_folder
from .store.listed_scans import scans_of, waiting
from .store.present_state import folder_of
from .store.reader_name import ReaderName
from .store.reader_study_tables import assignment, closed_reading, study_case
from .store.record_decisions import reader_id
from .store.review_tables import (
    added_finding_now,
    analysis,
    decision_now,
    finding,
    reader_progress,
    scan,
    series,
)
from .study.unread_cases import UnreadCase, cases_to_settle, unread_cases

State = Literal["to analyse", "to read", "read", "to adjudicate"]
TO_ANALYSE: State = "to analyse"
TO_READ: State = "to read"
READ: State = "read"
TO_ADJUDICATE: State = "to adjudicate"
STATES: tuple[State, ...] = (TO_ANALYSE, TO_READ, READ, TO_ADJUDICATE)
Order = Literal["score", "time", "name"]
ORDERS: tuple[Order, ...] = ("score", "time", "name")


@dataclass(frozen=True)
class Wanted:
    """What of the worklist is asked for.

    ``state`` "" is every state; ``order`` "score" (the highest first), "time" (the first come first) or "name";
    ``find`` a part of a path, a model, a modality or a case's own digits; ``label`` a part of a label that the reader
    gave; ``limit`` None all of them, after the first ``offset``. Raises :class:`InputError` for others.
    """

    state: str = ""
    order: str = "score"
    find: str = ""
    label: str = ""
    limit: int | None = None
    offset: int = 0

    def __post_init__(self) -> None:
        if self.state not in ("", *STATES):
            raise InputError(f"A state is {', '.join(STATES[:-1])} or {STATES[-1]}, not {self.state[:40]!r}.")
        if self.order not in ORDERS:
            raise InputError(f"The order is score, time or name, not {self.order[:40]!r}.")
        if self.offset < 0 or (self.limit is not None and self.limit < 0):
            raise InputError("How many cases, and after how many, cannot be negative.")


@dataclass(frozen=True)
class WorklistCase:
    """A case on the list.

    ``key`` is that of the analysis, or of a scan that waits for one, whose path is ``scan``. ``score`` is the highest
    of the findings, in the ``model``'s unit; ``since`` when the case came. Of a case that the reader is yet to read in
    a ``study`` nothing is told but what it is called there.
    """

    key: uuid.UUID
    state: State
    name: str
    score: float | None = None
    since: datetime.datetime | None = None
    fingerprint: str = ""
    model: str = ""
    modality: str = ""
    folder: str = ""
    scan: str = ""
    study: str = ""


@dataclass(frozen=True)
class Worklist:
    """``cases`` as asked for; ``total`` of them without the limit; ``counts`` by state, without the filters."""

    cases: list[WorklistCase]
    total: int
    counts: dict[str, int] = field(default_factory=dict)


def worklist(connection: sa.Connection, who: ReaderName, wanted: Wanted | None = None) -> Worklist:
    """The worklist of a reader: analysed cases, then those of studies, then scans that wait for their analysis."""
    wanted = wanted or Wanted()
    unread = unread_cases(connection, who)
    query = _Query(connection, who, list(unread))
    found, open_ = ([], 0) if wanted.state == TO_ANALYSE else query.page(wanted)
    filtered = bool(wanted.find or wanted.label)
    counts = query.counts() if filtered or not wanted.state else query.counts(wanted.state, open_)
    counts[TO_READ] += len(unread)
    counts[TO_ANALYSE] = _waiting(connection, Wanted(limit=0))[1]
    hidden = _hidden(unread, wanted)
    found += _part(hidden, wanted, open_, len(found))
    total = open_ + len(hidden)
    if wanted.state in ("", TO_ANALYSE) and not wanted.label:
        left = None if wanted.limit is None else wanted.limit - len(found)
        rows, count = _waiting(connection, replace(wanted, offset=max(wanted.offset - total, 0), limit=left))
        found, total = found + rows, total + count
    return Worklist(found, total, counts)


def states_of(connection: sa.Connection, who: ReaderName, cases: Sequence[uuid.UUID]) -> dict[uuid.UUID, State]:
    """What these analyses are to a reader now; those that are not there are left out."""
    found: dict[uuid.UUID, State] = {}
    unread = unread_cases(connection, who)
    query = _Query(connection, who, [])
    for first in range(0, len(cases), _MOST):
        some = analysis.c.id.in_(list(cases[first : first + _MOST]))
        rows = connection.execute(sa.select(analysis.c.id, query.state.label("state")).where(some))
        found.update((row.id, row.state) for row in rows)
    return {key: TO_READ if key in unread else state for key, state in found.items()}


def place_of(connection: sa.Connection, who: ReaderName, case: WorklistCase) -> tuple[str, list[str]]:
    """The folder of a case's result, and where its scan may be, to be opened for a reader.

    Raises :class:`InputError` for a case that the reader is to read in a study (by now), and where no folder is known.
    """
    unread = unread_cases(connection, who).get(case.key)
    study = case.study if unread is None else unread.study
    if study:
        raise InputError.of(
            "This case is read in the study {study}: gananomaly review study next says which comes next there.",
            study=study,
        )
    folder = folder_of(connection, case.key)
    if not folder:
        raise InputError("The review database does not know where the result of this case is: analyse its scan again.")
    return folder, scans_of(connection, case.key)


_MOST = 500
"""Keys in one question."""


class _Query:
    """The analysed cases of a reader, without those that are ``hidden``."""

    def __init__(self, connection: sa.Connection, who: ReaderName, hidden: list[uuid.UUID]) -> None:
        self._connection, self._reader = connection, reader_id(who)
        self._shown = [analysis.c.id.not_in(hidden)] if hidden else []
        self._to_settle = cases_to_settle(connection, who)
        self.state = sa.case(
            (analysis.c.id.in_(self._to_settle), TO_ADJUDICATE),
            (self._is_read(), READ),
            else_=TO_READ,
        )

    def counts(self, state: str = "", known: int = 0) -> dict[str, int]:
        """How many cases are in each state, of which ``known`` are in ``state``: the rest is then told without looking
        at every case a second time."""
        all_ = sa.select(analysis.c.id).where(*self._shown)
        settle = self._number(all_.where(analysis.c.id.in_(self._to_settle)))
        read = known if state == READ else 0
        if state not in (READ, TO_READ):
            read = self._number(all_.where(self.state == READ))
        left = self._number(all_) - settle
        if state == TO_READ:
            read = left - known
        return {TO_ANALYSE: 0, TO_READ: left - read, READ: read, TO_ADJUDICATE: settle}

    def page(self, wanted: Wanted) -> tuple[list[WorklistCase], int]:
        """The cases that are asked for, and how many there are without the limit."""
        score = highest_score()
        sort = {
            "score": (score.desc().nulls_last(), analysis.c.fingerprint),
            "time": (analysis.c.recorded, analysis.c.fingerprint),
            "name": (latest_folder(), analysis.c.fingerprint),
        }[wanted.order]
        filters = self._filters(wanted)
        chosen = sa.select(analysis.c.id, sa.func.count().over().label("count")).where(*filters)
        if wanted.find:
            chosen = chosen.join(series, series.c.id == analysis.c.series_id)
        # What is told of a case is looked up for those alone that are on the page.
        keys = chosen.order_by(*sort).limit(wanted.limit).offset(wanted.offset).subquery()
        columns = (analysis.c.id, analysis.c.recorded, analysis.c.fingerprint, analysis.c.model, series.c.modality)
        told = (score.label("score"), self.state.label("state"), latest_folder().label("path"))
        page = sa.select(*columns, *told, keys.c.count).join(keys, keys.c.id == analysis.c.id)
        page = page.join(series, series.c.id == analysis.c.series_id)
        rows = self._connection.execute(page.order_by(*sort)).all()
        found = [
            WorklistCase(
                row.id, row.state, _name(row.path) or row.fingerprint[:12], row.score, row.recorded,
                row.fingerprint, row.model, row.modality, row.path or "",
            )
            for row in rows
        ]  # fmt: skip
        # Nobody tells where the page is empty.
        return found, int(rows[0][-1]) if rows else self._number(chosen)

    def _number(self, chosen: Any) -> int:
        return int(self._connection.execute(sa.select(sa.func.count()).select_from(chosen.subquery())).scalar_one())

    def _filters(self, wanted: Wanted) -> list[Any]:
        found: list[Any] = [*self._shown, self.state == wanted.state] if wanted.state else list(self._shown)
        if wanted.find:
            texts = (latest_folder(), analysis.c.model, analysis.c.model_title, series.c.modality)
            begins = analysis.c.fingerprint.startswith(wanted.find.lower(), autoescape=True)
            found.append(sa.or_(begins, *(text.icontains(wanted.find, autoescape=True) for text in texts)))
        if wanted.label:
            of_findings = sa.select(finding.c.analysis_id).join(decision_now, decision_now.c.finding_id == finding.c.id)
            told = (self._own(decision_now, wanted.label), self._own(added_finding_now, wanted.label))
            added = sa.select(added_finding_now.c.analysis_id).where(told[1])
            found.append(sa.or_(analysis.c.id.in_(of_findings.where(told[0])), analysis.c.id.in_(added)))
        return found

    def _own(self, view: sa.Table, label: str) -> Any:
        return sa.and_(view.c.reader_id == self._reader, view.c.label_meaning.icontains(label, autoescape=True))

    def _is_read(self) -> Any:
        own = sa.select(reader_progress.c.analysis_id).where(
            reader_progress.c.reader_id == self._reader, reader_progress.c.is_read
        )
        joined = assignment.join(closed_reading, closed_reading.c.assignment_id == assignment.c.id)
        joined = joined.join(study_case, study_case.c.id == assignment.c.study_case_id)
        in_studies = sa.select(study_case.c.analysis_id).select_from(joined)
        in_studies = in_studies.where(assignment.c.reader_id == self._reader)
        return sa.or_(analysis.c.id.in_(own), analysis.c.id.in_(in_studies))


def _hidden(unread: dict[uuid.UUID, UnreadCase], wanted: Wanted) -> list[WorklistCase]:
    """The cases of studies, always in the studies' own order."""
    if wanted.state not in ("", TO_READ) or wanted.label:
        return []
    text = wanted.find.lower()
    shown = {key: one for key, one in unread.items() if text in f"{one.name}\n{one.study}".lower()}
    return [WorklistCase(key, TO_READ, one.name, study=one.study) for key, one in shown.items()]


def _part(listed: list[WorklistCase], wanted: Wanted, before: int, taken: int) -> list[WorklistCase]:
    """Of what is listed after ``before`` others, ``taken`` of which are on the page."""
    first = max(wanted.offset - before, 0)
    return listed[first:] if wanted.limit is None else listed[first : first + wanted.limit - taken]


def _waiting(connection: sa.Connection, wanted: Wanted) -> tuple[list[WorklistCase], int]:
    """Scans that wait for their analysis: a page of them, and how many there are."""
    filters: list[Any] = [waiting()]
    if wanted.find:
        filters.append(sa.or_(*(text.icontains(wanted.find, autoescape=True) for text in (scan.c.path, scan.c.name))))
    count = int(connection.execute(sa.select(sa.func.count()).select_from(scan).where(*filters)).scalar_one())
    sort = (scan.c.name, scan.c.path) if wanted.order == "name" else (scan.c.recorded, scan.c.name, scan.c.path)
    page = sa.select(scan).where(*filters).order_by(*sort).limit(wanted.limit).offset(wanted.offset)
    rows = connection.execute(page).all() if wanted.limit != 0 and count > wanted.offset else []
    return [
        WorklistCase(row.id, TO_ANALYSE, row.name or _name(row.path), since=row.recorded, scan=row.path) for row in rows
    ], count


def _name(path: str | None) -> str:
    """The last part of a path of whatever computer."""
    return next((part for part in reversed(re.split(r"[\\/]", path or "")) if part), "")
