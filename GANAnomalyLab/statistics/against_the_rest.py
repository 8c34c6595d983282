"""Many groups of the same scores, each compared with others: scores are ranked once, however many groups there are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .delong import separation_bound, wald


class RankedOnce:
    """Scores of all cases, sorted once; a comparison of some with others only counts.

    Parameters
    ----------
    scores: (N,) finite numbers.
    """

    def __init__(self, scores: np.ndarray) -> None:
        order = np.argsort(scores, kind="stable")
        begins = np.concatenate([np.ones(min(1, len(scores)), bool), np.diff(scores[order]) > 0])
        self._level = np.empty(len(scores), np.int64)
        self._level[order] = np.cumsum(begins) - 1
        self.levels = int(begins.sum())

    def counts(self, rows: np.ndarray) -> np.ndarray:
        """(levels,) how often each distinct score, from the lowest on, occurs among ``rows`` (their numbers, or a
        mask)."""
        return np.bincount(self._level[rows], minlength=self.levels)


def auroc_above(
    reference: np.ndarray, inside: np.ndarray, level: float = 0.95
) -> tuple[float, float | None, float | None]:
    """How often a case of ``inside`` scores above one of ``reference`` (ties count half), and DeLong's interval.

    Both are :meth:`RankedOnce.counts` with at least one case. None where there is no variance; where the two are
    separated perfectly, the interval is the exact binomial one. The same as :func:`.auroc.estimate_auroc` gives.
    Source: DeLong, DeLong and Clarke-Pearson 1988.
    """
    n, m = int(reference.sum()), int(inside.sum())
    of_inside = (np.cumsum(reference) - reference / 2) / n
    of_reference = 1 - (np.cumsum(inside) - inside / 2) / m
    value = float(of_inside @ inside / m)
    at, there = np.flatnonzero(reference), np.flatnonzero(inside)
    if at[-1] < there[0] or there[-1] < at[0]:
        bound = separation_bound(None, n, m, level)
        return value, *((bound, 1.0) if at[-1] < there[0] else (0.0, 1 - bound))
    if min(n, m) < 2:
        return value, None, None
    variance = float((of_inside - value) ** 2 @ inside / (m * (m - 1)))
    variance += float((of_reference - value) ** 2 @ reference / (n * (n - 1)))
    return value, *(wald(value, math.sqrt(variance), level) or (None, None))


def rank_test(reference: np.ndarray, inside: np.ndarray) -> float:
    """The two-sided p of Wilcoxon's rank-sum test of two counts, by its normal limit, corrected for ties and
    continuity (Mann and Whitney 1947)."""
    n, m = int(reference.sum()), int(inside.sum())
    ties = (reference + inside).astype(np.float64)
    cases = n + m
    spread = n * m / 12 * (cases + 1 - float((ties**3 - ties).sum()) / (cases * (cases - 1)))
    if spread <= 0:
        return 1.0
    above = float((np.cumsum(reference) - reference / 2) @ inside)
    z = (abs(above - n * m / 2) - 0.5) / math.sqrt(spread)
    return min(1.0, math.erfc(z / math.sqrt(2)))


def distance_test(reference: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """The Kolmogorov-Smirnov distance of two counts, 0..1, and its two-sided p, by the limit that Stephens (1970)
    corrected for few cases."""
    n, m = int(reference.sum()), int(inside.sum())
    distance = float(np.abs(np.cumsum(reference) / n - np.cumsum(inside) / m).max())
    root = math.sqrt(n * m / (n + m))
    # Kolmogorov's series; scipy.special would take longer to import than all of a store's tests.
    x, k = distance * (root + 0.12 + 0.11 / root), np.arange(1, 101)
    p = 1.0 if x < 0.2 else float(-2 * ((-1.0) ** k * np.exp(-2 * (k * x) ** 2)).sum())
    return distance, min(max(p, 0.0), 1.0)


def false_discovery(p: Sequence[float]) -> np.ndarray:
    """(k,) p values controlled for their number, the share of false ones among those that are at most so small
    (Benjamini and Hochberg 1995)."""
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")[::-1]
    scaled = values[order] * len(values) / np.arange(len(values), 0, -1)
    out = np.empty_like(values)
    out[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return out
