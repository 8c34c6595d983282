"""What one threshold does: sensitivity at a false positive rate, and the rate at a sensitivity; parts of the area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bootstrap import Pair
from .ranking import Ranking
from .score_areas import rates


@dataclass(frozen=True)
class OperatingPoint:
    """One threshold: a case is called abnormal where its score is at least ``threshold``.

    ``false_positive_rate`` and ``sensitivity`` are shares (0..1) of normal and abnormal cases called so. ``low`` and
    ``high`` enclose the one that was asked for, None without draws.
    """

    threshold: float
    false_positive_rate: float
    sensitivity: float
    low: float | None = None
    high: float | None = None


def sensitivity_at(curves: Pair, rate: float) -> np.ndarray:
    """(b,) the highest sensitivity of any threshold with at most this false positive rate; no interpolation."""
    false, true = curves
    return np.where(np.isnan(false[:, -1]), np.nan, np.where(false <= rate, true, 0.0).max(1))


def rate_at(curves: Pair, sensitivity: float) -> np.ndarray:
    """(b,) the lowest false positive rate of any threshold with at least this sensitivity; no interpolation."""
    false, true = curves
    return np.where(np.isnan(true[:, -1]), np.nan, np.where(true >= sensitivity, false, 1.0).min(1))


def partial_area(curves: Pair, rate: float) -> np.ndarray:
    """(b,) the standardised area up to a false positive rate: 0.5 for chance, 1 for perfect.

    The area under the curve from 0 to ``rate``, scaled by what chance and a perfect score have there; straight lines
    between points. Source: McClish 1989.
    """
    false, true = curves
    left, right = false[:, :-1], false[:, 1:]
    end = np.minimum(right, rate)
    width = np.maximum(end - left, 0)
    slope = np.divide(np.diff(true, axis=1), right - left, out=np.zeros_like(left), where=right > left)
    # Where the step is straight up there is no width, and the slope does not matter.
    area = (width * (true[:, :-1] + slope * width / 2)).sum(1)
    chance = rate**2 / 2
    return 0.5 * (1 + (area - chance) / (rate - chance))


def point_at_rate(ranking: Ranking, rate: float) -> OperatingPoint:
    """The threshold of :func:`sensitivity_at`: of those equally sensitive, the one with fewest false positives."""
    false, true = (curve[0] for curve in rates(ranking.once()))
    best = np.where(false <= rate, true, -1.0)
    return _point(ranking, false, true, int(np.argmax(best)))


def point_at_sensitivity(ranking: Ranking, sensitivity: float) -> OperatingPoint:
    """The threshold of :func:`rate_at`: of those with equally few false positives, the most sensitive."""
    false, true = (curve[0] for curve in rates(ranking.once()))
    lowest = np.where(true >= sensitivity, false, 2.0)
    at = np.flatnonzero(lowest == lowest.min())
    return _point(ranking, false, true, int(at[-1]))


def _point(ranking: Ranking, false: np.ndarray, true: np.ndarray, at: int) -> OperatingPoint:
    # The curve's first point calls nothing abnormal.
    threshold = float(ranking.scores[-at]) if at else float("inf")
    return OperatingPoint(threshold, float(false[at]), float(true[at]))
