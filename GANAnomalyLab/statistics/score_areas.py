"""Areas under ROC and precision-recall curves, from scores counted by class: ties are exact, sets may be huge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ScoreCounts:
    """How many normal and abnormal items carry each score.

    Attributes
    ----------
    scores: (n,) strictly rising.
    negatives, positives: (n,) int64, not below zero.

    A group may stand for several scores: what a curve can then not tell apart is bounded by :func:`auroc_error` and
    :func:`average_precision_range`.
    """

    scores: np.ndarray
    negatives: np.ndarray
    positives: np.ndarray

    @classmethod
    def of(cls, normal: np.ndarray, abnormal: np.ndarray) -> ScoreCounts:
        """Counts of two sets of finite scores, each of any shape; exact for every curve and area here.

        Normal scores between two neighbouring abnormal ones stand as one group under the highest of them: no curve
        can tell them apart, and there are mostly many more normal pixels than abnormal ones.
        """
        normal = np.sort(np.ravel(normal))
        kind = np.result_type(normal, np.asarray(abnormal))
        values, positives = np.unique(np.ravel(abnormal), return_counts=True)
        below = np.searchsorted(normal, values, "left")
        upto = np.searchsorted(normal, values, "right")
        ends = np.append(below, len(normal))
        gaps = ends - np.append(0, upto)
        last = normal[np.maximum(ends - 1, 0)] if len(normal) else np.zeros(len(ends))
        # Gap, value, gap, value, ..., gap; empty gaps go.
        size = 2 * len(values) + 1
        scores, negative, positive = np.empty(size, kind), np.zeros(size, np.int64), np.zeros(size, np.int64)
        scores[0::2], scores[1::2] = last, values
        negative[0::2], negative[1::2] = gaps, upto - below
        positive[1::2] = positives
        kept = (negative > 0) | (positive > 0)
        return cls(scores[kept], negative[kept], positive[kept])

    @property
    def negative(self) -> int:
        """How many normal items there are."""
        return int(self.negatives.sum())

    @property
    def positive(self) -> int:
        """How many abnormal items there are."""
        return int(self.positives.sum())

    @property
    def both(self) -> bool:
        """Whether both classes occur, without which there is no curve."""
        return self.negative > 0 and self.positive > 0


def auroc(counts: ScoreCounts) -> float:
    """Area under the ROC curve (0..1): how often an abnormal item scores above a normal one, ties counting half.

    NaN where a class is empty. Source: Hanley and McNeil 1982, the Mann-Whitney form.
    """
    return float(_auroc(counts.negatives, counts.positives))


def average_precision(counts: ScoreCounts) -> float:
    """Average precision (0..1): precision at each threshold, weighted by the recall it adds; no interpolation.

    Items of one score enter together. NaN where there is no abnormal item.
    """
    return float(_average_precision(counts.negatives, counts.positives))


def auroc_error(counts: ScoreCounts) -> float:
    """By how much :func:`auroc` can be off when each group may hold different scores, instead of ties."""
    both = float(counts.negative) * counts.positive
    return float((counts.negatives.astype(np.float64) * counts.positives).sum() / (2 * both)) if both else np.nan


def average_precision_range(counts: ScoreCounts) -> tuple[float, float]:
    """The lowest and highest :func:`average_precision` that any order within the groups can give."""
    from scipy.special import digamma

    if not counts.positive:
        return np.nan, np.nan
    n, p = (a[::-1].astype(np.float64) for a in (counts.negatives, counts.positives))
    with_both = p > 0
    true, false = np.cumsum(p) - p, np.cumsum(n) - n
    n, p, true, false = (a[with_both] for a in (n, p, true, false))
    # Highest: abnormal ones tied above all normal ones. Lowest: below them, and entering one by one where that is less:
    # sum over i = 1..p of (true + i) / (true + false + n + i).
    high = p * (true + p) / (true + p + false)
    start = true + false + n
    low = p - (start - true) * (digamma(start + p + 1) - digamma(start + 1))
    return float(low.sum() / p.sum()), float(min(high.sum() / p.sum(), 1.0))


def roc_curve(counts: ScoreCounts) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates, from (0, 0) to (1, 1); straight lines between the points are exact."""
    false, true = rates((counts.negatives[None], counts.positives[None]))
    return false[0], true[0]


def rates(counts: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """ROC curves of counts (b, u): false and true positive rates (b, u + 1), from 0 to 1, by falling threshold."""
    out = []
    for side in counts:
        above = np.cumsum(side[:, ::-1], axis=1, dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            out.append(np.concatenate([np.zeros((len(side), 1)), above / above[:, -1:]], axis=1))
    return out[0], out[1]


def precision_recall_curve(counts: ScoreCounts) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision at each threshold, highest first, as steps; starts at recall 0 with the first precision."""
    false, true = (np.cumsum(a[::-1]) for a in (counts.negatives, counts.positives))
    precision = true / np.maximum(true + false, 1)
    return np.append(0.0, true / true[-1]), np.append(precision[:1], precision)


def best_dice(counts: ScoreCounts) -> float:
    """The highest Dice (0..1), 2 P R / (P + R), that any threshold gives; NaN without an abnormal item."""
    if not counts.positive:
        return np.nan
    recall, precision = precision_recall_curve(counts)
    return float((2 * precision * recall / np.maximum(precision + recall, 1e-300)).max())


def areas(negatives: np.ndarray, positives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(AUROC, average precision) of many sets at once: (..., n) counts by rising score, to (...,) each."""
    return _auroc(negatives, positives), _average_precision(negatives, positives)


def _auroc(negatives: np.ndarray, positives: np.ndarray) -> np.ndarray:
    # In whole numbers where they come as such: totals of pairs stay exact up to 9e18.
    below = np.cumsum(negatives, axis=-1)
    won = ((2 * below - negatives) * positives).sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return won / (2.0 * negatives.sum(-1) * positives.sum(-1))


def _average_precision(negatives: np.ndarray, positives: np.ndarray) -> np.ndarray:
    true = np.cumsum(positives[..., ::-1], axis=-1)
    false = np.cumsum(negatives[..., ::-1], axis=-1)
    precision = true / np.maximum(true + false, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (precision * positives[..., ::-1]).sum(-1) / positives.sum(-1)
