"""Lists for the next program: what to take, what to leave, what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..tables.write_csv import write_rows
from .judged_rows import Judged
from .marks import ACCEPTED, read_marks
from .rank_images import check_new

COLUMNS = ("path", "sha256", "score", "why")


def rejected_rows(judged: Judged, above: float | None, checks: tuple[str, ...]) -> tuple[np.ndarray, list[str]]:
    """(N,) bool of what is to be left, and why in words, "" where it is to be taken.

    Left is what a check of ``checks`` flags, what scores ``above``, and what curators rejected; what they accepted is
    taken whatever else is said. What could not be read is neither.
    """
    marks = read_marks(judged.store.folder)
    why = [list(names) for names in judged.flags_of(np.arange(len(judged)), checks)]
    if above is not None:
        for row in np.flatnonzero(judged.score > above).tolist():
            why[row].append(f"score above {above:g}")
    digests = judged.table["sha256"].to_pylist() if marks else []
    for row, digest in enumerate(digests):
        mark = marks.get(digest or "")
        if mark is not None:
            why[row] = [] if mark == ACCEPTED else ["rejected", *why[row]]
    rejected = np.array([bool(reasons) for reasons in why], bool) & judged.readable
    return rejected, ["; ".join(reasons) for reasons in why]


def write_lists(
    judged: Judged,
    rejected: np.ndarray,
    why: list[str],
    files: Mapping[str, Path | str],
    force: bool = False,
) -> dict[str, int]:
    """Write CSVs by name, "accept", "reject" and "unreadable", most striking first; returns how many lines each has."""
    for path in files.values():
        check_new(path, force)
    chosen = {
        "accept": judged.readable & ~rejected,
        "reject": rejected,
        "unreadable": ~judged.readable,
    }
    paths, digests = judged.table["path"].to_pylist(), judged.table["sha256"].to_pylist()
    reasons = judged.table["reason"].to_pylist()

    def cells(rows: np.ndarray) -> Iterator[list[Any]]:
        for row in map(int, rows):
            told = why[row] if judged.readable[row] else reasons[row]
            yield [paths[row], digests[row], float(judged.score[row]), told]

    counts = {}
    for name, path in files.items():
        rows = judged.order[chosen[name][judged.order]]
        write_rows(Path(path), COLUMNS, cells(rows))
        counts[name] = len(rows)
    return counts
