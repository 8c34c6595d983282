"""How far each of two sets reaches over the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

from ...statistics.bootstrap import Draws, Interval, ratio_interval
from ...statistics.neighbours import expected_coverage, most_alike


@dataclass(frozen=True)
class Coverage:
    """The share (0..1) of images that have one of the other set nearer than their own ``neighbours``-th neighbour.

    ``expected`` is what images drawn from where the first set was drawn would reach; ``interval`` is over patients.
    """

    value: float
    interval: Interval | None
    expected: float
    neighbours: int


def coverage(
    points: np.ndarray,
    to_others: np.ndarray,
    others: int,
    patients: np.ndarray | None,
    neighbours: int,
    draws: Draws | None,
    cancel: CancelToken,
) -> Coverage | None:
    """How many of the points (N, D) are covered; None with fewer than ``neighbours`` + 1 of them.

    Parameters
    ----------
    to_others: (N,) the cosine to the nearest of the ``others`` other images.
    patients: (N,) whose each point is: neighbours are of other patients. None: all are neighbours.
    draws: of patients, None for no interval.

    Source: Naeem et al., ICML 2020; there without patients.
    """
    whose = np.arange(len(points)) if patients is None else np.unique(patients, return_inverse=True)[1]
    if len(points) <= neighbours:
        return None
    alike, rows = most_alike(points, points, neighbours, (whose, whose), cancel)
    usable = rows[:, -1] >= 0
    if not usable.any():
        return None
    covered = (to_others >= alike[:, -1]) & usable
    interval = None
    if draws is not None:
        parts, wholes = (np.bincount(whose, weights=what) for what in (covered, usable))
        interval = ratio_interval(parts, wholes, draws, cancel)
    expected = expected_coverage(int(usable.sum()), others, neighbours)
    return Coverage(float(covered.sum() / usable.sum()), interval, expected, neighbours)
