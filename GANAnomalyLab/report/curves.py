"""Curves over thresholds: ROC, precision and recall, FROC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

from ..statistics.score_areas import ScoreCounts, auroc, average_precision, precision_recall_curve, roc_curve
from .drawing import (
    QUIET,
    colour,
    dress,
    finite_values,
    legend_beside,
    new_figure,
    nothing_given,
    plain_text,
    squared,
    style,
    thin,
)

FROC_RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_DASHES = (0, (1, 3))
_INSIDE = 5


def roc_figure(scores: Mapping[str, Any], said: Mapping[str, str] | None = None, title: str = "ROC") -> Any:
    """ROC curves, one a name, high scores being abnormal.

    Parameters
    ----------
    scores: (normal scores, abnormal scores), or :class:`~..score_areas.ScoreCounts`, by name.
    said: words for the legend by name, instead of "AUROC 0.912".

    Raises
    ------
    InputError: scores that are not finite, or a class without any.
    """
    nothing_given(scores)
    many = len(scores) > _INSIDE
    figure, (axes,) = new_figure(9.0 if many else 5.8, 5.6)
    for n, (name, counts) in enumerate(_counted(scores)):
        words = (said or {}).get(name, f"AUROC {auroc(counts):.3f}")
        axes.plot(
            *thin(*roc_curve(counts)), color=colour(n), linestyle=style(n), linewidth=2, label=_label(name, words)
        )
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.9, linestyle=_DASHES, label="chance")
    squared(axes)
    dress(axes, title, "false positive rate", "true positive rate", None if many else "lower right")
    if many:
        legend_beside(figure, axes)
    return figure


def pr_figure(scores: Mapping[str, Any], said: Mapping[str, str] | None = None, title: str = "") -> Any:
    """Precision against recall, as :func:`roc_figure`; a thin line in each colour is chance, the share of abnormal."""
    nothing_given(scores)
    many = len(scores) > _INSIDE
    figure, (axes,) = new_figure(9.0 if many else 5.8, 5.6)
    for n, (name, counts) in enumerate(_counted(scores)):
        words = (said or {}).get(name, f"average precision {average_precision(counts):.3f}")
        recall, precision = thin(*precision_recall_curve(counts))
        axes.plot(
            recall,
            precision,
            color=colour(n),
            linestyle=style(n),
            linewidth=2,
            drawstyle="steps-pre",
            label=_label(name, words),
        )
        axes.axhline(counts.positive / (counts.positive + counts.negative), color=colour(n), lw=0.9, ls=_DASHES)
    axes.plot([], [], color=QUIET, linewidth=0.9, linestyle=_DASHES, label="chance")
    squared(axes)
    dress(axes, title or "Precision and recall", "recall", "precision", None if many else "best")
    if many:
        legend_beside(figure, axes)
    return figure


def froc_figure(
    curves: Mapping[str, tuple[Any, Any]],
    said: Mapping[str, str] | None = None,
    image: str = "image",
    title: str = "FROC",
) -> Any:
    """Sensitivity against false positives per image, on a scale that doubles from 1/8 to 8.

    Parameters
    ----------
    curves: (false positives per image, sensitivity 0..1) by name, each (n,) and rising, as :func:`~..froc.froc` gives
        them.
    said: words for the legend by name.
    image: what false positives are counted by: "image", "slice", "case".
    """
    nothing_given(curves)
    many = len(curves) > _INSIDE
    figure, (axes,) = new_figure(9.4 if many else 6.4, 5.0)
    for n, (name, (rates, sensitivity)) in enumerate(curves.items()):
        x = finite_values(rates, f"False positive rates of {name}")
        y = finite_values(sensitivity, f"Sensitivities of {name}")
        if len(x) != len(y):
            raise InputError(f"The FROC of {name} has {len(x)} rates and {len(y)} sensitivities: give one for each.")
        # What is reached below the shown range enters at its left end; what is reached at last holds on.
        held = np.concatenate([[FROC_RATES[0] / 2], x.clip(FROC_RATES[0] / 2, None), [FROC_RATES[-1] * 2]])
        start = y[x <= FROC_RATES[0] / 2].max(initial=0.0)
        line = np.concatenate([[start], np.where(x <= FROC_RATES[0] / 2, start, y), y[-1:]])
        axes.plot(
            *thin(held, line),
            color=colour(n),
            linestyle=style(n),
            linewidth=2,
            label=_label(name, (said or {}).get(name, "")),
        )
    axes.set_xscale("log", base=2)
    axes.set_xlim(FROC_RATES[0] / 1.15, FROC_RATES[-1] * 1.15)
    axes.set_ylim(-0.01, 1.01)
    axes.set_xticks(FROC_RATES, ["1/8", "1/4", "1/2", "1", "2", "4", "8"])
    axes.minorticks_off()
    dress(axes, title, f"mean false positives per {image}", "share of lesions found", None if many else "best")
    if many:
        legend_beside(figure, axes)
    return figure


def _counted(scores: Mapping[str, Any]) -> list[tuple[str, ScoreCounts]]:
    out = []
    for name, given in scores.items():
        if isinstance(given, ScoreCounts):
            counts = given
        else:
            normal, abnormal = given
            counts = ScoreCounts.of(
                finite_values(normal, f"Normal scores of {name}"), finite_values(abnormal, f"Abnormal scores of {name}")
            )
        if not counts.both:
            raise InputError(f"The scores of {name} are of one class only: a curve needs normal and abnormal ones.")
        out.append((name, counts))
    return out


def _label(name: str, words: str) -> str:
    name = plain_text(name, 40)
    return f"{name}: {plain_text(words)}" if name and words else name or plain_text(words)
