"""Sites, images, analyses and findings; readers and what they judged; views of what counts now."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from GANAnomalyLib.review.store.review_tables import Moment

revision = "0001"
down_revision = None

_KEPT = ("decision", "added_finding", "verdict")
"""Whose rows nobody may change or delete."""
_COUNTED = {
    "decision": ("finding_id", "reader_id", "reading"),
    "verdict": ("analysis_id", "reader_id", "reading"),
    "added_finding": ("mark",),
}
"""What has one row that counts, the last."""


def upgrade() -> None:
    """Make everything."""
    _tables()
    for table, same in _COUNTED.items():
        _view(table, same, "decided", " AND NOT d.withdrawn" if table == "added_finding" else "")
    _view("result_folder", ("analysis_id",), "recorded", "")
    _keep()


def _tables() -> None:
    _make("site", _text("name"))
    _make(
        "study",
        _of("site"),
        *[_text("patient_hash", 64), _text("study_hash", 64), _text("patient_id"), _text("study_uid")],
    )
    _make("series", _of("study"), _text("input_hash", 64), _text("modality", 40))
    _make(
        "analysis",
        _of("series"),
        *[_text("fingerprint", 64), _text("model"), _text("model_title"), _text("model_hash", 64), _text("detector")],
        *[_text("metric", 40), _text("unit", None), _text("settings", None), _text("version", 40)],
        _text("created", 40),
    )
    _make("result_folder", _of("analysis"), _text("path", None), _text("findings_hash", 64))
    _make(
        "finding",
        _of("analysis"),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        *[sa.Column(name, sa.Integer, nullable=False) for name in ("slice", "first_slice", "last_slice")],
        *_places(),
        sa.UniqueConstraint("analysis_id", "rank", name="finding_rank"),
    )
    _make("reader", _of("site"), _text("name"))
    _make("session", _of("reader"), _text("program", 40), _text("version", 40))
    _make(
        "decision",
        _of("finding"),
        sa.Column("decision", sa.String(20), nullable=False),
        *_label(),
        *_judged(),
        sa.CheckConstraint("decision IN ('accepted', 'rejected', 'unsure', '')", name="decision"),
    )
    _make(
        "added_finding",
        _of("analysis"),
        sa.Column("mark", sa.Uuid, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        *_places(),
        *_label(),
        *_judged(),
    )
    _make(
        "verdict",
        _of("analysis"),
        sa.Column("verdict", sa.String(20), nullable=False),
        *_judged(),
        sa.CheckConstraint("verdict IN ('normal', 'abnormal', 'inadequate', '')", name="verdict"),
    )
    last = ["reader_id", "reading", "decided"]
    op.create_index("decision_of_finding", "decision", ["finding_id", *last])
    op.create_index("added_of_analysis", "added_finding", ["analysis_id", *last])
    op.create_index("added_of_mark", "added_finding", ["mark", "decided"])
    op.create_index("verdict_of_analysis", "verdict", ["analysis_id", *last])
    for table, column in _LOOKED_UP:
        op.create_index(f"{table}_by_{column}", table, [column])


_LOOKED_UP = (
    ("study", "patient_hash"),
    ("series", "study_id"),
    ("series", "input_hash"),
    ("analysis", "series_id"),
    ("analysis", "fingerprint"),
    ("result_folder", "analysis_id"),
)


def _view(table: str, same: tuple[str, ...], by: str, besides: str) -> None:
    """Of rows that are about the same, the one with no later."""
    matching = " AND ".join(f"later.{name} = d.{name}" for name in same)
    op.execute(
        f"CREATE VIEW {table}_now AS SELECT d.* FROM {table} AS d WHERE NOT EXISTS (SELECT 1 FROM {table} AS later "
        f"WHERE {matching} AND (later.{by}, later.recorded, later.id) > (d.{by}, d.recorded, d.id)){besides}"
    )


def _keep() -> None:
    """The database itself refuses to change or delete a judgement."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION gananomaly_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'judgements are appended, never changed'; END $$"
        )
        for table in _KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION gananomaly_append_only()"
            )
        return
    for table in _KEPT:
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


def _places() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Float, nullable=False) for name in ("r", "a", "s", "size_i", "size_j", "size_k")]


def _label() -> list[sa.Column[str]]:
    return [_text("label_scheme", 40), _text("label_code", 100), _text("label_meaning")]


def _judged() -> list[Any]:
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
