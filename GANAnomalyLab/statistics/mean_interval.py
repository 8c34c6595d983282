"""An interval for the mean AUROC of several anomaly sets that share their normal cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

from .bootstrap import CELLS, Bootstrap, percentiles
from .ranking import Ranking, aurocs


@dataclass(frozen=True)
class Items:
    """Scores (n,), whose each is (n), and what each is of (n)."""

    scores: np.ndarray
    patients: tuple[str, ...]
    names: tuple[str, ...] = ()


def mean_auroc_interval(
    normal: Items, sets: Sequence[Items], draws: int, level: float, seed: int, cancel: CancelToken
) -> tuple[float, float] | None:
    """Percentiles of the draws of :func:`mean_auroc_draws`; None without any, or where too few have a value."""
    found = mean_auroc_draws(normal, sets, draws, seed, cancel)
    return None if found is None else percentiles(found, level)


def mean_auroc_draws(
    normal: Items, sets: Sequence[Items], draws: int, seed: int, cancel: CancelToken
) -> np.ndarray | None:
    """(draws,): the mean AUROC over ``sets``, all against ``normal``, with patients drawn anew.

    A patient comes with all of his or her items, normal and abnormal, so that what the sets share moves them together.
    Patients are drawn within those who occur in the same sets; the same seed draws the same ones for other scores of
    the same patients. None without draws, or with one patient in a set.
    """
    sides = [normal, *sets]
    if not draws or any(len(set(side.patients)) < 2 for side in sides):
        return None
    names = sorted({name for side in sides for name in side.patients})
    number = {name: n for n, name in enumerate(names)}
    units = [np.array([number[name] for name in side.patients]) for side in sides]
    occurs = np.array([np.isin(np.arange(len(names)), unit) for unit in units]).T
    _, stratum = np.unique(occurs, axis=0, return_inverse=True)
    strata = [np.flatnonzero(stratum.reshape(-1) == n) for n in range(int(stratum.max()) + 1)]
    rankings = [Ranking(normal.scores, side.scores) for side in sets]

    def mean(weights: np.ndarray) -> list[np.ndarray]:
        by_set = [
            aurocs(ranking.counts(weights[:, units[0]], weights[:, unit]))
            for ranking, unit in zip(rankings, units[1:], strict=True)
        ]
        return [np.mean(by_set, axis=0)]

    at_once = CELLS // sum(len(side.scores) for side in sides)
    found: np.ndarray = Bootstrap(strata, draws, seed, at_once).values(mean, cancel=cancel)[0]
    return found
