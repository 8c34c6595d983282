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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...files import disk_errors, replace, write_json
from ...files.reading import read_object
from ...files.typed_values import read_as
from ..finding_rows import Word
from .case_facts import CaseFacts
from .database_place import make_private, review_folder
from .judgements import Judged, Sitting
from .reader_name import ReaderName

if TYPE_CHECKING:
    from .review_database import ReviewDatabase

_VERSION = 1
_MOST_BYTES = 16_000_000
_ENDING, _REFUSED = ".decision.json", ".refused"


@dataclass(frozen=True)
class Unsent:
    """One decision that is to be brought in."""

    case: CaseFacts
    rank: int
    word: Word
    who: ReaderName
    judged: Judged
    sitting: Sitting


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
    from .record_decisions import record_decision

    done, refused = 0, list[InputError]()
    for path in unsent(folder):
        try:
            one = _read(path)
            record_decision(database, one.case, one.rank, one.word, one.who, one.judged, sitting=one.sitting)
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


def _read(path: Path) -> Unsent:
    source = f"The decision in {path.name}"
    data: dict[str, Any] = read_object(path, _MOST_BYTES)
    found = read_as(_File, data, source, "remove that file")
    try:
        decided = datetime.datetime.fromisoformat(found.decided)
        judged = Judged(found.comment, None, None, found.reading, decided, found.source, uuid.UUID(found.id))
        sitting = Sitting(found.program, uuid.UUID(found.sitting))
    except ValueError as error:
        raise InputError(f"{source} cannot be used: remove that file.", str(error)) from error
    return Unsent(found.case, found.rank, found.word, ReaderName.of(found.reader, found.site), judged, sitting)
