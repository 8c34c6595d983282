"""Decisions on their way to the database: each in a file of its own first, written in milliseconds, whatever the
database is doing; then brought in, and the file goes.

A program with a window hands decisions here and never waits; one that is killed, or a server that is away, costs
nothing: the files are there for the next who looks. Keys are made before, so that one that was brought in twice is
there once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...files import disk_errors, replace, write_json
from ...files.reading import read_object
from ...files.typed_values import read_as
from ..added_findings import CaseVerdict, ReaderFinding, SaidLabel, VerdictWord
from ..coded_labels import Label
from ..decisions import Decision
from ..finding_rows import Word
from ..reading_changes import Change, Withdrawn
from .case_facts import CaseFacts
from .database_place import make_private, review_folder
from .judgements import Judged, Sitting, time_of
from .reader_name import ReaderName
from .review_ids import id_of

if TYPE_CHECKING:
    from .review_database import ReviewDatabase

_VERSION = 1
_MOST_BYTES = 16_000_000
_ENDING, _REFUSED = ".decision.json", ".refused"


@dataclass(frozen=True)
class Unsent:
    """One decision that is to be brought in: on the finding of that rank; else, with rank 0, ``added`` is a finding of
    the reader's own (``withdrawn`` where it was taken away), or ``verdict`` the word on the whole case."""

    case: CaseFacts
    rank: int
    word: Word
    who: ReaderName
    judged: Judged
    sitting: Sitting
    label: Label = field(default_factory=Label)
    added: ReaderFinding | None = None
    withdrawn: bool = False
    verdict: VerdictWord | None = None

    @classmethod
    def of(
        cls, case: CaseFacts, change: Change, who: ReaderName, source: str, sitting: Sitting, number: int = 1
    ) -> Unsent:
        """What a reader said or took back at the ``number``-th reading, made somewhere (``source``) in a sitting."""
        own = change.finding if isinstance(change, Withdrawn) else change
        # What was taken back has no time of its own, and what went has that of before.
        decided = None if isinstance(change, Withdrawn) else time_of(own.decided)
        comment = "" if isinstance(own, CaseVerdict) else own.comment
        judged = Judged(comment, own.confidence, reading=number, decided=decided, source=source)
        if isinstance(own, Decision):
            return cls(case, own.rank, own.decision, who, judged, sitting, own.label)
        if isinstance(own, CaseVerdict):
            return cls(case, 0, "", who, judged, sitting, verdict=own.verdict)
        gone = isinstance(change, Withdrawn)
        return cls(case, 0, "", who, judged, sitting, own.label, added=own, withdrawn=gone)


@dataclass
class _File:
    """Such a decision as JSON."""

    schema_version: int
    case: CaseFacts
    rank: int
    word: Word
    reader: str
    site: str
    comment: str
    reading: int
    decided: str
    source: str
    id: str
    program: str
    sitting: str
    confidence: int | None = None
    label: SaidLabel = field(default_factory=Label)
    added: ReaderFinding | None = None
    withdrawn: bool = False
    verdict: VerdictWord | None = None


def unsent_folder() -> Path:
    """Where they wait; it need not exist yet."""
    return review_folder() / "unsent"


def put_aside(one: Unsent, folder: Path | None = None) -> Path:
    """Keep a decision until it can be brought in: on the disk when this returns. Raises as :func:`write_json`."""
    decided = one.judged.decided or datetime.datetime.now(datetime.timezone.utc)
    data = _File(
        schema_version=_VERSION,
        case=one.case,
        rank=one.rank,
        word=one.word,
        reader=one.who.name,
        site=one.who.site,
        comment=one.judged.comment,
        reading=one.judged.reading,
        decided=decided.isoformat(),
        source=one.judged.source,
        id=str(one.judged.id),
        program=one.sitting.program,
        sitting=str(one.sitting.id),
        confidence=one.judged.confidence,
        label=one.label,
        added=one.added,
        withdrawn=one.withdrawn,
        verdict=one.verdict,
    )
    # Names grow with time: they are brought in as they were made.
    path = (folder or unsent_folder()) / f"{one.judged.id}{_ENDING}"
    with disk_errors(path.parent, "the decision"):
        make_private(path.parent)
    return write_json(path, dataclasses.asdict(data), "the decision", sync=True)


def unsent(folder: Path | None = None) -> list[Path]:
    """The files that wait, the oldest first."""
    try:
        return sorted((folder or unsent_folder()).glob(f"*{_ENDING}"))
    except OSError:
        return []


def bring_in(database: ReviewDatabase, folder: Path | None = None) -> tuple[int, list[InputError]]:
    """Bring all that waits into the database; returns how many were, and why others could not be.

    What the database cannot take at all is put aside under another name. Raises :class:`GANAnomalyError` where the
    database cannot be used now: what waits goes on waiting.
    """
    done, refused = 0, list[InputError]()
    for path in unsent(folder):
        try:
            one = _read(path)
            _record(database, one)
        except FileNotFoundError:
            continue  # another program brought it in
        except InputError as error:
            if not path.exists():
                continue
            refused.append(error)
            with contextlib.suppress(OSError):
                replace(path, path.with_name(path.name + _REFUSED))
            continue
        done += 1
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    return done, refused


def mark_key(mark: str) -> uuid.UUID:
    """The key of a marked place, of its name in a scene or a file."""
    try:
        return uuid.UUID(mark)
    except ValueError:
        return id_of("mark", mark)


def _record(database: ReviewDatabase, one: Unsent) -> None:
    from .record_decisions import record_added_finding, record_decision, record_verdict

    if one.verdict is not None:
        record_verdict(database, one.case, one.verdict, one.who, one.judged, one.sitting)
    elif one.added is not None:
        record_added_finding(
            database,
            one.case,
            one.added.centre_ras,
            one.who,
            size_mm=one.added.size_mm,
            mark=mark_key(one.added.mark),
            withdrawn=one.withdrawn,
            judged=one.judged,
            label=one.label,
            sitting=one.sitting,
        )
    else:
        record_decision(database, one.case, one.rank, one.word, one.who, one.judged, one.label, one.sitting)


def _read(path: Path) -> Unsent:
    source = f"The decision in {path.name}"
    data: dict[str, Any] = read_object(path, _MOST_BYTES)
    found = read_as(_File, data, source, "remove that file")
    try:
        decided = datetime.datetime.fromisoformat(found.decided)
        judged = Judged(
            found.comment, found.confidence, None, found.reading, decided, found.source, uuid.UUID(found.id)
        )
        sitting = Sitting(found.program, uuid.UUID(found.sitting))
    except ValueError as error:
        raise InputError(f"{source} cannot be used: remove that file.", str(error)) from error
    who = ReaderName.of(found.reader, found.site)
    own = found.label, found.added, found.withdrawn, found.verdict
    return Unsent(found.case, found.rank, found.word, who, judged, sitting, *own)
