"""A reader at work in a study: the next case, signs of reading, and what came of it; for all that shows cases."""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...errors import InputError
from ..decisions import clean_comment
from ..store.present_state import folder_of
from ..store.reader_name import ReaderName
from ..store.reader_study_tables import assignment, closed_reading, reading_mark, reading_moment, study_case
from ..store.record_decisions import reader_id
from ..store.review_database import ReviewDatabase
from ..store.review_ids import new_id
from ..store.review_tables import VERDICTS, analysis
from ..store.row_writing import Stamp, one_line, put
from .reading_time import AT_WORK, AWAY, OPENED, Moment, reading_seconds
from .study_design import RatingScale
from .study_record import KeptStudy, find_study

_MOST_MARKS = 1000
_TICK = datetime.timedelta(microseconds=1)


@dataclass(frozen=True)
class OpenReading:
    """A reading that is open.

    Attributes
    ----------
    study, reader: of whom. assignment: its key. case: what the study calls the case.
    analysis, fingerprint, folder: the case in the database, and where its result is, "" where nobody knows.
    condition, heatmap: under what it is read, and whether the heatmap is shown.
    session, place, of: the ``place``-th reading of ``of`` in that session.
    reading: the number that decisions on findings carry meanwhile (``Judged.reading``), so that they stay apart.
    scale: of ratings. seconds: of reading so far. resumed: whether it was opened before.
    """

    study: str
    reader: ReaderName
    assignment: uuid.UUID
    case: str
    analysis: uuid.UUID
    fingerprint: str
    folder: str
    condition: str
    heatmap: bool
    session: int
    place: int
    of: int
    reading: int
    scale: RatingScale
    seconds: float
    resumed: bool


@dataclass(frozen=True)
class Mark:
    """A place (RAS, mm) that a reader marked, and how suspicious it is on the study's scale."""

    centre_ras: tuple[float, float, float]
    rating: float


def open_reading(
    database: ReviewDatabase, study: str, who: ReaderName, now: datetime.datetime | None = None
) -> OpenReading:
    """The reader's next case, its clock running; the one that was open before, where one was not closed.

    Raises :class:`InputError` where the study is not there, not assigned or finished, has no such reader, while the
    washout lasts (until when, it says), and where all is read.
    """
    now, moment = _now(now), new_id()

    def work(connection: sa.Connection) -> OpenReading:
        kept = _running(connection, study, who)
        row = connection.execute(_mine(kept, who, closed_reading.c.id.is_(None)).limit(1)).mappings().first()
        if row is None:
            raise InputError.of("{reader} has read all cases of the study {study}.", reader=who.name, study=study)
        moments, sessions = _moments(connection, row["id"]), _sessions(connection, kept, who)
        if not moments:
            _check_washout(kept, sessions, row["block"], now)
        at = max([now, *(at + _TICK for _sign, at in moments)])
        about = {"id": moment, "assignment_id": row["id"], "sign": OPENED, "at": at}
        put(connection, reading_moment, [about], Stamp.now(who.name))
        return _opened(connection, kept, who, sessions, row, moments, at)

    return _with_folder(database, database.write(work))


def current_reading(
    database: ReviewDatabase, study: str, who: ReaderName, now: datetime.datetime | None = None
) -> OpenReading:
    """The reading that the reader has open; raises :class:`InputError` where none is, and as :func:`open_reading`."""
    with database.reading() as connection:
        kept = _running(connection, study, who, own=False)
        begun = sa.exists().where(reading_moment.c.assignment_id == assignment.c.id)
        row = connection.execute(_mine(kept, who, closed_reading.c.id.is_(None), begun).limit(1)).mappings().first()
        if row is not None:
            moments, sessions = _moments(connection, row["id"]), _sessions(connection, kept, who)
            reading = _opened(connection, kept, who, sessions, row, moments, _now(now))
    if row is not None:
        return _with_folder(database, reading)
    raise InputError.of("{reader} has no case of the study {study} open: open the next.", reader=who.name, study=study)


def sign_of_reading(
    database: ReviewDatabase, reading: OpenReading, away: bool = False, now: datetime.datetime | None = None
) -> None:
    """Say that the reader is at work on it (once a minute, say), or goes ``away``.

    After "away" nothing counts as reading until the next sign, or it is opened again. Where nothing was said for longer
    than the design's limit, the limit counts.
    """
    now, key = _now(now), new_id()

    def work(connection: sa.Connection) -> None:
        moments = _moments(connection, reading.assignment)
        at = max([now, *(at + _TICK for _sign, at in moments)])
        about = {"id": key, "assignment_id": reading.assignment, "sign": AWAY if away else AT_WORK, "at": at}
        put(connection, reading_moment, [about], Stamp.now(reading.reader.name))

    database.write(work)


def close_reading(
    database: ReviewDatabase,
    reading: OpenReading,
    rating: float | None,
    verdict: str = "",
    *,
    confidence: int | None = None,
    comment: str = "",
    marks: Sequence[Mark] = (),
    source: str = "",
    now: datetime.datetime | None = None,
) -> float:
    """Keep what came of a reading, and end it; returns the seconds that it took.

    ``rating`` is on the study's scale, None only for a case that is "inadequate"; ``verdict`` "normal", "abnormal",
    "inadequate" or "". Raises :class:`InputError` for others, and for a reading that is closed: that is amended.
    """
    said = _said(reading.scale, rating, verdict, confidence, comment, marks)
    now, key = _now(now), new_id()
    keys = [new_id() for _mark in marks]

    def work(connection: sa.Connection) -> float:
        kept = _running(connection, reading.study, reading.reader)
        before = _closings(connection, reading.assignment)
        if before and before[0]["id"] != key:
            raise InputError.of(
                "The reading of {case} is closed already: it can be amended, with a reason.", case=reading.case
            )
        moments = _moments(connection, reading.assignment)
        if not moments:
            raise InputError.of("The reading of {case} was never opened.", case=reading.case)
        end = max(now, moments[-1][1])
        seconds = reading_seconds(moments, end, kept.design.pause_limit_s)
        times = {"opened": moments[0][1], "closed": end, "seconds": seconds}
        about = {"id": key, "assignment_id": reading.assignment, "version": 1, "source": one_line(source, 40)}
        _put_closing(connection, {**about, **times, **said, "reason": ""}, marks, keys, reading.reader)
        return seconds

    return database.write(work)


def amend_reading(
    database: ReviewDatabase,
    study: str,
    who: ReaderName,
    case: str,
    rating: float | None,
    verdict: str = "",
    *,
    reason: str,
    condition: str | None = None,
    confidence: int | None = None,
    comment: str = "",
    marks: Sequence[Mark] = (),
    source: str = "",
) -> int:
    """Say anew what came of a closed reading; what was said before stays, and the time too. Returns the version.

    ``condition`` may be left out where the reader has closed one reading of the case. Raises :class:`InputError` for
    an empty ``reason``, a reading that is not closed or not to be told from another, and as :func:`close_reading`.
    """
    why, key = clean_comment(reason), new_id()
    keys = [new_id() for _mark in marks]
    if not why:
        raise InputError("Say why the reading is amended.")

    def work(connection: sa.Connection) -> int:
        kept = _running(connection, study, who)
        said = _said(kept.design.rating, rating, verdict, confidence, comment, marks)
        # What measures the reader alone is as it was.
        wanted = (study_case.c.name == case, closed_reading.c.id.is_not(None), ~assignment.c.again)
        found = connection.execute(_mine(kept, who, *wanted)).mappings()
        rows = [row for row in found if condition in (None, row["condition"])]
        if not rows:
            raise InputError.of("{reader} has closed no such reading of {case}.", reader=who.name, case=case[:100])
        if len(rows) > 1:
            raise InputError.of(
                "{reader} has closed several readings of {case}: say under which condition.",
                reader=who.name,
                case=case[:100],
            )
        before = _closings(connection, rows[0]["id"])
        last = before[-1]
        if last["id"] == key:
            return int(last["version"])
        version = last["version"] + 1
        about = {"id": key, "assignment_id": rows[0]["id"], "version": version, "source": one_line(source, 40)}
        times = {name: last[name] for name in ("opened", "closed", "seconds")}
        _put_closing(connection, {**about, **times, **said, "reason": why}, marks, keys, who)
        return int(version)

    return database.write(work)


def washout_ends(kept: KeptStudy, rows: Sequence[Any], block: int) -> datetime.datetime | None:
    """From when on a session may begin; None where none was read before.

    ``rows`` say in which ``block`` a reader ``closed`` something, and when.
    """
    before = [row["closed"] for row in rows if row["block"] < block and row["closed"] is not None]
    return max(before) + datetime.timedelta(days=kept.design.washout_days) if before else None


def _said(
    scale: RatingScale, rating: float | None, verdict: str, confidence: int | None, comment: str, marks: Sequence[Mark]
) -> dict[str, Any]:
    if verdict not in VERDICTS:
        raise InputError(f"A verdict is normal, abnormal or inadequate, not {str(verdict)[:40]!r}.")
    if rating is None and verdict != "inadequate":
        raise InputError("The rating is missing: only a case that is technically inadequate may go without.")
    if confidence is not None and confidence not in (1, 2, 3, 4, 5):
        raise InputError("The confidence must be from 1 to 5.")
    if len(marks) > _MOST_MARKS:
        raise InputError(f"A reading can have {_MOST_MARKS} marks, not {len(marks)}.")
    for mark in marks:
        scale.check(mark.rating)
        if not all(abs(value) < 1e6 for value in mark.centre_ras):
            raise InputError("The place of a mark must be three finite numbers, in mm.")
    kept = None if rating is None else scale.check(rating)
    return {"rating": kept, "verdict": verdict, "confidence": confidence, "comment": clean_comment(comment)}


def _put_closing(
    connection: sa.Connection, row: dict[str, Any], marks: Sequence[Mark], keys: Sequence[uuid.UUID], who: ReaderName
) -> None:
    stamp = Stamp.now(who.name)
    put(connection, closed_reading, [row], stamp)
    placed = [
        {
            "id": key,
            "closed_reading_id": row["id"],
            **dict(zip("ras", mark.centre_ras, strict=True)),
            "rating": mark.rating,
        }
        for key, mark in zip(keys, marks, strict=True)
    ]
    put(connection, reading_mark, placed, stamp)


def _running(connection: sa.Connection, name: str, who: ReaderName, own: bool = True) -> KeptStudy:
    """A study that the reader may read in."""
    kept = find_study(connection, name, own)
    if kept.finished:
        raise InputError.of("The study {study} is finished: nothing is read or amended any more.", study=name)
    if kept.seed is None:
        raise InputError.of(
            "The study {study} is not assigned yet: gananomaly review study assign gives its readers their cases.",
            study=name,
        )
    mine = sa.select(assignment.c.id).where(
        assignment.c.reading_study_id == kept.id, assignment.c.reader_id == reader_id(who)
    )
    if connection.execute(mine.limit(1)).first() is None:
        raise InputError.of("{reader} is no reader of the study {study}.", reader=who.name, study=name)
    return kept


def _mine(kept: KeptStudy, who: ReaderName, *more: Any) -> sa.Select[Any]:
    """A reader's readings in their order, with what closed them where that is so."""
    columns = (assignment, study_case.c.name, study_case.c.analysis_id)
    first = sa.and_(closed_reading.c.assignment_id == assignment.c.id, closed_reading.c.version == 1)
    joined = assignment.join(study_case, study_case.c.id == assignment.c.study_case_id).outerjoin(closed_reading, first)
    mine = (assignment.c.reading_study_id == kept.id, assignment.c.reader_id == reader_id(who))
    chosen = sa.select(*columns).select_from(joined).where(*mine, *more)
    return chosen.order_by(assignment.c.block, assignment.c.place)


def _sessions(connection: sa.Connection, kept: KeptStudy, who: ReaderName) -> list[sa.RowMapping]:
    """Of each session how many readings it has, and when the last one was closed."""
    closed = (sa.func.count().label("of"), sa.func.max(closed_reading.c.closed).label("closed"))
    first = sa.and_(closed_reading.c.assignment_id == assignment.c.id, closed_reading.c.version == 1)
    mine = (assignment.c.reading_study_id == kept.id, assignment.c.reader_id == reader_id(who))
    chosen = sa.select(assignment.c.block, *closed).select_from(assignment.outerjoin(closed_reading, first))
    return list(connection.execute(chosen.where(*mine).group_by(assignment.c.block)).mappings())


def _moments(connection: sa.Connection, key: uuid.UUID) -> list[Moment]:
    chosen = sa.select(reading_moment.c.sign, reading_moment.c.at).where(reading_moment.c.assignment_id == key)
    return [(sign, at) for sign, at in connection.execute(chosen.order_by(reading_moment.c.at))]


def _closings(connection: sa.Connection, key: uuid.UUID) -> list[sa.RowMapping]:
    chosen = sa.select(closed_reading).where(closed_reading.c.assignment_id == key)
    return list(connection.execute(chosen.order_by(closed_reading.c.version)).mappings())


def _check_washout(kept: KeptStudy, sessions: Sequence[Any], block: int, now: datetime.datetime) -> None:
    """A session that began goes on; before it begins, the one before must be long enough ago."""
    # Without a washout a moment's difference between two clocks is none.
    if not kept.design.washout_days or any(one["block"] == block and one["closed"] is not None for one in sessions):
        return
    ends = washout_ends(kept, sessions, block)
    if ends is not None and now < ends:
        raise InputError.of(
            "Session {session} of the study {study} begins after the washout of {days} days, on {when} (UTC) at the "
            "earliest.",
            session=block,
            study=kept.design.name,
            days=f"{kept.design.washout_days:g}",
            when=ends.strftime("%Y-%m-%d %H:%M"),
        )


def _opened(
    connection: sa.Connection, kept: KeptStudy, who: ReaderName, sessions: Sequence[Any], row: Any,
    moments: Sequence[Moment], now: datetime.datetime,
) -> OpenReading:  # fmt: skip
    case = row["analysis_id"]
    fingerprint = connection.execute(sa.select(analysis.c.fingerprint).where(analysis.c.id == case)).scalar_one()
    return OpenReading(
        study=kept.design.name,
        reader=who,
        assignment=row["id"],
        case=row["name"],
        analysis=case,
        fingerprint=fingerprint,
        folder="",
        condition=row["condition"],
        heatmap=kept.design.condition(row["condition"]).heatmap,
        session=row["block"],
        place=row["place"],
        of=next(one["of"] for one in sessions if one["block"] == row["block"]),
        reading=row["reading"],
        scale=kept.design.rating,
        seconds=reading_seconds(moments, now, kept.design.pause_limit_s) if moments else 0.0,
        resumed=bool(moments),
    )


def _with_folder(database: ReviewDatabase, reading: OpenReading) -> OpenReading:
    """With the result's folder, which is looked for on disks while nobody waits."""
    with database.reading() as connection:
        return dataclasses.replace(reading, folder=folder_of(connection, reading.analysis))


def _now(now: datetime.datetime | None) -> datetime.datetime:
    return now or datetime.datetime.now(datetime.timezone.utc)
