"""The summary's curve: how high the highest patch of every slice scored, and where the findings lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..results.colours import finding_colour
from ..results.result import AnalysisResult, Finding
from . import manifest_facts as facts

INK, QUIET, LINE, PAPER = "#f1f3f5", "#9aa4b0", "#3a424d", "#15181d"
FALSE_POSITIVES, FALSE_POSITIVES_SAID = 0.05, "1 in 20 normal slices"
_LABEL_PIXELS = 24.0
_LABELS_ABOVE = 0.055


def draw_curve(axes: Any, result: AnalysisResult, findings: Sequence[Finding]) -> None:
    """Draw ``patch_score`` against slice number, findings shaded in their colours, and what normals seldom reach.

    Parameters
    ----------
    axes: matplotlib axes to fill.
    result: gives the scores, their unit and the threshold; a result without ``patch_score`` shows ``score``.
    findings: by rank, best first.
    """
    column = "patch_score" if any(_is_number(row.get("patch_score")) for row in result.scores) else "score"
    scored = [row for row in result.scores if _is_number(row.get(column))]
    numbers, scores = [row["slice"] for row in scored], [row[column] for row in scored]
    axes.set_facecolor(PAPER)
    for n, finding in enumerate(findings):
        first, last = finding.slices
        axes.axvspan(first - 0.5, last + 0.5, color=finding_colour(n), alpha=0.16, linewidth=0)
        axes.axvline(finding.slice, color=finding_colour(n), linewidth=1.1, alpha=0.9)
    axes.plot(numbers, scores, color=INK, linewidth=1.5, marker="o" if len(numbers) < 2 else None)
    if column == "patch_score":
        _draw_threshold(axes, facts.slice_threshold(result, FALSE_POSITIVES))
    _dress(axes, facts.unit(result) if column == "patch_score" else facts.metric_title(result), column)
    _draw_labels(axes, findings)


def spread(places: Sequence[float], apart: float, low: float, high: float) -> np.ndarray:
    """``places`` moved as little as can be so that neighbours keep ``apart``, within ``low``..``high``, in order.

    Labels in a row that would touch form a block around the middle of their places; blocks that touch are joined.
    Where they cannot all fit, they stand evenly from ``low`` to ``high``.
    """
    order = np.argsort(places, kind="stable")
    if len(order) > 1 and apart * (len(order) - 1) >= high - low:
        out = np.empty(len(order))
        out[order] = np.linspace(low, high, len(order))
        return out
    blocks: list[tuple[float, int]] = []  # (where it would start if it stood alone, how many labels)

    def start(block: tuple[float, int]) -> float:
        return max(low, min(block[0], high - apart * (block[1] - 1)))

    for n in order:
        block = float(places[n]), 1
        while blocks and start(block) < start(blocks[-1]) + apart * blocks[-1][1]:
            (wish, count), (own, more) = blocks.pop(), block
            # The mean of where every label in it would have the block start.
            block = (wish * count + (own - apart * count) * more) / (count + more), count + more
        blocks.append(block)
    out = np.empty(len(order))
    out[order] = [start(block) + apart * n for block in blocks for n in range(block[1])]
    return out


def _draw_labels(axes: Any, findings: Sequence[Finding]) -> None:
    """The findings' numbers above the curve, beside each other, each tied to its slice by a thin line."""
    width = axes.get_window_extent().width
    low, high = axes.get_xlim()
    places = [(finding.slice - low) / (high - low) for finding in findings]
    shown = min(len(findings), int(width // _LABEL_PIXELS))
    xs = spread(places[:shown], _LABEL_PIXELS / width, 0.0, 1.0)
    for n, (finding, x) in enumerate(zip(findings[:shown], xs, strict=True)):
        colour = finding_colour(n)
        axes.plot(
            [places[n], x],
            [1.0, 1.0 + _LABELS_ABOVE * 0.85],
            transform=axes.transAxes,
            color=colour,
            linewidth=0.9,
            clip_on=False,
        )
        where = {"ha": "center", "va": "bottom", "transform": axes.transAxes}
        axes.text(x, 1.0 + _LABELS_ABOVE, str(finding.rank), color=colour, fontsize=10, **where)


def _draw_threshold(axes: Any, threshold: float | None) -> None:
    if threshold is None:
        return
    axes.axhline(threshold, color=QUIET, linewidth=0.9, linestyle=(0, (6, 4)))
    axes.set_ylim(top=max(axes.get_ylim()[1], threshold * 1.08))
    # The shading of findings must not swallow the words.
    behind = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 1.2}
    axes.annotate(
        FALSE_POSITIVES_SAID,
        (0.5, threshold),
        xycoords=axes.get_yaxis_transform(),
        xytext=(0, 3.5),
        textcoords="offset points",
        color=QUIET,
        fontsize=9,
        ha="center",
        va="bottom",
        bbox=behind,
    )


def _dress(axes: Any, unit: str, column: str) -> None:
    axes.set_xlabel("slice, inferior to superior", color=QUIET, fontsize=10.5)
    axes.set_ylabel(unit or "score", color=QUIET, fontsize=10.5)
    axes.tick_params(colors=QUIET, labelsize=9.5)
    axes.margins(x=0.01)
    axes.grid(color=LINE, linewidth=0.5, alpha=0.6)
    for side, spine in axes.spines.items():
        spine.set_color(LINE)
        spine.set_visible(side in ("left", "bottom"))
    title = "Highest patch of every slice" if column == "patch_score" else "Score of every slice"
    axes.set_title(title, color=INK, fontsize=12, loc="left", pad=29)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(np.isfinite(value))
