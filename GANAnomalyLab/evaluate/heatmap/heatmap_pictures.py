"""The figures of a heatmap evaluation: ROC, precision and recall, FROC, score histograms."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...report import froc_figure, pr_figure, roc_figure
from ...report.cell_text import with_ends
from ...report.distributions import stairs
from ...report.drawing import ABNORMAL, NORMAL, dress, new_figure
from ...statistics.froc import froc
from ...statistics.score_areas import ScoreCounts
from .heatmap_evaluation import HeatmapEvaluation

_BARS = 80
_WIDE = 20.0


def figures(evaluation: HeatmapEvaluation) -> dict[str, tuple[Any, str]]:
    """(matplotlib figure, caption) by file name; FROC and histograms always, curves where there are both classes."""
    levels = {name: counts for name, counts in _levels(evaluation) if counts.both}

    def said(area: str, words: str) -> dict[str, str]:
        return {name: f"{words} {_said(evaluation, f'{name}_{area}')}" for name in levels}

    rates, sensitivity, _ = froc(evaluation.free)
    mean = f"mean of 1/8 to 8: {_said(evaluation, 'froc_mean')}"
    return {
        "roc.png": (
            roc_figure(levels, said("auroc", "AUROC")),
            "ROC of pixels, and of images by their highest heat; an image is one slice.",
        ),
        "precision_recall.png": (
            pr_figure(levels, said("average_precision", "average precision")),
            "Precision and recall of pixels and images; the dotted lines are what guessing gives.",
        ),
        "froc.png": (
            froc_figure({"lesions": (rates, sensitivity)}, {"lesions": mean}, "case"),
            "The share of lesions that the highest patches find, against how many patches of a case lie on none.",
        ),
        "histograms.png": (_histograms(evaluation), "How heat is spread in normal and lesion pixels and images."),
    }


def _levels(evaluation: HeatmapEvaluation) -> list[tuple[str, ScoreCounts]]:
    return [("pixel", evaluation.pixels), ("image", evaluation.images)]


def _said(evaluation: HeatmapEvaluation, name: str) -> str:
    measure = evaluation.measures[name]
    return with_ends(measure.value, measure.interval)


def _histograms(evaluation: HeatmapEvaluation) -> Any:
    figure, (pixels, images) = new_figure(10.0, 3.9, 2)
    _histogram(pixels, evaluation.histogram, _BARS)
    dress(pixels, "Pixels", "heat", "share of pixels", "best")
    _histogram(images, evaluation.image_histogram, 20)
    dress(images, "Images", "highest heat", "share of images", "best")
    return figure


def _histogram(axes: Any, counts: ScoreCounts, bars: int) -> None:
    """The share of each class in each bar; what lies beyond the last bar's end is counted in it."""
    edges = _edges(counts, bars)
    if edges[0] > 0 and edges[-1] / edges[0] > _WIDE:
        axes.set_xscale("log")
    at = np.clip(counts.scores.astype(np.float64), edges[0], edges[-1])
    for name, weights, colour in (("normal", counts.negatives, NORMAL), ("lesion", counts.positives, ABNORMAL)):
        if weights.sum():
            shares, _ = np.histogram(at, edges, weights=weights / weights.sum())
            stairs(axes, shares, edges, colour, f"{name} ({int(weights.sum()):,})")


def _edges(counts: ScoreCounts, bars: int) -> np.ndarray:
    """Bars over all but the stray highest scores; of equal ratio where scores are above zero and far apart."""
    low, high = float(counts.scores[0]), float(counts.scores[-1])
    if low > 0 and high / low > _WIDE:
        return np.geomspace(low, high, bars + 1)
    tops = []
    for weights, share in ((counts.negatives, 0.999), (counts.positives, 0.99)):
        if weights.sum():
            tops.append(float(counts.scores[np.searchsorted(np.cumsum(weights), share * weights.sum())]))
    high = max(tops)
    return np.linspace(low, high if high > low else low + 1.0, bars + 1)
