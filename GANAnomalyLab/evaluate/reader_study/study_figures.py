"""Figures of a study of readers: a curve for each reader, and intervals below each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...report.drawing import (
    COLOURS,
    INK,
    QUIET,
    colour,
    dress,
    legend_beside,
    marker,
    new_figure,
    plain_text,
    squared,
    style,
    texts,
    thin,
)
from ...statistics.froc import FrocCase, froc
from ...statistics.readers.reader_anova import Estimate
from ...statistics.readers.readings import Readings
from ...statistics.score_areas import ScoreCounts, roc_curve

_MOST_PANELS, _MOST_NAMED = 4, 16


def curves_figure(readings: Readings, metric: str, threshold: float | None) -> Any | None:
    """A panel for each of the first four treatments with an ROC curve (of located findings: FROC) for each reader.

    A mark shows where a threshold lies. None where no reader has a curve.
    """
    kinds = [n for n in range(len(readings.treatments)) if _curves(readings, n, metric)][:_MOST_PANELS]
    if not kinds:
        return None
    named = len(readings.readers) <= _MOST_NAMED
    figure, panels = new_figure(4.1 * len(kinds) + (1.5 if named else 0.3), 4.3, len(kinds))
    for axes, kind in zip(panels, kinds, strict=True):
        title = called(readings.treatments[kind], "treatment")
        for reader, (across, up, point) in _curves(readings, kind, metric, threshold).items():
            look = {"color": colour(reader), "linestyle": style(reader), "linewidth": 1.8} if named else {
                "color": QUIET, "linewidth": 0.8, "alpha": 0.6}  # fmt: skip
            name = plain_text(called(readings.readers[reader], "reader"), 24)
            axes.plot(*thin(across, up), label=name if named and axes is panels[0] else None, **look)
            if point is not None:
                axes.plot(
                    *point, marker=marker(reader), color=look["color"], markersize=7, markeredgecolor=INK, clip_on=False
                )
        if metric == "jafroc":
            axes.set_ylim(-0.01, 1.01)
            axes.sharex(panels[0])
            dress(axes, title, "marks on no lesion per case", "share of lesions marked")
        else:
            axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.9, linestyle=(0, (1, 3)))
            squared(axes)
            dress(axes, title, "false positive rate", "true positive rate")
    if named:
        legend_beside(figure, panels[0])
    return figure


def called(name: str, what: str) -> str:
    """A name as a figure shows it: "reader 1" of one that is a number."""
    return f"{what} {name}" if name.isdecimal() else name


def _curves(
    readings: Readings, kind: int, metric: str, threshold: float | None = None
) -> dict[int, tuple[np.ndarray, np.ndarray, tuple[float, float] | None]]:
    """Curves of a treatment by reader, and where the threshold is on them."""
    found: dict[int, tuple[np.ndarray, np.ndarray, tuple[float, float] | None]] = {}
    for reader in range(len(readings.readers)):
        held = (readings.treatment == kind) & (readings.reader == reader)
        truth, rating = readings.truth[held], readings.rating[held]
        if not truth.any() or truth.all():
            continue
        if metric == "jafroc":
            across, up, _ = froc(_located(readings, np.flatnonzero(held)))
            found[reader] = across, up, None
            continue
        across, up = roc_curve(ScoreCounts.of(rating[~truth], rating[truth]))
        called = rating >= threshold if threshold is not None else None
        point = None if called is None else (float(called[~truth].mean()), float(called[truth].mean()))
        found[reader] = across, up, point
    return found


def _located(readings: Readings, held: np.ndarray) -> list[FrocCase]:
    """One reader's marks by case."""
    cases = []
    lesion, rating = readings.lesion, readings.rating
    for case in np.unique(readings.case[held]):
        own = held[readings.case[held] == case]
        count = len(np.unique(lesion[(readings.case == case) & (lesion >= 0)]))
        on = {n: max(rating[own][lesion[own] == n]) for n in np.unique(lesion[own]) if n >= 0}
        off = [value for value in rating[own][lesion[own] < 0] if np.isfinite(value)]
        cases.append(FrocCase(tuple(value for value in on.values() if np.isfinite(value)), tuple(off), count))
    return cases


def intervals_figure(rows: Sequence[tuple[str, Estimate, bool]], unit: str, title: str, zero: bool = False) -> Any:
    """Estimates with their intervals, below each other; those that are marked stand out.

    ``rows`` are (name, estimate, marked); with ``zero`` a line stands there.
    """
    figure, (axes,) = new_figure(7.6, 1.3 + 0.36 * len(rows))
    for n, (_, found, marked) in enumerate(rows):
        ink = COLOURS[1] if marked else COLOURS[0]
        if found.low is not None and found.high is not None:
            axes.plot([found.low, found.high], [n, n], color=ink, linewidth=2.6 if marked else 1.5)
        axes.plot(
            found.estimate, n, marker="D" if marked else "o", color=ink, markersize=7 if marked else 5, linestyle=""
        )
        ends = "  (no interval)" if found.low is None else f"  ({found.low:.3f} to {found.high:.3f})"
        axes.annotate(
            f"{found.estimate:.3f}{ends}",
            (1, n),
            xycoords=axes.get_yaxis_transform(),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK,
            fontweight="bold" if marked else "normal",
        )
    axes.set_yticks(range(len(rows)), texts([row[0] for row in rows], 36))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    if zero:
        axes.axvline(0, color=QUIET, linewidth=1, linestyle=(0, (6, 3)))
    dress(axes, title, unit)
    return figure


def power_figure(rows: Sequence[tuple[int, Sequence[int], Sequence[float]]], wanted: float) -> Any:
    """Power against cases, a line for each number of readers; ``rows`` are (readers, cases, power 0..1)."""
    figure, (axes,) = new_figure(7.4, 4.2)
    for n, (readers, cases, power) in enumerate(rows):
        axes.plot(
            cases,
            power,
            color=colour(n),
            linestyle=style(n),
            marker=marker(n),
            markersize=4,
            label=f"{readers} readers",
        )
    axes.axhline(wanted, color=QUIET, linewidth=1, linestyle=(0, (6, 3)))
    axes.set_ylim(-0.01, 1.01)
    dress(axes, "Power of the next study", "cases", "power")
    legend_beside(figure, axes)
    return figure
