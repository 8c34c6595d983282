"""Bootstrap draws of cases or whole patients, and ROC curves of many draws at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .heatmap_metrics import areas

_CELLS = 1 << 21
"""Weights handled at once: small enough to hear a stop within a second."""

Pair = tuple[np.ndarray, np.ndarray]


class Ranking:
    """One score of every case, sorted once, so that a draw only has to be counted.

    Normal scores between two neighbouring abnormal ones stand as one, the highest of them, in :attr:`scores`: no curve
    can tell them apart, and there are mostly many more normal cases than abnormal ones.

    Parameters
    ----------
    normal: (n,) finite scores.
    abnormal: (m,) finite scores; higher means more abnormal.
    """

    def __init__(self, normal: np.ndarray, abnormal: np.ndarray) -> None:
        both = np.concatenate([normal, abnormal])
        scores, place = np.unique(both, return_inverse=True)
        place = place.reshape(-1)
        held = np.zeros(len(scores), bool)
        held[place[len(normal) :]] = True
        # A group begins at each abnormal score, and after it.
        group = np.cumsum(held | np.append(True, held[:-1])) - 1
        self.scores = scores[np.flatnonzero(np.append(np.diff(group), 1))]
        place = group[place]
        self._sides = tuple(self._starts(side) for side in (place[: len(normal)], place[len(normal) :]))

    @staticmethod
    def _starts(place: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The order of a class's cases by score, where each score begins in it, and which scores occur."""
        order = np.argsort(place, kind="stable")
        held, starts = np.unique(place[order], return_index=True)
        return order, starts, held

    def counts(self, normal: np.ndarray, abnormal: np.ndarray) -> Pair:
        """How often each score occurs: weights (b, n) and (b, m) to (b, u) int64 each, by rising score."""
        out = []
        for weights, (order, starts, held) in zip((normal, abnormal), self._sides, strict=True):
            summed = np.zeros((len(weights), len(self.scores)), np.int64)
            summed[:, held] = np.add.reduceat(weights[:, order], starts, axis=1)
            out.append(summed)
        return out[0], out[1]

    def once(self) -> Pair:
        """The counts (1, u) with every case taken once."""
        sizes = [len(order) for order, _, _ in self._sides]
        return self.counts(*(np.ones((1, size), np.int64) for size in sizes))


def aurocs(counts: Pair) -> np.ndarray:
    """AUROC of each row of counts (b, u): (b,), NaN where a row lacks a class; ties count half."""
    return areas(*counts)[0]


class Resampler:
    """Draws with replacement, within those who have an abnormal case and within those who have none.

    Parameters
    ----------
    normal, abnormal: how many cases of each class there are.
    units: whose each case is, as :func:`.checks.unit_numbers` gives it; None: each case stands for itself.
    count: how many draws.
    seed: the same seed gives the same draws.

    A patient is drawn with all of his or her cases: slices of one patient are not independent. The two kinds of
    patients are drawn apart because a study fixes how many it has of each.
    """

    def __init__(self, normal: int, abnormal: int, units: Pair | None, count: int, seed: int) -> None:
        if units is None:
            units = np.arange(normal), normal + np.arange(abnormal)
        self.normal_units: np.ndarray = units[0]
        self.abnormal_units: np.ndarray = units[1]
        self.count, self.seed = count, seed
        self.strata = [s for s in self.kinds() if len(s)]
        self._units = int(max(units[0].max(), units[1].max())) + 1
        self._at_once = max(1, _CELLS // (normal + abnormal))

    def kinds(self) -> Pair:
        """The numbers of the patients without any abnormal case, and of those with one."""
        cases = np.unique(self.abnormal_units)
        return np.setdiff1d(self.normal_units, cases), cases

    def __iter__(self) -> Iterator[Pair]:
        """Weights (b, normal) and (b, abnormal) int64: how often each case was drawn."""
        rng = np.random.default_rng(self.seed)
        for first in range(0, self.count, self._at_once):
            rows = min(self._at_once, self.count - first)
            weights = np.zeros((rows, self._units), np.int64)
            for stratum in self.strata:
                size = len(stratum)
                drawn = rng.integers(0, size, (rows, size)) + size * np.arange(rows)[:, None]
                weights[:, stratum] = np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size)
            yield weights[:, self.normal_units], weights[:, self.abnormal_units]

    def values(
        self,
        statistics: Callable[[np.ndarray, np.ndarray], Sequence[np.ndarray]],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> np.ndarray:
        """(statistics, count) float64 of ``statistics``, which maps weights to (b,) each; NaN: no value for a draw."""
        found, done = [], 0
        for normal, abnormal in self:
            if cancel is not None:
                cancel.check()
            found.append(np.asarray(statistics(normal, abnormal), dtype=np.float64))
            done += len(normal)
            progress(done / self.count, Message("drawing_cases_anew", number=done, count=self.count))
        return np.concatenate(found, axis=1)


def percentiles(values: np.ndarray, level: float) -> tuple[float, float] | None:
    """The middle ``level`` of the draws (n,); None where fewer than half of them have a value."""
    finite = values[np.isfinite(values)]
    if not len(finite) or 2 * len(finite) < len(values):
        return None
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
