"""The tables of studies of readers in the review database. Rows are appended, here too."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from . import review_tables
from .reader_name import NAME
from .review_tables import HASH, Moment

_table, _text, _of = review_tables._table, review_tables._text, review_tables._of


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


reading_study = _table(
    "reading_study",
    sa.Column("name", sa.String(NAME), nullable=False, unique=True),
    *[_text("design", None), _text("design_hash", HASH), _text("plan_hash", HASH)],
)
"""A design, without what is true of its cases. ``plan_hash`` is of the whole plan, with settings left at defaults."""
study_case = _table(
    "study_case",
    _of("reading_study"),
    _of("analysis"),
    _whole("number"),
    _text("name"),
    sa.UniqueConstraint("reading_study_id", "number", name="study_case_number"),
)
case_truth = _table(
    "case_truth",
    _of("study_case"),
    sa.Column("truth", sa.Integer),
    _text("lesions", None),
    sa.UniqueConstraint("study_case_id", name="case_truth_once"),
    sa.CheckConstraint("truth IN (0, 1)", name="truth"),
)
"""Kept apart: nothing that a reader uses looks here. ``lesions`` is JSON."""
study_event = _table(
    "study_event",
    _of("reading_study"),
    sa.Column("event", sa.String(20), nullable=False),
    sa.Column("seed", sa.BigInteger),
    sa.UniqueConstraint("reading_study_id", "event", name="study_event_once"),
    sa.CheckConstraint("event IN ('assigned', 'finished')", name="event"),
)
assignment = _table(
    "assignment",
    _of("reading_study"),
    _of("reader"),
    _of("study_case"),
    *[_whole("block"), _whole("place"), _whole("reading")],
    _text("condition"),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.UniqueConstraint("reading_study_id", "reader_id", "block", "place", name="assignment_place"),
    sa.Index("assignment_of_reader", "reader_id", "reading_study_id"),
)
"""``block`` is the session, from 1, and ``place`` where in it; ``reading`` tells the readings of a case by a reader
apart, as decisions do; ``again`` is a reading that only measures the reader."""
reading_moment = _table(
    "reading_moment",
    _of("assignment"),
    sa.Column("sign", sa.String(10), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.CheckConstraint("sign IN ('opened', 'at work', 'away')", name="sign"),
    sa.Index("moment_of_assignment", "assignment_id", "at"),
)
closed_reading = _table(
    "closed_reading",
    _of("assignment"),
    _whole("version"),
    sa.Column("rating", sa.Float),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("confidence", sa.Integer),
    _text("comment", None),
    sa.Column("opened", Moment, nullable=False),
    sa.Column("closed", Moment, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    _text("reason", None),
    _text("source", 40),
    sa.UniqueConstraint("assignment_id", "version", name="closed_reading_version"),
    sa.CheckConstraint("verdict IN ('normal', 'abnormal', 'inadequate', '')", name="verdict"),
    sa.CheckConstraint("confidence BETWEEN 1 AND 5", name="confidence"),
)
"""``version`` 1 closed it, the others amend it and give a ``reason``; the highest counts."""
reading_mark = _table(
    "reading_mark",
    _of("closed_reading"),
    *[sa.Column(name, sa.Float, nullable=False) for name in ("r", "a", "s", "rating")],
    sa.Index("mark_of_reading", "closed_reading_id"),
)
to_adjudicate = _table(
    "to_adjudicate",
    _of("study_case"),
    _text("condition"),
    _text("said", None),
    sa.UniqueConstraint("study_case_id", "condition", name="to_adjudicate_once"),
)
"""What readers called by different names, and who said what (JSON)."""
adjudication = _table(
    "adjudication",
    _of("to_adjudicate"),
    _of("reader"),
    sa.Column("verdict", sa.String(20), nullable=False),
    _text("comment", None),
    sa.Column("decided", Moment, nullable=False),
    sa.CheckConstraint("verdict IN ('normal', 'abnormal', 'inadequate')", name="verdict"),
    sa.Index("adjudication_of", "to_adjudicate_id", "decided"),
)
"""The last row counts."""

STUDY_TABLES: tuple[sa.Table, ...] = (
    *(reading_study, study_case, case_truth, study_event, assignment, reading_moment, closed_reading, reading_mark),
    *(to_adjudicate, adjudication),
)
EVERY_TABLE: tuple[sa.Table, ...] = (*review_tables.IN_ORDER, *STUDY_TABLES)
"""Of the database, each after those that it refers to."""


def latest_reading(chosen: Any) -> Any:
    """The condition that a row of :data:`closed_reading` is the one that counts, for a query of ``chosen``."""
    later = closed_reading.alias("later")
    return ~sa.exists().where(later.c.assignment_id == chosen.c.assignment_id, later.c.version > chosen.c.version)
