"""Drawing cases or whole patients anew, with replacement, for the intervals of every number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

CELLS = 1 << 21
"""Weights handled at once: small enough to hear a stop within a second."""
_AT_ONCE = 50

Pair = tuple[np.ndarray, np.ndarray]
Drawing = Callable[[np.random.Generator, int, int], np.ndarray]
"""(generator, size, rows) to (rows, size): how often each of ``size`` was drawn in ``size`` draws, row by row."""


def by_counts(rng: np.random.Generator, size: int, rows: int) -> np.ndarray:
    """A :data:`Drawing` of multinomial counts."""
    return rng.multinomial(size, np.full(size, 1 / size), size=rows)


def one_by_one(rng: np.random.Generator, size: int, rows: int) -> np.ndarray:
    """A :data:`Drawing` of single draws that are then counted."""
    drawn = rng.integers(0, size, (rows, size)) + size * np.arange(rows)[:, None]
    return np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size)


class Bootstrap:
    """The same draws of units for every number that gets an interval.

    Parameters
    ----------
    strata: the units' numbers, from 0, in groups that are each drawn apart, as many as it has.
    count: how many draws.
    seed: the same seed gives the same draws.
    at_once: draws that are made together.
    drawing: how; what is computed from the draws does not depend on it, but the draws of a seed do.
    """

    def __init__(
        self, strata: Sequence[np.ndarray], count: int, seed: int, at_once: int, drawing: Drawing = by_counts
    ) -> None:
        self.strata = [stratum for stratum in strata if len(stratum)]
        self.count, self.seed = count, seed
        self._at_once, self._drawing = max(1, at_once), drawing
        self._units = 1 + max((int(stratum.max()) for stratum in self.strata), default=-1)

    def __iter__(self) -> Iterator[np.ndarray]:
        """(b, units) int64, some draws at a time: how often each unit was drawn."""
        rng = np.random.default_rng(self.seed)
        for first in range(0, self.count, self._at_once):
            rows = min(self._at_once, self.count - first)
            weights = np.zeros((rows, self._units), np.int64)
            for stratum in self.strata:
                weights[:, stratum] = self._drawing(rng, len(stratum), rows)
            yield weights

    def values(
        self,
        statistics: Callable[[np.ndarray], Sequence[np.ndarray]],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> np.ndarray:
        """(statistics, count) float64 of ``statistics``, which maps weights (b, units) to (b,) each, NaN where a draw
        has no value."""
        found, done = [], 0
        for weights in self:
            if cancel is not None:
                cancel.check()
            found.append(np.asarray(statistics(weights), dtype=np.float64))
            done += len(weights)
            progress(done / self.count, Message("drawing_cases_anew", number=done, count=self.count))
        return np.concatenate(found, axis=1)


def percentiles(values: np.ndarray, level: float) -> tuple[float, float] | None:
    """The middle ``level`` of the draws (n,); None where fewer than half of them have a value."""
    finite = values[np.isfinite(values)]
    if not len(finite) or 2 * len(finite) < len(values):
        return None
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


class PatientDraws(Bootstrap):
    """Draws within the patients who have an abnormal case and within those who have none.

    Parameters
    ----------
    normal, abnormal: how many cases of each class there are.
    units: whose each case is, as :func:`.score_checks.unit_numbers` gives it; None: each case stands for itself.
    count, seed: as of :class:`Bootstrap`.

    A patient is drawn with all of his or her cases: slices of one patient are not independent. The two kinds of
    patients are drawn apart because a study fixes how many it has of each.
    """

    def __init__(self, normal: int, abnormal: int, units: Pair | None, count: int, seed: int) -> None:
        if units is None:
            units = np.arange(normal), normal + np.arange(abnormal)
        self._sides = units
        ill = np.unique(units[1])
        super().__init__([np.setdiff1d(units[0], ill), ill], count, seed, CELLS // (normal + abnormal), one_by_one)

    def by_class(
        self,
        statistics: Callable[[np.ndarray, np.ndarray], Sequence[np.ndarray]],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> np.ndarray:
        """As :meth:`values`, of ``statistics`` that take the weights of cases: (b, normal) and (b, abnormal)."""
        return self.values(lambda weights: statistics(*(weights[:, side] for side in self._sides)), progress, cancel)


@dataclass(frozen=True)
class Interval:
    """A percentile interval. ``used`` counts the draws that had a value, of all that were made."""

    low: float
    high: float
    level: float
    used: int


@dataclass(frozen=True)
class Measured:
    """A number over a set of cases, NaN where it cannot be told; ``interval`` by drawing cases anew."""

    value: float
    interval: Interval | None = None


NOT_KNOWN = Measured(np.nan)
"""What cannot be told."""


class Draws(Bootstrap):
    """Draws of ``cases`` cases, all alike; ``level`` is the share of the draws inside an interval, 0..1."""

    def __init__(self, cases: int, count: int = 1000, seed: int = 303, level: float = 0.95) -> None:
        super().__init__([np.arange(cases)], count, seed, _AT_ONCE)
        self.cases, self.level = cases, level

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
        return [self._interval(row) for row in self.values(statistics, cancel=cancel)]

    def _interval(self, values: np.ndarray) -> Interval | None:
        ends = percentiles(values, self.level)
        return None if ends is None else Interval(*ends, self.level, int(np.isfinite(values).sum()))


def ratio_interval(parts: np.ndarray, wholes: np.ndarray, draws: Draws, cancel: CancelToken) -> Interval | None:
    """The interval of sum(parts) / sum(wholes), each (cases,)."""

    def statistic(weights: np.ndarray) -> np.ndarray:
        whole = weights @ wholes
        return np.where(whole > 0, (weights @ parts) / np.maximum(whole, 1e-300), np.nan)

    return draws.interval(statistic, cancel)
