"""How scores and indices are spread: histograms, every value beside its box."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .drawing import (
    ABNORMAL,
    INK,
    NORMAL,
    QUIET,
    colour,
    dress,
    finite_values,
    marker,
    new_figure,
    nothing_given,
    plain_text,
    texts,
)

_MOST_DOTS = 400
_WIDEST = 12.0
"""Inches of panels side by side; a page shows no more so that their words can be read."""
_WIDE = 50.0


def score_figure(
    scores: Mapping[str, Any],
    unit: str = "score",
    threshold: float | None = None,
    title: str = "Scores",
    baseline: str = "baseline",
) -> Any:
    """How scores are spread.

    Parameters
    ----------
    scores: by name, either (n,) scores, one row for each name (``baseline`` in the colour of normal ones); or a tuple
        (normal scores, abnormal scores), one panel of two histograms for each name.
    unit: what scores count.
    threshold: a line there.

    Raises
    ------
    InputError: scores that are not finite numbers, or none.
    """
    nothing_given(scores)
    if all(_is_pair(given) for given in scores.values()):
        return _histograms(scores, unit, threshold, title)
    rows = {name: finite_values(given, f"Scores of {name}") for name, given in scores.items()}
    figure, (axes,) = new_figure(7.0, 1.5 + 0.62 * len(rows))
    hues = [NORMAL if name == baseline else ABNORMAL for name in rows] if baseline in rows else None
    _boxes(axes, list(rows.values()), list(range(len(rows))), hues, upright=False, width=0.5)
    labels = [f"{name}  (n = {len(held)})" for name, held in zip(texts(rows), rows.values(), strict=True)]
    axes.set_yticks(range(len(rows)), labels)
    axes.invert_yaxis()
    _threshold(axes, threshold)
    _scale(axes, np.concatenate(list(rows.values())))
    dress(axes, title, unit, "", "best" if threshold is not None else None)
    axes.grid(visible=False, axis="y")
    return figure


def box_figure(
    values: Mapping[str, Mapping[str, Any]], title: str = "", unit: str = "", bounds: tuple[float, float] | None = None
) -> Any:
    """Box plots, a panel for each index and a box for each dataset, with every value (the median as a line, the box
    from the first to the third quarter, whiskers to 1.5 of its length: Tukey 1977).

    Parameters
    ----------
    values: {dataset: {index: (n,) values}}; a dataset may lack an index.
    bounds: what every panel's axis spans; None fits each panel.
    """
    nothing_given(values)
    indices = list(dict.fromkeys(index for held in values.values() for index in held))
    nothing_given(indices)
    width = 1.1 + 0.62 * len(values)
    rows = min(len(indices), math.ceil(len(indices) * width / _WIDEST))
    columns = -(-len(indices) // rows)
    figure, panels = new_figure(max(4.0, columns * width), 4.4 if rows == 1 else 3.4 * rows, len(indices), rows)
    for axes, index in zip(panels, indices, strict=True):
        held = [(n, name) for n, name in enumerate(values) if index in values[name]]
        drawn = [finite_values(values[name][index], f"{index} of {name}") for _, name in held]
        _boxes(axes, drawn, list(range(len(held))), [colour(n) for n, _ in held], upright=True, width=0.55)
        axes.set_xticks(range(len(held)), texts((name for _, name in held), 20), rotation=30, ha="right")
        if bounds is not None:
            margin = 0.03 * (bounds[1] - bounds[0])
            axes.set_ylim(bounds[0] - margin, bounds[1] + margin)
        dress(axes, index, "", unit if index == indices[0] or rows > 1 else "")
        axes.grid(visible=False, axis="x")
    if title:
        figure.suptitle(plain_text(title), color=INK, fontsize=12.5, x=0.01, ha="left")
    return figure


def _histograms(scores: Mapping[str, Any], unit: str, threshold: float | None, title: str) -> Any:
    columns = min(2, len(scores))
    rows = -(-len(scores) // columns)
    figure, panels = new_figure(4.6 * columns + 0.6, 3.5 * rows, len(scores), rows)
    for axes, (name, (normal, abnormal)) in zip(panels, scores.items(), strict=True):
        both = {
            "normal": finite_values(normal, f"Normal scores of {name}"),
            "abnormal": finite_values(abnormal, f"Abnormal scores of {name}"),
        }
        together = np.concatenate(list(both.values()))
        edges = histogram_edges(together)
        if edges[0] > 0 and edges[-1] / edges[0] > _WIDE:
            axes.set_xscale("log")
        for (word, held), hue in zip(both.items(), (NORMAL, ABNORMAL), strict=True):
            shares = np.histogram(held, edges)[0] / len(held)
            stairs(axes, shares, edges, hue, f"{word} (n = {len(held):,})")
        _threshold(axes, threshold)
        # Room for the legend above the bars.
        axes.set_ylim(0, axes.get_ylim()[1] * 1.22)
        dress(axes, name or title, unit, "share", "best")
    return figure


def histogram_edges(values: np.ndarray, most: int = 40) -> np.ndarray:
    """Ends of bars over (n,) finite values: as many as they carry (Freedman and Diaconis 1981), of equal ratio where
    all are above zero and far apart."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        pad = abs(low) * 0.05 or 0.5
        return np.array([low - pad, high + pad])
    if low > 0 and high / low > _WIDE:
        return np.geomspace(low, high, most + 1)
    q1, q3 = np.quantile(values, [0.25, 0.75])
    width = 2 * (q3 - q1) / len(values) ** (1 / 3)
    bars = most if width <= 0 else int(np.clip(np.ceil((high - low) / width), 8, most))
    return np.linspace(low, high, bars + 1)


def stairs(axes: Any, shares: np.ndarray, edges: np.ndarray, hue: str, label: str) -> None:
    """One histogram, see-through so that another shows behind it."""
    axes.stairs(shares, edges, fill=True, color=hue, alpha=0.35, label=label)
    axes.stairs(shares, edges, color=hue, linewidth=1.4)


def _boxes(
    axes: Any, values: Sequence[np.ndarray], places: Sequence[int], hues: Sequence[str] | None, upright: bool,
    width: float,
) -> None:  # fmt: skip
    """Boxes with their values as dots beside the middle line; of very many, evenly chosen ones by rank."""
    hues = hues or [colour(n) for n in range(len(values))]
    # Whatever version draws them: the name of the option for lying boxes has changed between matplotlibs.
    from matplotlib.cbook import boxplot_stats

    for place, held, hue, n in zip(places, values, hues, range(len(values)), strict=True):
        stats = boxplot_stats(held)[0]
        _box(axes, stats, place, hue, upright, width)
        shown = np.sort(held)
        if len(shown) > _MOST_DOTS:
            shown = shown[np.linspace(0, len(shown) - 1, _MOST_DOTS).astype(int)]
        # The same values always give the same picture.
        spread = place + (np.random.default_rng(n).random(len(shown)) - 0.5) * width * 0.7
        across, up = (spread, shown) if upright else (shown, spread)
        kind = marker(n) if upright else "o"
        axes.scatter(across, up, s=9, color=hue, alpha=0.55, linewidth=0, marker=kind, zorder=3)


def _box(axes: Any, stats: Mapping[str, Any], place: float, hue: str, upright: bool, width: float) -> None:
    low, high = place - width / 2, place + width / 2

    def line(one: tuple[float, float], other: tuple[float, float], thick: float, shade: str) -> None:
        """From (place, value) to (place, value)."""
        ends = [one, other] if upright else [one[::-1], other[::-1]]
        axes.plot(*zip(*ends, strict=True), color=shade, linewidth=thick, solid_capstyle="butt", zorder=4)

    fill = axes.fill_between if upright else axes.fill_betweenx
    fill([low, high], [stats["q1"]] * 2, [stats["q3"]] * 2, color=hue, alpha=0.2, linewidth=0, zorder=2)
    for side in (low, high):
        line((side, stats["q1"]), (side, stats["q3"]), 1.0, hue)
    for end in ("q1", "q3"):
        line((low, stats[end]), (high, stats[end]), 1.0, hue)
    line((place, stats["q1"]), (place, stats["whislo"]), 1.0, hue)
    line((place, stats["q3"]), (place, stats["whishi"]), 1.0, hue)
    line((low, stats["med"]), (high, stats["med"]), 2.2, INK)


def _threshold(axes: Any, threshold: float | None) -> None:
    if threshold is not None:
        axes.axvline(threshold, color=QUIET, linewidth=1.1, linestyle=(0, (6, 3)), label=f"threshold {threshold:.4g}")


def _scale(axes: Any, values: np.ndarray) -> None:
    if values.min() > 0 and values.max() / values.min() > _WIDE:
        axes.set_xscale("log")


def _is_pair(given: Any) -> bool:
    return isinstance(given, tuple) and len(given) == 2 and all(np.ndim(side) == 1 for side in given)
