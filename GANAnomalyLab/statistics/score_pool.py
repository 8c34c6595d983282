"""Scores of many cases together: exact while they fit into memory, in fine bins beyond, with the error stated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .score_areas import ScoreCounts
from .score_bins import BINS, bin_of, bin_score

EXACT_BYTES = 512 << 20
"""Scores kept as they are, 128 million pixels of float32; counting them needs about twice as much again."""
_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class CaseBins:
    """One case's scores, counted: the bins that occur (rising), and how many of each class are in each."""

    bins: np.ndarray
    negatives: np.ndarray
    positives: np.ndarray


class ScorePool:
    """Collects normal and abnormal scores case by case.

    Attributes
    ----------
    exact: whether :meth:`counts` still tells every two scores apart.
    cases: a :class:`CaseBins` for each call of :meth:`add`, in that order.
    """

    def __init__(self, exact_bytes: int = EXACT_BYTES) -> None:
        self.exact = True
        self.cases: list[CaseBins] = []
        self._left = exact_bytes
        self._kept: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
        self._binned = (np.zeros(BINS, np.int64), np.zeros(BINS, np.int64))

    def add(self, normal: np.ndarray, abnormal: np.ndarray) -> None:
        """Take one case's finite scores, each (n,); an empty class is fine."""
        counts = []
        for side, scores in enumerate((normal, abnormal)):
            bins, counted = _counted(scores)
            self._binned[side][bins] += counted
            counts.append((bins, counted))
            self._left -= scores.nbytes
            if self.exact:
                self._kept[side].append(scores)
        if self._left < 0:
            self.exact, self._kept = False, ([], [])
        held = np.union1d(counts[0][0], counts[1][0])
        both = np.zeros((2, len(held)), np.uint32)
        for side, (bins, counted) in enumerate(counts):
            both[side, np.searchsorted(held, bins)] = counted
        self.cases.append(CaseBins(held.astype(np.uint32), both[0], both[1]))

    def counts(self) -> ScoreCounts:
        """All scores together, as they are or, when not :attr:`exact`, by bins."""
        if not self.exact:
            return self.binned()
        return ScoreCounts.of(*(np.concatenate(kept) if kept else np.empty(0, np.float32) for kept in self._kept))

    def binned(self) -> ScoreCounts:
        """All scores together by bins, for histograms."""
        held = np.flatnonzero(self._binned[0] + self._binned[1])
        return ScoreCounts(bin_score(held), self._binned[0][held], self._binned[1][held])


def _counted(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bins that occur, rising, and how often; some pixels at a time, as bins take more memory than scores."""
    if len(scores) < BINS // 8:
        return np.unique(bin_of(scores), return_counts=True)
    counted = np.zeros(BINS, np.int64)
    for first in range(0, len(scores), _AT_ONCE):
        counted += np.bincount(bin_of(scores[first : first + _AT_ONCE]), minlength=BINS)
    held = np.flatnonzero(counted)
    return held, counted[held]
