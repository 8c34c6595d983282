"""Appending rows: those that are there already stay as they are."""

from __future__ import annotations

import datetime
import functools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Stamp:
    """When rows were put into the database, and by whom."""

    recorded: datetime.datetime
    recorded_by: str

    @classmethod
    def now(cls, by: str) -> Stamp:
        return cls(datetime.datetime.now(datetime.timezone.utc), by)


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], stamp: Stamp | None) -> int:
    """Append rows whose keys are not there yet, with a stamp where they have none; returns how many those were."""
    if not rows:
        return 0
    more = {} if stamp is None else {"recorded": stamp.recorded, "recorded_by": stamp.recorded_by}
    # In one order everywhere: two that append the same rows to a server do not wait for each other.
    listed = sorted(({**row, **more} for row in rows), key=lambda row: str(row["id"]))
    counting = {"preserve_rowcount": True}
    result = connection.execute(_insert(connection.dialect.name, table), listed, execution_options=counting)
    return max(result.rowcount, 0)


@functools.cache
def _insert(dialect: str, table: sa.Table) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    kind = postgresql if dialect == "postgresql" else sqlite
    return kind.insert(table).on_conflict_do_nothing()


def fill_empty(connection: sa.Connection, table: sa.Table, key: uuid.UUID, known: Mapping[str, str]) -> None:
    """Write what is known now where a row says nothing yet; what it says stays."""
    there = connection.execute(sa.select(table).where(table.c.id == key)).mappings().one()
    lacking = {name: value for name, value in known.items() if value and not there[name]}
    if lacking:
        connection.execute(sa.update(table).where(table.c.id == key).values(**lacking))


def one_line(text: str, most: int) -> str:
    """A text that a column takes: no characters that a database refuses, not too long."""
    plain = text.encode("utf-8", "replace").decode().replace("\0", "")
    return " ".join(plain.split())[:most]
