"""The tables of the review database. Rows are appended, never overwritten: an undo is a new row.

Keys are UUIDs. Of what is the same wherever it is met (an analysis, its findings, a reader of a site) they are made of
its content, so that two databases agree and are brought together by copying rows; of what happens once they are new
ones that grow with time.
"""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa

from .reader_name import NAME

HEAD = "0004"
"""The revision of :mod:`.migrations` that makes these tables."""
HASH = 64


class Moment(sa.types.TypeDecorator[datetime.datetime]):
    """A time in UTC to the microsecond, on every database: with its zone in Python."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: sa.Dialect) -> datetime.datetime | None:
        if value is None:
            return None
        value = value.astimezone(datetime.timezone.utc)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        return value.astimezone(datetime.timezone.utc)  # type: ignore[no-any-return]


metadata = sa.MetaData()


def _table(name: str, *parts: Any) -> sa.Table:
    """Every row has a key, and says when and by whom it was put there."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        *parts,
        sa.Column("recorded", Moment, nullable=False),
        sa.Column("recorded_by", sa.String(NAME), nullable=False),
    )


def _text(name: str, length: int | None = NAME) -> sa.Column[str]:
    """Where nothing is known it is empty, never null."""
    kind = sa.Text() if length is None else sa.String(length)
    return sa.Column(name, kind, nullable=False, server_default="")


def _of(table: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(f"{table}_id", sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _places() -> list[sa.Column[Any]]:
    """A box: its centre (RAS) and its size along the image's axes, mm; the size of a point is 0."""
    return [sa.Column(name, sa.Float, nullable=False) for name in ("r", "a", "s", "size_i", "size_j", "size_k")]


def _judged() -> list[Any]:
    """What every judgement of a reader says of itself.

    ``reading`` is 1 for the first time that the reader reads the case, 2 for the second after a washout; ``seconds``
    the time spent; ``decided`` when, by the reader's clock; ``source`` how it came here (panel, command, import).
    """
    return [
        sa.Column("reader_id", sa.Uuid, sa.ForeignKey("reader.id"), nullable=False),
        sa.Column("session_id", sa.Uuid, sa.ForeignKey("session.id")),
        sa.Column("reading", sa.Integer, nullable=False, server_default="1"),
        sa.Column("confidence", sa.Integer),
        _text("comment", None),
        sa.Column("seconds", sa.Float),
        sa.Column("decided", Moment, nullable=False),
        _text("source", 40),
        sa.CheckConstraint("confidence BETWEEN 1 AND 5", name="confidence"),
        sa.CheckConstraint("reading >= 1", name="reading"),
    ]


def _label() -> list[sa.Column[str]]:
    """A term: coding scheme (SCT, RADLEX), code, and its meaning in words."""
    return [_text("label_scheme", 40), _text("label_code", 100), _text("label_meaning")]


site = _table("site", _text("name"))
study = _table(
    "study",
    _of("site"),
    # Hashes; the identifiers themselves only where the site switched that on.
    *[_text("patient_hash", HASH), _text("study_hash", HASH), _text("patient_id"), _text("study_uid")],
)
series = _table("series", _of("study"), _text("input_hash", HASH), _text("modality", 40))
analysis = _table(
    "analysis",
    _of("series"),
    *[_text("fingerprint", HASH), _text("model"), _text("model_title"), _text("model_hash", HASH), _text("detector")],
    *[_text("metric", 40), _text("unit", None), _text("settings", None), _text("version", 40), _text("created", 40)],
)
result_folder = _table("result_folder", _of("analysis"), _text("path", None), _text("findings_hash", HASH))
"""Where an analysis was seen; folders move, the latest row counts."""
finding = _table(
    "finding",
    _of("analysis"),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    *[sa.Column(name, sa.Integer, nullable=False) for name in ("slice", "first_slice", "last_slice")],
    *_places(),
    sa.UniqueConstraint("analysis_id", "rank", name="finding_rank"),
    # The highest of an analysis is looked up without its findings being read.
    sa.Index("finding_by_score", "analysis_id", "score", "id"),
)
reader = _table("reader", _of("site"), _text("name"))
session = _table("session", _of("reader"), _text("program", 40), _text("version", 40))
"""One sitting of a reader at a program."""
decision = _table(
    "decision",
    _of("finding"),
    sa.Column("decision", sa.String(20), nullable=False),
    *_label(),
    *_judged(),
    sa.CheckConstraint("decision IN ('accepted', 'rejected', 'unsure', '')", name="decision"),
    sa.Index("decision_of_finding", "finding_id", "reader_id", "reading", "decided"),
)
added_finding = _table(
    "added_finding",
    _of("analysis"),
    sa.Column("mark", sa.Uuid, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    *_places(),
    *_label(),
    *_judged(),
    sa.Index("added_of_analysis", "analysis_id", "reader_id", "reading", "decided"),
    sa.Index("added_of_mark", "mark", "decided"),
)
"""What the model missed: ``mark`` is one place over all rows of a reader, the last of which counts. A place that a
reader took from another reader's file, or over to another analysis, has the same mark there."""
verdict = _table(
    "verdict",
    _of("analysis"),
    sa.Column("verdict", sa.String(20), nullable=False),
    *_judged(),
    sa.CheckConstraint("verdict IN ('normal', 'abnormal', 'inadequate', '')", name="verdict"),
    sa.Index("verdict_of_analysis", "analysis_id", "reader_id", "reading", "decided"),
)
scan = _table("scan", _text("path", None), _text("name"))
"""A file or folder of images on a disk, to be analysed or known from a result; ``name`` is what lists say."""
analysed_scan = _table(
    "analysed_scan",
    _of("scan"),
    _of("analysis", nullable=True),
    sa.UniqueConstraint("scan_id", "analysis_id", name="analysed_scan_once"),
)
"""What ends the waiting of a scan: an analysis of it, or, where that is null, that somebody took it off the list."""

reader_progress = sa.Table(
    "reader_progress",
    metadata,
    sa.Column("analysis_id", sa.Uuid, sa.ForeignKey("analysis.id"), primary_key=True),
    sa.Column("reader_id", sa.Uuid, sa.ForeignKey("reader.id"), primary_key=True),
    sa.Column("decided", sa.Integer, nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("is_read", sa.Boolean, nullable=False),
    sa.Index("read_by_reader", "reader_id", "is_read", "analysis_id"),
)
"""How far a reader is with a case, which lists ask for: findings ``decided`` now in any reading, the last reading's
``verdict`` or "", and whether a verdict or a decision on every finding is there. The database itself counts whenever a
judgement is appended; nothing else writes here, and nothing is copied from it."""

_LOOKED_UP = (study.c.patient_hash, series.c.study_id, series.c.input_hash, analysis.c.series_id)
for _column in (*_LOOKED_UP, analysis.c.fingerprint, result_folder.c.analysis_id, analysed_scan.c.analysis_id):
    sa.Index(f"{_column.table.name}_by_{_column.name}", _column)

VERDICTS = ("normal", "abnormal", "inadequate", "")
"""Of a whole case; "inadequate" is technically so, "" takes one back."""
IN_ORDER = (
    *(site, study, series, analysis, result_folder, finding, reader, session),
    *(decision, added_finding, verdict, scan, analysed_scan),
)
"""Each table after those that it refers to."""


def _now(table: sa.Table) -> sa.Table:
    """The view of the rows that count now."""
    return sa.Table(f"{table.name}_now", sa.MetaData(), *(sa.Column(c.name, c.type) for c in table.columns))


decision_now, added_finding_now, verdict_now = _now(decision), _now(added_finding), _now(verdict)
"""Views: the last decision of each reader and reading on each finding, the marks that were not withdrawn, the last
verdict on each case. What was taken back counts as a row whose word is empty."""
result_folder_now = _now(result_folder)
