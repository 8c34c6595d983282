"""Confidence intervals by drawing cases anew: pixels of one patient are not independent, patients are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

from .heatmap_metrics import areas
from .score_pool import CaseBins

_CELLS = 1 << 23
_MOST_BINS = 4096
_AT_ONCE = 50


@dataclass(frozen=True)
class Interval:
    """A percentile interval. ``used`` counts the draws that had both classes, of all that were made."""

    low: float
    high: float
    level: float
    used: int


class Draws:
    """The same draws of cases, with replacement, for every number that gets an interval.

    Parameters
    ----------
    cases: how many cases there are.
    count: how many draws.
    seed: the same seed gives the same draws.
    level: share of the draws inside the interval, 0..1.
    """

    def __init__(self, cases: int, count: int = 1000, seed: int = 303, level: float = 0.95) -> None:
        self.cases, self.count, self.seed, self.level = cases, count, seed, level

    def __iter__(self) -> Iterator[np.ndarray]:
        """(n, cases) int64, some draws at a time: how often each case was drawn."""
        rng = np.random.default_rng(self.seed)
        share = np.full(self.cases, 1 / self.cases)
        for first in range(0, self.count, _AT_ONCE):
            yield rng.multinomial(self.cases, share, size=min(_AT_ONCE, self.count - first))

    def interval(self, statistic: Callable[[np.ndarray], np.ndarray], cancel: CancelToken) -> Interval | None:
        """The interval of ``statistic``, which maps (n, cases) weights to (n,), NaN where a draw has no value.

        None with fewer than two cases, or where fewer than half of the draws have a value.
        """
        (out,) = self.intervals(lambda weights: (statistic(weights),), 1, cancel)
        return out

    def intervals(
        self, statistics: Callable[[np.ndarray], Sequence[np.ndarray]], count: int, cancel: CancelToken
    ) -> list[Interval | None]:
        """As :meth:`interval`, for ``count`` statistics that are computed together."""
        if self.cases < 2 or not self.count:
            return [None] * count
        found: list[list[np.ndarray]] = [[] for _ in range(count)]
        for weights in self:
            cancel.check()
            for values, one in zip(found, statistics(weights), strict=True):
                values.append(np.asarray(one, dtype=np.float64))
        return [self._percentiles(np.concatenate(values)) for values in found]

    def _percentiles(self, values: np.ndarray) -> Interval | None:
        values = values[np.isfinite(values)]
        if 2 * len(values) < self.count:
            return None
        low, high = np.quantile(values, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Interval(float(low), float(high), self.level, len(values))


def area_intervals(cases: Sequence[CaseBins], draws: Draws, cancel: CancelToken) -> list[Interval | None]:
    """Intervals of the pooled AUROC and average precision.

    Scores are grouped, at most 4096 groups (fewer for thousands of cases), none with more than about a thousandth of
    either class, and finer towards the highest scores, where precision is decided: areas move by less than 0.001.
    """
    negatives, positives = _grouped(cases)

    def statistics(weights: np.ndarray) -> Sequence[np.ndarray]:
        return areas(weights @ negatives, weights @ positives)

    return draws.intervals(statistics, 2, cancel)


def ratio_interval(parts: np.ndarray, wholes: np.ndarray, draws: Draws, cancel: CancelToken) -> Interval | None:
    """The interval of sum(parts) / sum(wholes), each (cases,)."""

    def statistic(weights: np.ndarray) -> np.ndarray:
        whole = weights @ wholes
        return np.where(whole > 0, (weights @ parts) / np.maximum(whole, 1e-300), np.nan)

    return draws.interval(statistic, cancel)


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
