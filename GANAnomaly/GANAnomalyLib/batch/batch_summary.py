"""The table of a batch: one row a case, added as soon as it is known, and put in order at the end."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import disk_errors, whole
from ..results.result import AnalysisResult, verdict_of
from ..results.usual import DEFAULT_PERCENT, UsualLine

SUMMARY = "summary.csv"
_ODD = "backslashreplace"
"""What becomes of bytes in a file's name that are no text: a sentence may quote them."""
STATUSES = ("done", "reused", "failed", "cancelled")


@dataclass
class CaseRow:
    """What came of one case.

    ``above_usual`` is how many findings score above what few normal slices reach, None where that is not known.
    ``top_score`` and ``top_slice`` are the first finding's; ``mean_patch_score`` is over all slices of their highest
    patch; ``seconds`` is what this run took; ``result`` is the folder's path below the summary's, "" without one.
    ``scan`` is whether it is what the model was made on: "known", "unusual" or "unknown", "" where nobody can tell.
    ``input_bytes`` and ``input_modified`` (seconds since 1970) are those of the input when it was analysed.
    """

    case: str
    status: str
    findings: int | None = None
    top_score: float | None = None
    top_slice: int | None = None
    mean_patch_score: float | None = None
    seconds: float | None = None
    message: str = ""
    result: str = ""
    input_bytes: int | None = None
    input_modified: float | None = None
    above_usual: int | None = None
    scan: str = ""

    def take(self, result: AnalysisResult, usual: int = DEFAULT_PERCENT) -> None:
        """Fill in what a finished result says; ``usual``: how many in a hundred normal slices may be as high."""
        self.findings = len(result.findings)
        self.scan = verdict_of(result.manifest) or ""
        line = UsualLine.of(result.manifest.get("slice_thresholds"), usual)
        self.above_usual = None if line is None else line.count(finding.score for finding in result.findings)
        if result.findings:
            self.top_score = float(result.findings[0].score)
            self.top_slice = int(result.findings[0].slice)
        scores = [row["patch_score"] for row in result.scores if isinstance(row.get("patch_score"), (int, float))]
        self.mean_patch_score = sum(scores) / len(scores) if scores else None


def most_abnormal(row: CaseRow) -> tuple[int, float]:
    """A key that sorts rows by how many findings are above the usual, then by the highest score."""
    return -(row.above_usual or 0), -(row.top_score or 0.0)


@dataclass
class BatchSummary:
    """The whole batch: its rows in the order of the cases, the files it wrote, and whether it was stopped."""

    folder: Path
    rows: list[CaseRow] = field(default_factory=list)
    sheets: list[Path] = field(default_factory=list)
    stopped: bool = False

    @property
    def path(self) -> Path:
        """The summary's file."""
        return self.folder / SUMMARY

    def count(self, status: str) -> int:
        """How many cases ended so: "done", "reused", "failed" or "cancelled"."""
        return sum(row.status == status for row in self.rows)

    @property
    def exit_code(self) -> int:
        """0 all well, 1 some failed, 2 none could be used, 130 stopped."""
        if self.stopped:
            return 130
        failed = self.count("failed")
        if not failed:
            return 0
        return 2 if failed == len(self.rows) else 1


def write_rows(path: Path, rows: Iterable[CaseRow]) -> None:
    """Write the table, whole or not at all; raises a GANAnomalyError when the disk refuses."""
    with (
        disk_errors(path.parent, "the summary", kept="what was finished is kept"),
        whole(path, folders=False) as part,
        # Excel takes a file without this mark for its own code page, and umlauts in names for something else.
        open(part, "w", newline="", encoding="utf-8-sig", errors=_ODD) as file,
    ):
        writer = csv.writer(file)
        writer.writerow(item.name for item in dataclasses.fields(CaseRow))
        writer.writerows(map(_cells, rows))


def append_row(path: Path, row: CaseRow) -> None:
    """Add a row to a table that is there: of two rows of one case, the later one counts.

    Nothing else is written, however long the table is. A kill may leave the row torn, which :func:`read_rows` leaves
    out. Raises a GANAnomalyError when the disk refuses.
    """
    line = io.StringIO(newline="")
    csv.writer(line).writerow(_cells(row))
    with (
        disk_errors(path.parent, "the summary", kept="what was finished is kept"),
        open(path, "ab", buffering=0) as file,
    ):
        file.write(line.getvalue().encode("utf-8", _ODD))


def read_rows(path: Path) -> dict[str, CaseRow]:
    """The rows of an earlier run by case, the last one of each; what cannot be read is as if it were not there."""
    try:
        with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
            text = file.read()
        entries = list(csv.DictReader(io.StringIO(text, newline="")))
    except (OSError, ValueError, csv.Error):
        return {}
    # A row that a kill tore has no end of line; or, torn within a sentence of several lines, it lacks cells.
    whole = entries if text.endswith("\n") else entries[:-1]
    rows = [_row(entry) for entry in whole]
    return {row.case: row for row in rows if row is not None}


def _row(entry: dict[str, Any]) -> CaseRow | None:
    try:
        if None in entry.values():
            return None
        values = {name: entry[name] for name in ("case", "status", "message", "result")}
        values["scan"] = entry.get("scan") or ""
        for name in ("findings", "above_usual", "top_slice", "input_bytes"):
            # Tables of before the usual and the scan were told lack these columns.
            values[name] = int(entry[name]) if entry.get(name) else None
        for name in ("top_score", "mean_patch_score", "seconds", "input_modified"):
            values[name] = float(entry[name]) if entry[name] else None
    except (KeyError, TypeError, ValueError):
        return None
    return CaseRow(**values) if values["status"] in STATUSES else None


def _cells(row: CaseRow) -> list[str]:
    return [_text(value) for value in vars(row).values()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = repr(value) if isinstance(value, float) else str(value)
    # A sentence may quote a file that is called like a formula.
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "@") else text
