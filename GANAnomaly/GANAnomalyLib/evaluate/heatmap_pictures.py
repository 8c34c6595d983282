"""ROC and precision-recall curves and score histograms, as PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..pictures.curve import INK, LINE, PAPER, QUIET
from ..pictures.patches import write_whole
from .heatmap_metrics import ScoreCounts, precision_recall_curve, roc_curve
from .heatmaps import HeatmapEvaluation

_NORMAL, _LESION, _PIXEL, _IMAGE = "#5aa9e6", "#ff8a5c", "#8fd694", "#c79bf2"
_POINTS = 2000
_BARS = 80
_WIDE = 20.0
_DPI = 120


def write_pictures(evaluation: HeatmapEvaluation, roc: Path, precision_recall: Path, histograms: Path) -> None:
    """Write the three pictures, each whole or not at all; GANAnomalyError when the disk refuses."""
    figure, axes = _page(1)
    for name, counts, colour in _levels(evaluation):
        line = f"{name}: AUROC {_said(evaluation, name, 'auroc')}"
        axes[0].plot(*_thin(*roc_curve(counts)), color=colour, linewidth=2, label=line)
    axes[0].plot([0, 1], [0, 1], color=QUIET, linewidth=0.9, linestyle=(0, (6, 4)), label="chance")
    _dress(axes[0], "ROC", "false positive rate", "true positive rate", "lower right")
    _square(axes[0])
    _save(figure, roc)

    figure, axes = _page(1)
    for name, counts, colour in _levels(evaluation):
        line = f"{name}: average precision {_said(evaluation, name, 'average_precision')}"
        recall, precision = _thin(*precision_recall_curve(counts))
        axes[0].plot(recall, precision, color=colour, linewidth=2, label=line, drawstyle="steps-pre")
        share = counts.positive / (counts.positive + counts.negative)
        axes[0].axhline(share, color=colour, linewidth=0.9, linestyle=(0, (6, 4)), label=f"{name}: chance {share:.2g}")
    _dress(axes[0], "Precision and recall", "recall", "precision", "best")
    _square(axes[0])
    _save(figure, precision_recall)

    figure, axes = _page(2)
    _histogram(axes[0], evaluation.histogram, _BARS)
    _dress(axes[0], "Pixels", "heat", "share of pixels", "best")
    _histogram(axes[1], evaluation.image_histogram, 20)
    _dress(axes[1], "Images", "highest heat", "share of images", "best")
    _save(figure, histograms)


def _levels(evaluation: HeatmapEvaluation) -> list[tuple[str, ScoreCounts, str]]:
    both = [("pixel", evaluation.pixels, _PIXEL), ("image", evaluation.images, _IMAGE)]
    return [level for level in both if level[1].both]


def _said(evaluation: HeatmapEvaluation, level: str, area: str) -> str:
    measure = evaluation.measures[f"{level}_{area}"]
    text = f"{measure.value:.3f}"
    if measure.interval is None:
        return text
    return f"{text} ({measure.interval.low:.3f} to {measure.interval.high:.3f})"


def _page(count: int) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4 * count, 6.0 if count == 1 else 4.8), dpi=_DPI, facecolor=PAPER, layout="constrained")
    return figure, [figure.add_subplot(1, count, n + 1) for n in range(count)]


def _save(figure: Any, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    write_whole(path, FigureCanvasAgg(figure).print_png)


def _histogram(axes: Any, counts: ScoreCounts, bars: int) -> None:
    """The share of each class in each bar; what lies beyond the last bar's end is counted in it."""
    edges = _edges(counts, bars)
    if edges[0] > 0 and edges[-1] / edges[0] > _WIDE:
        axes.set_xscale("log")
    at = np.clip(counts.scores.astype(np.float64), edges[0], edges[-1])
    for name, weights, colour in (("normal", counts.negatives, _NORMAL), ("lesion", counts.positives, _LESION)):
        if weights.sum():
            shares, _ = np.histogram(at, edges, weights=weights / weights.sum())
            label = f"{name} ({int(weights.sum()):,})"
            axes.stairs(shares, edges, fill=True, color=colour, alpha=0.45, label=label)
            axes.stairs(shares, edges, color=colour, linewidth=1.2)


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


def _thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most so many points as can be seen, evenly along the curve."""
    if len(x) <= _POINTS:
        return x, y
    way = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    kept = np.unique(np.searchsorted(way, np.linspace(0, way[-1], _POINTS)).clip(0, len(x) - 1))
    return x[kept], y[kept]


def _square(axes: Any) -> None:
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)


def _dress(axes: Any, title: str, across: str, up: str, legend: str) -> None:
    axes.set_facecolor(PAPER)
    axes.set_title(title, color=INK, fontsize=13, loc="left")
    axes.set_xlabel(across, color=QUIET)
    axes.set_ylabel(up, color=QUIET)
    axes.tick_params(colors=QUIET)
    axes.grid(color=LINE, linewidth=0.5, alpha=0.6)
    for side, spine in axes.spines.items():
        spine.set_color(LINE)
        spine.set_visible(side in ("left", "bottom"))
    axes.legend(loc=legend, facecolor=PAPER, edgecolor=LINE, labelcolor=INK, fontsize=9.5)
