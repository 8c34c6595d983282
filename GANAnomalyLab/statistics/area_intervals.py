"""Intervals of areas over the pixels of many cases: pixels of one patient are not independent, patients are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

from .bootstrap import Draws, Interval
from .score_areas import areas
from .score_pool import CaseBins

_CELLS = 1 << 23
_MOST_BINS = 4096


def area_intervals(cases: Sequence[CaseBins], draws: Draws, cancel: CancelToken) -> list[Interval | None]:
    """Intervals of the pooled AUROC and average precision.

    Scores are grouped, at most 4096 groups (fewer for thousands of cases), none with more than about a thousandth of
    either class, and finer towards the highest scores, where precision is decided: areas move by less than 0.001.
    """
    negatives, positives = _grouped(cases)

    def statistics(weights: np.ndarray) -> Sequence[np.ndarray]:
        return areas(weights @ negatives, weights @ positives)

    return draws.intervals(statistics, 2, cancel)


def _grouped(cases: Sequence[CaseBins]) -> tuple[np.ndarray, np.ndarray]:
    """(cases, groups) float64 counts of either class, groups by rising score."""
    held = np.unique(np.concatenate([case.bins for case in cases]))
    totals = np.zeros((2, len(held)))
    for case in cases:
        at = np.searchsorted(held, case.bins)
        totals[0, at] += case.negatives
        totals[1, at] += case.positives
    groups = max(2, min(_MOST_BINS, _CELLS // len(cases)))
    # Three measures together, so that none has more than three groups' worth in one: the share of each class, and, from
    # the top, the logarithm of how many normal items lie above.
    below = np.cumsum(totals, axis=1) - totals
    whole = np.maximum(totals.sum(1), 1)
    above = np.log1p(whole[0] - below[0]) / np.log1p(whole[0])
    share = (below[0] / whole[0] + below[1] / whole[1] + 1 - above) / 3
    group = np.minimum((share * groups).astype(int), groups - 1)
    out = np.zeros((2, len(cases), groups))
    for n, case in enumerate(cases):
        at = group[np.searchsorted(held, case.bins)]
        out[0, n] = np.bincount(at, case.negatives, groups)
        out[1, n] = np.bincount(at, case.positives, groups)
    return out[0], out[1]
