"""How far a study is: a row for each reader, nothing of what was said."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..store.reader_name import ReaderName
from ..store.reader_study_tables import assignment, closed_reading
from ..store.review_database import ReviewDatabase
from ..store.review_tables import reader, site
from .study_record import KeptStudy, find_study, reader_names
from .take_readings import washout_ends


@dataclass(frozen=True)
class ReaderProgress:
    """``done`` and ``left`` readings; the ``session`` of the next (None: all read), and where that did not begin yet,
    until when the ``washout`` lasts; ``seconds``: the mean of those done, None for none."""

    reader: str
    done: int
    left: int
    session: int | None
    washout: datetime.datetime | None
    seconds: float | None


def study_status(database: ReviewDatabase, name: str) -> tuple[KeptStudy, list[ReaderProgress]]:
    """The study, and each reader's progress; raises :class:`InputError` where there is no such study."""
    with database.reading() as connection:
        study = find_study(connection, name)
        names = reader_names(connection, study)
        first = sa.and_(closed_reading.c.assignment_id == assignment.c.id, closed_reading.c.version == 1)
        columns = (assignment.c.reader_id, assignment.c.block, closed_reading.c.closed, closed_reading.c.seconds)
        joined = assignment.outerjoin(closed_reading, first)
        chosen = sa.select(*columns).select_from(joined).where(assignment.c.reading_study_id == study.id)
        rows = list(connection.execute(chosen.order_by(assignment.c.block, assignment.c.place)).mappings())
    own = {key: [row for row in rows if row["reader_id"] == key] for key in names}
    return study, [_progress(study, name, own[key]) for key, name in names.items()]


def study_names(connection: sa.Connection, who: ReaderName | None = None) -> list[str]:
    """The studies of the database, or those that a reader has cases of."""
    from ..store.reader_study_tables import reading_study

    chosen = sa.select(reading_study.c.name).order_by(reading_study.c.name)
    if who is not None:
        joined = reading_study.join(assignment, assignment.c.reading_study_id == reading_study.c.id)
        joined = joined.join(reader, reader.c.id == assignment.c.reader_id).join(site, site.c.id == reader.c.site_id)
        chosen = chosen.select_from(joined).where(reader.c.name == who.name, site.c.name == who.site).distinct()
    return list(connection.execute(chosen).scalars())


def _progress(study: KeptStudy, name: str, rows: list[Any]) -> ReaderProgress:
    done = [row for row in rows if row["closed"] is not None]
    left = [row for row in rows if row["closed"] is None]
    block = left[0]["block"] if left else None
    began = any(row["block"] == block for row in done)
    washout = None if block is None or began else washout_ends(study, rows, block)
    mean = sum(row["seconds"] for row in done) / len(done) if done else None
    return ReaderProgress(name, len(done), len(left), block, washout, mean)
