"""One score of every case, ranked once, for the areas of many draws of cases."""

from __future__ import annotations

import numpy as np

from .bootstrap import Pair
from .score_areas import areas


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
