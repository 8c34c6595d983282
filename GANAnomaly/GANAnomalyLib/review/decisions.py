"""The reader's decisions on findings, and decisions.json in a result folder."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, TypedDict, cast

from ..errors import InputError
from ..files import write_bytes
from ..files.reading import read_object
from ..files.typed_values import at_least, read_as
from ..results.result import read_manifest
from .added_findings import MOST, CaseVerdict, Confidence, ReaderFinding, SaidLabel, SaidTime
from .coded_labels import Label
from .finding_rows import FindingRow, Word

DECISIONS = ("accepted", "rejected", "unsure", "")
"""What can be decided; "" is not looked at yet."""

DECISIONS_FILE = "decisions.json"
SCHEMA_VERSION = 2
"""2 has what readers added, their verdict, confidence and labels; files of 1 are read as well."""
MAX_COMMENT = 4000
_MAX_BYTES = 16_000_000
_REMEDY = "remove that file to go on without them"


@dataclass
class Decision:
    """One decision; ``decided`` is an ISO time in UTC, or "" where nothing was decided."""

    rank: Annotated[int, at_least(1)]
    decision: Word = ""
    comment: str = ""
    decided: SaidTime = ""
    confidence: Confidence | None = None
    label: SaidLabel = field(default_factory=Label)


@dataclass(frozen=True)
class Reading:
    """All that a reader said of a case: on its findings, what the reader added, and the verdict."""

    decisions: Sequence[Decision] = ()
    added: Sequence[ReaderFinding] = ()
    verdict: CaseVerdict = field(default_factory=CaseVerdict)


class _File(TypedDict):
    """decisions.json, as far as it must be known before the decisions are."""

    schema_version: int
    fingerprint: str
    decisions: list[Any]


def check_decision(decision: str) -> Word:
    """The decision itself; raises :class:`InputError` unless it is one of :data:`DECISIONS`."""
    if decision not in DECISIONS:
        raise InputError(f"A decision is accepted, rejected or unsure, not {str(decision)[:40]!r}.")
    return cast("Word", decision)


def clean_comment(text: str) -> str:
    """A comment as it is kept: lines end in a newline, tabs are blanks, nothing invisible, no blanks around it.

    Line and paragraph separators become newlines and full-width quotation marks plain ones, because tables in a saved
    scene carry the former for the latter. Raises :class:`InputError` above :data:`MAX_COMMENT` characters.
    """
    if not isinstance(text, str):
        raise InputError("A comment must be text.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    plain = lines.replace("\t", " ").replace("\uff02", '"')
    kept = "".join(c for c in plain if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if len(kept) > MAX_COMMENT:
        raise InputError(f"The comment has {len(kept)} characters, more than {MAX_COMMENT}: shorten it.")
    return kept


def save_decisions(
    folder: Path | str,
    rows: Iterable[FindingRow],
    fingerprint: str | None = None,
    reader: str = "",
    added: Iterable[ReaderFinding] = (),
    verdict: CaseVerdict | None = None,
) -> Path:
    """Write decisions.json beside a result, whole or not at all; returns its path.

    ``fingerprint`` is that of the result the rows belong to, where the caller knows it; ``reader`` who decided, where
    that is to be told; ``added`` and ``verdict`` are the reader's own findings and word on the case. Raises
    :class:`InputError` when the folder holds no result, or another one, or cannot be written to;
    :class:`GANAnomalyError` when the disk is full.
    """
    folder = Path(folder)
    there = _fingerprint(folder)
    if fingerprint is not None and fingerprint != there:
        raise InputError(f"{folder} holds another result than the one reviewed: save to another folder.")
    items = [asdict(decision_of(row)) for row in rows]
    said = {"reader": reader} if reader else {}
    more = {"added": [asdict(one) for one in added], "verdict": asdict(verdict or CaseVerdict())}
    data = {"schema_version": SCHEMA_VERSION, "fingerprint": there, **said, "decisions": items, **more}
    path = folder / DECISIONS_FILE
    return write_bytes(path, json.dumps(data, indent=2, ensure_ascii=False).encode("utf-8", "replace"), "the decisions")


def decision_of(row: FindingRow) -> Decision:
    """What the reader said of a row of the list."""
    return Decision(row.rank, row.decision, row.comment, row.decided, row.confidence, row.label)


def load_decisions(folder: Path | str) -> list[Decision]:
    """The decisions alone, as :func:`load_reading` has them; raises as that does."""
    return list(load_reading(folder).decisions)


def load_reading(folder: Path | str) -> Reading:
    """What is kept in a result folder: nothing where there is no file, or where it is of an earlier result there.

    Raises :class:`InputError` when the folder holds no result, or the file cannot be understood.
    """
    folder = Path(folder)
    there = _fingerprint(folder)
    path = folder / DECISIONS_FILE
    if not path.exists():
        return Reading()
    source = f"The decisions in {path}"
    try:
        data = read_object(path, _MAX_BYTES)
    except InputError as error:
        raise InputError(f"{source} cannot be read: {_REMEDY}.", error.message) from error
    version = data.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputError(f"{path} was written by a newer version of GANAnomaly: update to open it.")
    read_as(_File, data, source, _REMEDY)
    if data["fingerprint"] != there:
        return Reading()
    found = read_as(list[Decision], data["decisions"], source, _REMEDY, "decisions")
    if len({decision.rank for decision in found}) != len(found):
        raise InputError(f"{source} cannot be used: a finding is decided twice; {_REMEDY}.")
    added = read_as(list[ReaderFinding], data.get("added", []), source, _REMEDY, "added")
    if len({one.mark for one in added}) != len(added) or len(added) > MOST:
        raise InputError(f"{source} cannot be used: a place is marked twice, or there are too many; {_REMEDY}.")
    verdict = read_as(CaseVerdict, data.get("verdict", {}), source, _REMEDY, "verdict")
    try:
        decisions = [replace(one, comment=clean_comment(one.comment)) for one in found]
        return Reading(decisions, [replace(one, comment=clean_comment(one.comment)) for one in added], verdict)
    except InputError as error:
        raise InputError(f"{source} cannot be used: {_REMEDY}.", error.message) from error


def load_reader(folder: Path | str) -> str:
    """Who decided what is kept in a result folder; "" where the file is not there or does not say."""
    path = Path(folder) / DECISIONS_FILE
    said = read_object(path, _MAX_BYTES).get("reader") if path.exists() else ""
    return said if isinstance(said, str) else ""


def _fingerprint(folder: Path) -> str:
    return str(read_manifest(folder).get("fingerprint", ""))
