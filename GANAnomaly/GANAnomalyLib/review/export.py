"""A review for others: the findings as a table for spreadsheets, the whole result as a folder."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError
from ..files import disk_errors, folder_lock, growing, write_bytes
from ..results.result import FILES, MANIFEST, AnalysisResult
from .decisions import DECISIONS_FILE, save_decisions
from .finding_rows import FindingRow
from .opinions import OPINIONS_FILE
from .result_facts import RESEARCH_ONLY, ResultFacts

__all__ = ["copy_result", "save_decisions", "write_findings_csv"]

COLUMNS = (
    "rank",
    "score",
    "score unit",
    "slice",
    "first slice",
    "last slice",
    "R (mm)",
    "A (mm)",
    "S (mm)",
    "size (mm)",
    "decision",
    "comment",
    "decided (UTC)",
    "model",
    "notice",
    "why",
    "scan",
    "second opinion",
)
_OURS = {*FILES.values(), MANIFEST, DECISIONS_FILE, OPINIONS_FILE}


def write_findings_csv(path: Path | str, rows: Iterable[FindingRow], facts: ResultFacts) -> Path:
    """Write findings and decisions as CSV, whole or not at all; returns the path.

    UTF-8 with a byte order mark, without which Excel takes umlauts for something else; text that a spreadsheet would
    compute (starting with = + - @ or a tab) gets an apostrophe before it. Every row carries the research-use notice.
    The last column is how probably a reader would accept the finding, 0 to 1, empty where no classifier was asked.

    Raises :class:`InputError` when the file cannot be written there, :class:`GANAnomalyError` when the disk is full.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        values = [row.rank, f"{row.score:.6g}", facts.unit, row.slice, *row.slices]
        values += [f"{value:.2f}" for value in row.centre_ras]
        values += [" x ".join(f"{value:.0f}" for value in row.size_mm), row.decision, row.comment, row.decided]
        values += [facts.model_title or facts.model, RESEARCH_ONLY, "" if row.why is None else str(row.why.words())]
        values += [facts.domain.get("verdict") or "", "" if row.opinion is None else f"{row.opinion:.2f}"]
        writer.writerow([cell(value) for value in values])
    return write_bytes(path, text.getvalue().encode("utf-8-sig", "replace"), "the table", folders=False)


def copy_result(source_folder: Path | str, target: Path | str) -> Path:
    """Copy a result folder to ``target``, whole or not at all; returns the target.

    An earlier result in ``target`` is replaced; files of others beside it stay. Raises :class:`InputError` when the
    source is no whole result, when the target holds anything else, lies in the source or around it, or cannot be
    written; :class:`GANAnomalyError` when the disk is full.
    """
    source, target = Path(source_folder), Path(target)
    AnalysisResult.read(source)
    _check_target(source, target)
    with folder_lock(target, "GANAnomaly, saving a result"), growing(target) as work:
        shutil.copytree(source, work, symlinks=True, dirs_exist_ok=True)
        for entry in list(target.iterdir()) if target.exists() else []:
            if entry.name not in _OURS and not (work / entry.name).exists():
                _copy_beside(entry, work / entry.name)
    return target


def cell(value: object) -> object:
    # Numbers were made by us and may well start with a minus.
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_target(source: Path, target: Path) -> None:
    inside, around = target.resolve(), source.resolve()
    if inside == around or around in inside.parents or inside in around.parents:
        raise InputError(f"{target} is the result itself or lies in it: choose another folder.")
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"{target} is a file, not a folder: choose another folder.")
    with disk_errors(target):
        if not (target / MANIFEST).is_file() and any(target.iterdir()):
            raise InputError(f"{target} holds other files: choose an empty or a new folder.")


def _copy_beside(entry: Path, to: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.copytree(entry, to, symlinks=True)
    else:
        shutil.copy2(entry, to, follow_symlinks=False)
