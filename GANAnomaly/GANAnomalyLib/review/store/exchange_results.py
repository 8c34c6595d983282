"""Between result folders with their decisions.json and the database, both ways; twice is as once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...errors import InputError
from ...results.result import MANIFEST, AnalysisResult
from ..coded_labels import Label
from ..decisions import Decision, Reading, load_reader, load_reading, save_decisions
from ..finding_rows import FindingRow
from ..imported_findings import load_imported
from .case_facts import CaseFacts, case_of_result, finding_id
from .case_rows import put_case
from .exchange_added import import_added, lacks, latest_added, latest_verdict, reading_of_state
from .exchange_imported import import_others
from .identifier_hashes import with_identity
from .judgements import Judged, time_of
from .listed_scans import put_analysed
from .present_state import case_state
from .reader_name import ReaderName
from .record_decisions import judgement_row, put_reader, reader_id
from .review_database import ReviewDatabase
from .review_ids import id_of
from .review_tables import decision, decision_now
from .row_writing import Stamp, put

IMPORT = "import"


@dataclass(frozen=True)
class Imported:
    """What came of a folder: whether its case is new, and how many decisions are, of whom; ``added`` counts what the
    reader marked, and the verdict; ``others`` what other systems found (imported.json)."""

    folder: str
    new_case: bool
    decisions: int
    reader: str
    added: int = 0
    others: int = 0


def find_results(folders: Iterable[Path | str]) -> list[Path]:
    """The result folders among some folders and below them; raises :class:`InputError` where there is none in one."""
    found: dict[Path, None] = {}
    for folder in map(Path, folders):
        if (folder / MANIFEST).is_file():
            found[folder] = None
            continue
        below = sorted(path.parent for path in folder.rglob(MANIFEST) if ".partial" not in str(path))
        if not below:
            raise InputError(f"{folder} holds no finished result: {MANIFEST} is missing.")
        found.update(dict.fromkeys(below))
    return list(found)


def import_result(
    database: ReviewDatabase,
    folder: Path | str,
    who: ReaderName | None = None,
    keep_real: bool = False,
    scan: Path | str | None = None,
) -> Imported:
    """Bring a result, the decisions kept in its folder and what other systems found into the database; what is there
    already adds nothing.

    ``who`` decided; None is the reader that decisions.json names, else the one at work. ``keep_real`` as of
    :func:`.identifier_hashes.with_identity`. ``scan`` is where the images are; None: where the analysis read them, if
    they are still there. Raises :class:`InputError` for a folder without a whole result, decisions
    that cannot be read, or an analysis that is known with other findings.
    """
    folder = Path(folder)
    result, kept, found = AnalysisResult.read(folder), load_reading(folder), load_imported(folder)
    who = who or ReaderName.of(load_reader(folder) or None)
    case = with_identity(case_of_result(result), result.manifest, keep_real)
    stamp, key = Stamp.now(who.name), reader_id(who)
    made = [one for one in kept.decisions if _is_said(one)]
    missing = [one.rank for one in made if all(one.rank != other.rank for other in case.findings)]
    if missing:
        raise InputError(f"The decisions in {folder} are on finding {missing[0]}, which its result does not have.")

    own = bool(kept.added or kept.verdict.verdict)
    source = scan if scan is not None else _scan_of(result)

    def work(connection: sa.Connection) -> tuple[int, int, int, int]:
        new = put_case(connection, case, who, stamp)
        others = import_others(connection, case, result.manifest.get("geometry") or {}, found, stamp)
        if source is not None:
            put_analysed(connection, source, case.id, stamp)
        if not made and not own:
            return new, 0, 0, others
        put_reader(connection, who, stamp)
        there = _there(connection, case, key)
        rows = [_row(case, one, key, stamp) for one in made if _what(finding_id(case.id, one.rank), one) not in there]
        marks = import_added(connection, case, key, kept, stamp)
        return new, put(connection, decision, rows, stamp), marks, others

    new, decided, added, others = database.write(work)
    return Imported(str(folder), bool(new), decided, who.name if made or own else "", added, others)


def _scan_of(result: AnalysisResult) -> Path | None:
    said = (result.manifest.get("request") or {}).get("input")
    try:
        return Path(said) if isinstance(said, str) and said and Path(said).exists() else None
    except (OSError, ValueError):
        return None


def export_result(
    database: ReviewDatabase, folder: Path | str, who: ReaderName, force: bool = False, number: int = 1
) -> Path:
    """Write decisions.json of a reader's decisions at the ``number``-th reading into a result folder; returns its path.

    Raises :class:`InputError` where the file that is there holds decisions that the database does not, unless
    ``force``, and where the result is not known.
    """
    folder = Path(folder)
    result = AnalysisResult.read(folder)
    case = case_of_result(result)
    key = reader_id(who)
    with database.reading() as connection:
        state = case_state(connection, case.id, [key], number)
        there = _there(connection, case, key)
        kept = Reading() if force else load_reading(folder)
        more = lacks(connection, case, key, kept)
    if not force:
        said_there = [one for one in kept.decisions if _is_said(one)]
        if more or any(_what(finding_id(case.id, one.rank), one) not in there for one in said_there):
            raise InputError.of(
                "{folder} holds decisions that the review database does not have of {reader}: import them first, or "
                "add ⟨force⟩.",
                folder=str(folder),
                reader=who.name,
            )
    said = {row["finding_id"]: row for row in state.decisions}
    rows = [_finding_row(one, said.get(finding_id(case.id, one.rank))) for one in result.findings]
    own = reading_of_state(state)
    return save_decisions(folder, rows, case.fingerprint, who.name, own.added, own.verdict)


def latest_reading(
    database: ReviewDatabase, folder: Path | str, who: ReaderName, kept: Reading, number: int = 1
) -> Reading:
    """All that a reader said of a result when reading it for the ``number``-th time: what is ``kept`` in its folder, or
    what the database has, whichever is later.

    What another reader kept there stays alone.
    """
    if kept != Reading() and load_reader(folder) not in ("", who.name):
        return kept
    case, key = case_of_result(AnalysisResult.read(folder)), reader_id(who)
    decisions = latest_decisions(database, folder, who, kept.decisions, number)
    with database.reading() as connection:
        added = latest_added(connection, case, key, kept.added, number)
        return Reading(decisions, added, latest_verdict(connection, case, key, kept.verdict, number))


def latest_decisions(
    database: ReviewDatabase, folder: Path | str, who: ReaderName, kept: Iterable[Decision], number: int = 1
) -> list[Decision]:
    """A reader's decisions on a result at the ``number``-th reading, by rank: what is ``kept`` in its folder, or what
    the database has, whichever is later. What another reader kept there stays alone.
    """
    found = {one.rank: one for one in kept}
    if found and load_reader(folder) not in ("", who.name):
        return list(found.values())
    case = case_of_result(AnalysisResult.read(folder))
    ranks = {finding_id(case.id, one.rank): one.rank for one in case.findings}
    own = decision_now.c.finding_id.in_(list(ranks)), decision_now.c.reading == number
    chosen = sa.select(decision_now).where(*own, decision_now.c.reader_id == reader_id(who))
    with database.reading() as connection:
        for row in connection.execute(chosen).mappings():
            rank, decided = ranks[row["finding_id"]], row["decided"]
            before = time_of(found[rank].decided) if rank in found else None
            if before is None or before < decided.replace(microsecond=0):
                said = decided.isoformat(timespec="seconds")
                found[rank] = Decision(rank, row["decision"], row["comment"], said, row["confidence"], _label(row))
    return [found[rank] for rank in sorted(found)]


def _there(connection: sa.Connection, case: CaseFacts, who: uuid.UUID) -> set[tuple[Any, ...]]:
    """All that a reader ever decided on a case, as :func:`_what` tells it."""
    ours = decision.c.finding_id.in_([finding_id(case.id, one.rank) for one in case.findings])
    columns = (decision.c.finding_id, decision.c.decision, decision.c.comment, decision.c.decided)
    rows = connection.execute(sa.select(*columns).where(ours, decision.c.reader_id == who))
    # A file tells seconds, or no time at all.
    found = {(key, word, comment, decided.replace(microsecond=0)) for key, word, comment, decided in rows}
    return found | {(key, word, comment, None) for key, word, comment, _decided in found}


def _what(key: uuid.UUID, one: Decision) -> tuple[Any, ...]:
    decided = time_of(one.decided)
    return key, one.decision, one.comment, None if decided is None else decided.replace(microsecond=0)


def _row(case: CaseFacts, one: Decision, who: uuid.UUID, stamp: Stamp) -> dict[str, Any]:
    key = finding_id(case.id, one.rank)
    # The same file on two computers makes the same row.
    own = id_of(IMPORT, key.hex, who.hex, one.decision, one.comment, one.decided)
    judged = judgement_row(Judged(one.comment, one.confidence, source=IMPORT, id=own), who, None)
    scheme, code, meaning = one.label.scheme[:40], one.label.code[:100], one.label.meaning
    term = {"label_scheme": scheme, "label_code": code, "label_meaning": meaning}
    decided = time_of(one.decided) or stamp.recorded
    return {**judged, **term, "finding_id": key, "decision": one.decision, "decided": decided}


def _is_said(one: Decision) -> bool:
    return bool(one.decision or one.comment or one.confidence or one.label.meaning)


def _label(row: sa.RowMapping) -> Label:
    return Label(row["label_scheme"], row["label_code"], row["label_meaning"])


def _finding_row(one: Any, said: Any) -> FindingRow:
    row = FindingRow(one.rank, one.score, one.slice, one.slices, one.centre_ras, one.size_mm, "")
    if said is not None:
        row.decision, row.comment = said["decision"], said["comment"]
        row.confidence, row.label = said["confidence"], _label(said)
        row.decided = said["decided"].isoformat(timespec="seconds")
    return row
