"""Figures that set one thing against another: quality against time, indices around a circle, ranked bars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

from .drawing import (
    COLOURS,
    INK,
    LINE,
    PAPER,
    QUIET,
    colour,
    dress,
    finite_values,
    marker,
    new_figure,
    nothing_given,
    plain_text,
    style,
    texts,
)

_WIDE = 8.0
_TOGETHER, _BESIDE = 4, 3
"""So many closed lines can be told apart in one circle; so many circles stand side by side."""


def tradeoff_figure(
    points: Sequence[tuple[str, float, float]],
    quality: str = "AUROC",
    seconds: str = "seconds per slice",
    title: str = "Quality against time",
) -> Any:
    """Quality against time, a dot for each choice; those that no other beats in both are joined and named.

    Parameters
    ----------
    points: (name, seconds above zero, quality, higher being better). One whose quality is None or NaN is left out.
    """
    known = [(str(name), *_pair(name, time, value)) for name, time, value in points if not _missing(value)]
    nothing_given(known)
    best = pareto_front([(time, value) for _, time, value in known])
    figure, (axes,) = new_figure(7.2, 5.0)
    rest = [n for n in range(len(known)) if n not in best]
    axes.scatter(
        [known[n][1] for n in rest],
        [known[n][2] for n in rest],
        s=34,
        facecolors=PAPER,
        edgecolors=QUIET,
        zorder=2,
        label="others" if rest else None,
    )
    front = [known[n] for n in best]
    axes.plot(
        [time for _, time, _ in front],
        [value for _, _, value in front],
        color=COLOURS[0],
        linewidth=1.6,
        marker="o",
        markersize=7,
        zorder=3,
        label="no other is faster and as good",
    )
    times = [time for _, time, _ in known]
    if max(times) / min(times) > _WIDE:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.margins(x=0.12, y=0.14)
    named = front if len(known) > 14 else known
    # By turns below and above, for neighbours in time are mostly neighbours in quality.
    for n, (name, time, value) in enumerate(sorted(named, key=lambda point: point[1:])):
        axes.annotate(
            plain_text(name, 34),
            (time, value),
            xytext=(6, 6 if n % 2 else -12),
            textcoords="offset points",
            fontsize=8.5,
            color=INK,
        )
    dress(axes, title, seconds, quality, "best" if rest else None)
    return figure


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Indices of the (cost, quality) pairs that no other pair beats or equals in both, by rising cost.

    Of equal pairs the first stands for all.
    """
    out: list[int] = []
    highest = -math.inf
    for n in sorted(range(len(points)), key=lambda n: (points[n][0], -points[n][1], n)):
        if points[n][1] > highest:
            out.append(n)
            highest = points[n][1]
    return out


def radar_figure(
    values: Mapping[str, Mapping[str, float]],
    title: str = "",
    highest: float = 1.0,
    level: float | None = None,
) -> Any:
    """A circular summary: an axis for each index from 0 at the centre to ``highest``, a closed line for each name.

    Of more than four names each has a circle of its own, with the median of all behind it.

    Parameters
    ----------
    values: {name: {index: value, 0..highest}}; every name has the same indices, at least three. A value that is NaN
        or None leaves a gap in its line.
    level: draw a circle there, for what counts as good.
    """
    nothing_given(values)
    indices = list(next(iter(values.values())))
    if len(indices) < 3:
        raise InputError(f"A circular plot needs at least three indices, not {len(indices)}: use bars instead.")
    for name, held in values.items():
        if set(held) != set(indices):
            raise InputError(f"{name} has other indices than {next(iter(values))}: give the same for all.")
    lines = {
        name: np.array([math.nan if _missing(held[index]) else float(held[index]) for index in indices])
        for name, held in values.items()
    }
    if len(lines) > _TOGETHER:
        return _circles(lines, indices, title, highest, level)
    figure, (axes,) = new_figure(6.6, 5.6, projection="polar")
    _dress_circle(axes, indices, highest, level, 10.5)
    for n, (name, line) in enumerate(lines.items()):
        _closed(axes, line, n, 2.0, label=plain_text(name, 40), marker=marker(n), markersize=5, linestyle=style(n))
    if title:
        axes.set_title(plain_text(title), color=INK, fontsize=12.5, loc="left", pad=22)
    figure.legend(loc="outside right upper", frameon=False, labelcolor=INK, fontsize=9.5)
    return figure


def _circles(
    lines: Mapping[str, np.ndarray], indices: Sequence[str], title: str, highest: float, level: float | None
) -> Any:
    """A small circle for each name, the median of all in grey behind it."""
    rows = -(-len(lines) // _BESIDE)
    figure, panels = new_figure(3.5 * _BESIDE, 2.4 * rows, len(lines), rows, projection="polar")
    together = np.stack(list(lines.values()))
    known = np.isfinite(together).any(0)
    median = np.full(len(indices), math.nan)
    median[known] = np.nanmedian(together[:, known], axis=0)
    for n, (axes, (name, line)) in enumerate(zip(panels, lines.items(), strict=True)):
        _dress_circle(axes, indices, highest, level, 7.5)
        axes.plot(*_around(median), color=QUIET, linewidth=1, linestyle=(0, (2, 1.5)))
        _closed(axes, line, n, 1.6, marker="o", markersize=2.5)
        axes.set_title(plain_text(name, 30), color=INK, fontsize=10, pad=12)
    if title:
        figure.suptitle(plain_text(title), color=INK, fontsize=12.5, x=0.01, ha="left")
    return figure


def _around(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Angles and values of a closed line."""
    angles = np.linspace(0, 2 * np.pi, len(line), endpoint=False)
    return np.append(angles, angles[0]), np.append(line, line[0])


def _closed(axes: Any, line: np.ndarray, n: int, thick: float, **more: Any) -> None:
    axes.plot(*_around(line), color=colour(n), linewidth=thick, clip_on=False, zorder=3, **more)
    if np.isfinite(line).all():
        axes.fill(*_around(line), color=colour(n), alpha=0.08, linewidth=0)


def _dress_circle(axes: Any, indices: Sequence[str], highest: float, level: float | None, size: float) -> None:
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    if level is not None:
        axes.plot(np.linspace(0, 2 * np.pi, 181), np.full(181, level), color=QUIET, linewidth=1, linestyle=(0, (6, 3)))
    axes.set_ylim(0, highest)
    steps = np.linspace(0, highest, 5)[1:]
    # A small circle has no room for all of them.
    axes.set_yticks(steps, [f"{step:g}" if size > 8 or n % 2 else "" for n, step in enumerate(steps)])
    axes.set_rlabel_position(180 / len(indices))
    angles = np.linspace(0, 2 * np.pi, len(indices), endpoint=False)
    axes.set_xticks(angles, texts(indices))
    for label, angle in zip(axes.get_xticklabels(), angles, strict=True):
        # Beside the circle, not across its edge.
        side = np.sin(angle)
        label.set_horizontalalignment("center" if abs(side) < 0.1 else "left" if side > 0 else "right")
    axes.tick_params(axis="x", colors=INK, labelsize=size, pad=0.7 * size - 4)
    axes.tick_params(axis="y", colors=QUIET, labelsize=0.8 * size)
    axes.grid(color=LINE, linewidth=0.8)
    axes.spines["polar"].set_color(LINE)
    axes.set_facecolor(PAPER)


def leaderboard_figure(
    rows: Sequence[tuple[str, float, float | None, float | None]],
    unit: str = "AUROC",
    title: str = "",
    chance: float | None = None,
    bounds: tuple[float, float] | None = (0.0, 1.0),
    marked: Sequence[str] = (),
) -> Any:
    """Bars with intervals, in the order given.

    Parameters
    ----------
    rows: (name, value, low, high); the interval may be None, a missing value is shown as such.
    unit: the axis's name.
    chance: a line at what guessing gives.
    bounds: what the axis spans; None fits it, from zero.
    marked: names whose bars have another colour, such as simple baselines.
    """
    nothing_given(rows)
    figure, (axes,) = new_figure(7.4, 1.25 + 0.42 * len(rows))
    for n, (name, value, low, high) in enumerate(rows):
        if _missing(value):
            axes.annotate(
                "not known",
                (0, n),
                xycoords=axes.get_yaxis_transform(),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=QUIET,
            )
            continue
        finite_values([value], f"Values of {name}")
        other = name in marked
        axes.barh(n, value, height=0.58, color=COLOURS[1] if other else COLOURS[0], alpha=0.42, linewidth=0)
        axes.plot([value] * 2, [n - 0.29, n + 0.29], color=INK, linewidth=2, solid_capstyle="butt")
        ends = "" if _missing(low) or _missing(high) else f"  ({low:.3f} to {high:.3f})"
        if ends:
            axes.plot([low, high], [n, n], color=INK, linewidth=1.2)
            for end in (low, high):
                axes.plot([end] * 2, [n - 0.12, n + 0.12], color=INK, linewidth=1.2)
        axes.annotate(
            f"{value:.3f}{ends}",
            (1, n),
            xycoords=axes.get_yaxis_transform(),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK,
        )
    axes.set_yticks(range(len(rows)), texts([row[0] for row in rows], 36))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    if bounds is not None:
        axes.set_xlim(*bounds)
    if chance is not None:
        axes.axvline(chance, color=QUIET, linewidth=1, linestyle=(0, (6, 3)))
    dress(axes, title, unit, "")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", colors=INK, length=0)
    return figure


def _pair(name: Any, time: Any, value: Any) -> tuple[float, float]:
    time, value = float(time), float(value)
    if not (math.isfinite(time) and time > 0) or not math.isfinite(value):
        raise InputError(f"The time and quality of {name} are {time:g} and {value:g}: a time must be above zero.")
    return time, value


def _missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, (float, np.floating)) and math.isnan(value))
