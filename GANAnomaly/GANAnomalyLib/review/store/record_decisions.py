"""What readers judge, appended: decisions on findings, what the model missed, verdicts on cases."""

from __future__ import annotations

import datetime
import functools
import uuid
from typing import Any

import sqlalchemy as sa

from ...errors import InputError
from ...version import __version__
from ..decisions import check_decision, clean_comment
from ..finding_rows import Word
from .case_facts import CaseFacts
from .case_rows import is_kept, put_case
from .judgements import LONGEST_S, Judged, Label, Sitting
from .reader_name import NAME, ReaderName
from .review_database import ReviewDatabase
from .review_ids import id_of, new_id
from .review_tables import VERDICTS, added_finding, decision, reader, session, site, verdict
from .row_writing import Stamp, one_line, put

_WHOSE = ("reader_id", "reading")


def record_decision(
    database: ReviewDatabase,
    case: CaseFacts,
    rank: int,
    word: Word,
    who: ReaderName,
    judged: Judged | None = None,
    label: Label | None = None,
    sitting: Sitting | None = None,
) -> uuid.UUID:
    """Append a reader's decision on a finding, with its case where that is new; returns the decision's key.

    ``word`` is "accepted", "rejected", "unsure", or "" to take back. Raises :class:`InputError` for another word, a
    comment that is too long, or a finding that is not there.
    """
    judged, term = judged or Judged(), label or Label()
    about = {"finding_id": case.finding_id(rank), "decision": check_decision(word), **_label(term)}
    return _record(database, case, decision, about, ("finding_id", *_WHOSE), who, judged, sitting)


def record_verdict(
    database: ReviewDatabase,
    case: CaseFacts,
    word: str,
    who: ReaderName,
    judged: Judged | None = None,
    sitting: Sitting | None = None,
) -> uuid.UUID:
    """Append a reader's verdict on a whole case: "normal", "abnormal", "inadequate", or "" to take back."""
    if word not in VERDICTS:
        raise InputError(f"A verdict is normal, abnormal or inadequate, not {str(word)[:40]!r}.")
    about = {"analysis_id": case.id, "verdict": word}
    return _record(database, case, verdict, about, ("analysis_id", *_WHOSE), who, judged or Judged(), sitting)


def record_added_finding(
    database: ReviewDatabase,
    case: CaseFacts,
    centre_ras: tuple[float, float, float],
    who: ReaderName,
    *,
    size_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    mark: uuid.UUID | None = None,
    withdrawn: bool = False,
    judged: Judged | None = None,
    label: Label | None = None,
    sitting: Sitting | None = None,
) -> uuid.UUID:
    """Append what the model missed, a point or a box (mm along the image's axes); returns the mark's key.

    ``mark`` is that of a place that was kept before, which is moved, described anew or ``withdrawn`` so.
    """
    place = mark or new_id()
    about = {
        "analysis_id": case.id,
        "mark": place,
        "withdrawn": withdrawn,
        **dict(zip(("r", "a", "s"), centre_ras, strict=True)),
        **dict(zip(("size_i", "size_j", "size_k"), size_mm, strict=True)),
        **_label(label or Label()),
    }
    _record(database, case, added_finding, about, ("mark",), who, judged or Judged(), sitting)
    return place


def put_reader(connection: sa.Connection, who: ReaderName, stamp: Stamp) -> uuid.UUID:
    """Keep a reader, and the site, unless they are there; returns the reader's key."""
    where = id_of("site", who.site)
    put(connection, site, [{"id": where, "name": who.site}], stamp)
    key = reader_id(who)
    put(connection, reader, [{"id": key, "site_id": where, "name": who.name}], stamp)
    return key


def reader_id(who: ReaderName) -> uuid.UUID:
    """The key of a reader: the same on every computer of a site."""
    return id_of("reader", id_of("site", who.site).hex, who.name)


def judgement_row(judged: Judged, who: uuid.UUID, sitting: Sitting | None) -> dict[str, Any]:
    """The columns that all judgements have; raises :class:`InputError` for a comment that is too long."""
    for name, value, low, high in (
        ("confidence", judged.confidence, 1, 5),
        ("time spent", judged.seconds, 0, LONGEST_S),
        ("number of the reading", judged.reading, 1, 1000),
    ):
        if value is not None and not low <= value <= high:
            raise InputError.of("The {what} must be from {low} to {high}.", what=name, low=low, high=high)
    return {
        "id": judged.id,
        "reader_id": who,
        "session_id": None if sitting is None else sitting.id,
        "reading": judged.reading,
        "confidence": judged.confidence,
        "comment": clean_comment(judged.comment),
        "seconds": judged.seconds,
        "source": one_line(judged.source, 40),
    }


def _record(
    database: ReviewDatabase,
    case: CaseFacts,
    table: sa.Table,
    about: dict[str, Any],
    same: tuple[str, ...],
    who: ReaderName,
    judged: Judged,
    sitting: Sitting | None,
) -> uuid.UUID:
    stamp, key = Stamp.now(who.name), reader_id(who)
    row = {**about, **judgement_row(judged, key, sitting)}
    # Rows stay: what this program put there before need not be looked for each time.
    known = (case.folder, case.findings_hash, case.input_hash, case.model_hash, case.patient_hash, case.study_uid)
    around = (who, case.id, known, None if sitting is None else sitting.id)

    kept = around in database.known
    if not kept:
        # Looked at before others are kept out.
        with database.reading() as connection:
            kept = is_kept(connection, case)

    def work(connection: sa.Connection) -> None:
        if around not in database.known:
            put_reader(connection, who, stamp)
            if not kept:
                put_case(connection, case, who, stamp)
            if sitting is not None:
                held = {"id": sitting.id, "reader_id": key, "program": one_line(sitting.program, 40)}
                put(connection, session, [{**held, "version": __version__}], stamp)
        decided = _after_all(connection, table, same, row, judged.decided or stamp.recorded)
        put(connection, table, [{**row, "decided": decided}], stamp)

    database.write(work)
    database.known.add(around)
    return judged.id


def _after_all(
    connection: sa.Connection, table: sa.Table, same: tuple[str, ...], row: dict[str, Any], now: datetime.datetime
) -> datetime.datetime:
    """That time, but later than what was decided before, though a clock was put back meanwhile."""
    last = connection.execute(_last(table, same), {name: row[name] for name in same}).scalar()
    return now if last is None or last < now else last + datetime.timedelta(microseconds=1)


@functools.cache
def _last(table: sa.Table, same: tuple[str, ...]) -> sa.Select[Any]:
    """When was decided last on what is the same in these columns."""
    alike = [table.c[name] == sa.bindparam(name) for name in same]
    return sa.select(sa.func.max(table.c.decided)).where(*alike)


def _label(label: Label) -> dict[str, str]:
    return {
        "label_scheme": one_line(label.scheme, 40),
        "label_code": one_line(label.code, 100),
        "label_meaning": one_line(label.meaning, NAME),
    }
