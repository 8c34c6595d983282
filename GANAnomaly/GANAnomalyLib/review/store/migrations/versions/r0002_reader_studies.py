"""Studies of readers: designs, who reads what, readings and what took how long, adjudication."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from GANAnomalyLib.review.store.review_tables import Moment

revision = "0002"
down_revision = "0001"

_NAMES = (
    *("reading_study", "study_case", "case_truth", "study_event", "assignment", "reading_moment", "closed_reading"),
    *("reading_mark", "to_adjudicate", "adjudication"),
)


def upgrade() -> None:
    """Make the tables, whose rows nobody may change or delete."""
    _designs()
    _readings()
    _adjudications()
    for name in _NAMES:
        _keep(name)


def _designs() -> None:
    _make(
        "reading_study",
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        *[_text("design", None), _text("design_hash", 64), _text("plan_hash", 64)],
    )
    _make(
        "study_case",
        *[_of("reading_study"), _of("analysis"), _whole("number"), _text("name")],
        sa.UniqueConstraint("reading_study_id", "number", name="study_case_number"),
    )
    _make(
        "case_truth",
        *[_of("study_case"), sa.Column("truth", sa.Integer), _text("lesions", None)],
        sa.UniqueConstraint("study_case_id", name="case_truth_once"),
        sa.CheckConstraint("truth IN (0, 1)", name="truth"),
    )
    _make(
        "study_event",
        *[_of("reading_study"), sa.Column("event", sa.String(20), nullable=False), sa.Column("seed", sa.BigInteger)],
        sa.UniqueConstraint("reading_study_id", "event", name="study_event_once"),
        sa.CheckConstraint("event IN ('assigned', 'finished')", name="event"),
    )


def _readings() -> None:
    _make(
        "assignment",
        *[_of("reading_study"), _of("reader"), _of("study_case"), _whole("block"), _whole("place"), _whole("reading")],
        *[_text("condition"), sa.Column("again", sa.Boolean, nullable=False)],
        sa.UniqueConstraint("reading_study_id", "reader_id", "block", "place", name="assignment_place"),
    )
    op.create_index("assignment_of_reader", "assignment", ["reader_id", "reading_study_id"])
    _make(
        "reading_moment",
        *[_of("assignment"), sa.Column("sign", sa.String(10), nullable=False)],
        sa.Column("at", Moment, nullable=False),
        sa.CheckConstraint("sign IN ('opened', 'at work', 'away')", name="sign"),
    )
    op.create_index("moment_of_assignment", "reading_moment", ["assignment_id", "at"])
    _make(
        "closed_reading",
        *[_of("assignment"), _whole("version"), sa.Column("rating", sa.Float)],
        sa.Column("verdict", sa.String(20), nullable=False),
        *[sa.Column("confidence", sa.Integer), _text("comment", None)],
        *[sa.Column(name, Moment, nullable=False) for name in ("opened", "closed")],
        *[sa.Column("seconds", sa.Float, nullable=False), _text("reason", None), _text("source", 40)],
        sa.UniqueConstraint("assignment_id", "version", name="closed_reading_version"),
        sa.CheckConstraint("verdict IN ('normal', 'abnormal', 'inadequate', '')", name="verdict"),
        sa.CheckConstraint("confidence BETWEEN 1 AND 5", name="confidence"),
    )
    _make(
        "reading_mark",
        _of("closed_reading"),
        *[sa.Column(name, sa.Float, nullable=False) for name in ("r", "a", "s", "rating")],
    )
    op.create_index("mark_of_reading", "reading_mark", ["closed_reading_id"])


def _adjudications() -> None:
    _make(
        "to_adjudicate",
        *[_of("study_case"), _text("condition"), _text("said", None)],
        sa.UniqueConstraint("study_case_id", "condition", name="to_adjudicate_once"),
    )
    _make(
        "adjudication",
        *[_of("to_adjudicate"), _of("reader"), sa.Column("verdict", sa.String(20), nullable=False)],
        *[_text("comment", None), sa.Column("decided", Moment, nullable=False)],
        sa.CheckConstraint("verdict IN ('normal', 'abnormal', 'inadequate')", name="verdict"),
    )
    op.create_index("adjudication_of", "adjudication", ["to_adjudicate_id", "decided"])


def _keep(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION gananomaly_append_only()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'judgements are appended, never changed'); END"
        )


def _make(name: str, *parts: Any) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid, primary_key=True),
        *parts,
        sa.Column("recorded", Moment, nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
    )


def _text(name: str, length: int | None = 200) -> sa.Column[str]:
    kind = sa.Text() if length is None else sa.String(length)
    return sa.Column(name, kind, nullable=False, server_default="")


def _of(table: str) -> sa.Column[Any]:
    return sa.Column(f"{table}_id", sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)
