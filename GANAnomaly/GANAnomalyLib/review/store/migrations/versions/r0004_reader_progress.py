"""How far each reader is with each case, counted when a judgement comes rather than whenever somebody asks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_OF_CASE = "analysis_id = reader_progress.analysis_id"
_OF_READER = "reader_id = reader_progress.reader_id"
_COUNT = (
    "UPDATE reader_progress SET decided = (SELECT COUNT(DISTINCT d.finding_id) FROM finding AS f "
    f"JOIN decision_now AS d ON d.finding_id = f.id WHERE f.{_OF_CASE} AND d.{_OF_READER} AND d.decision <> ''), "
    f"verdict = COALESCE((SELECT v.verdict FROM verdict_now AS v WHERE v.{_OF_CASE} AND v.{_OF_READER} "
    "AND v.verdict <> '' ORDER BY v.reading DESC LIMIT 1), '')"
)
_SETTLE = (
    "UPDATE reader_progress SET is_read = verdict <> '' OR (decided > 0 AND decided = "
    f"(SELECT COUNT(*) FROM finding AS f WHERE f.{_OF_CASE}))"
)
_BEGIN = "INSERT INTO reader_progress (analysis_id, reader_id, decided, verdict, is_read) "
_DECIDED_CASE = "(SELECT f.analysis_id FROM finding AS f WHERE f.id = NEW.finding_id)"
_MORE = "UPDATE reader_progress SET is_read = verdict <> '' WHERE analysis_id = NEW.analysis_id"
"""A finding that comes later is not decided yet."""


def upgrade() -> None:
    """Make the table, fill it, and have the database keep it: whatever appends a judgement, nothing is left out."""
    op.create_table(
        "reader_progress",
        sa.Column("analysis_id", sa.Uuid, sa.ForeignKey("analysis.id"), primary_key=True),
        sa.Column("reader_id", sa.Uuid, sa.ForeignKey("reader.id"), primary_key=True),
        sa.Column("decided", sa.Integer, nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("is_read", sa.Boolean, nullable=False),
    )
    op.create_index("read_by_reader", "reader_progress", ["reader_id", "is_read", "analysis_id"])
    decided = (
        "SELECT f.analysis_id, d.reader_id, 0, '', FALSE FROM decision AS d JOIN finding AS f ON f.id = d.finding_id"
    )
    op.execute(f"{_BEGIN}{decided} UNION SELECT analysis_id, reader_id, 0, '', FALSE FROM verdict")
    op.execute(_COUNT)
    op.execute(_SETTLE)
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_server()
    else:
        _keep_in_file()


def _keep_in_file() -> None:
    for table, case in (("decision", _DECIDED_CASE), ("verdict", "NEW.analysis_id")):
        where = f" WHERE analysis_id = {case} AND reader_id = NEW.reader_id"
        op.execute(
            f"CREATE TRIGGER {table}_progress AFTER INSERT ON {table} BEGIN "
            f"{_BEGIN}VALUES ({case}, NEW.reader_id, 0, '', FALSE) ON CONFLICT DO NOTHING; "
            f"{_COUNT}{where}; {_SETTLE}{where}; END"
        )
    op.execute(f"CREATE TRIGGER finding_progress AFTER INSERT ON finding BEGIN {_MORE}; END")


def _keep_on_server() -> None:
    where = " WHERE analysis_id = of_case AND reader_id = of_reader"
    # Two programs of one reader wait for each other at the row; what is counted then is seen by the second one.
    op.execute(
        "CREATE FUNCTION gananomaly_count_progress(of_case uuid, of_reader uuid) RETURNS void LANGUAGE plpgsql AS $$ "
        f"BEGIN {_BEGIN}VALUES (of_case, of_reader, 0, '', FALSE) ON CONFLICT DO NOTHING; "
        f"PERFORM 1 FROM reader_progress{where} FOR UPDATE; {_COUNT}{where}; {_SETTLE}{where}; END $$"
    )
    for table, case in (("decision", _DECIDED_CASE), ("verdict", "NEW.analysis_id")):
        _trigger(table, f"PERFORM gananomaly_count_progress({case}, NEW.reader_id)")
    _trigger("finding", _MORE)


def _trigger(table: str, work: str) -> None:
    op.execute(
        f"CREATE FUNCTION gananomaly_{table}_progress() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {work}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_progress AFTER INSERT ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION gananomaly_{table}_progress()"
    )
