"""Whether scores change with time, site or device: tests of each against the rest, and an alarm over the weeks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

from .judged_rows import BY_SCORE, judge

SPLITS = ("week", "site", "device")
_LEAST = 10
_SLACK, _ALARM = 0.5, 5.0
"""Of the CUSUM, in standard deviations of a week's mean (Page 1954): deviations below the slack do not add up."""
_BASE = 0.5
"""The share of the weeks, the first ones, that say what is usual."""


@dataclass(frozen=True)
class DriftRow:
    """One week, site or device against the rest: the Kolmogorov-Smirnov distance of scores, its p, and q, the same
    controlled for the number of rows (Benjamini and Hochberg 1995)."""

    split: str
    value: str
    images: int
    median: float
    distance: float
    p: float
    q: float


@dataclass(frozen=True)
class Drift:
    """``rows`` by split and value; ``alarm_week`` the first week at which the CUSUM of weekly means passes its limit in
    either direction (weeks are counted from a day that only the store knows), None where none does, and ``cusum`` its
    (week, rising, falling) course. ``notes``: what could not be said."""

    rows: list[DriftRow]
    alarm_week: int | None
    cusum: list[tuple[int, float, float]]
    notes: list[str]


def find_drift(store: Path | str, by: str | None = None) -> Drift:
    """Compare scores (or, ``by`` "checks", oddness) between weeks, sites and devices.

    Raises :class:`InputError` where no header says any of these.
    """
    judged = judge(store, SPLITS, by)
    scores = judged.score if judged.by == BY_SCORE else judged.oddness
    usable = judged.readable & np.isfinite(scores)
    rows: list[DriftRow] = []
    notes: list[str] = []
    for split in SPLITS:
        values = judged.table[split].to_pylist()
        found = _split(split, values, scores, usable)
        if not found:
            notes.append(f"No two {split}s with {_LEAST} images each: nothing to compare.")
        rows += found
    if not rows:
        raise InputError(
            "The images' headers name no two weeks, sites or devices with "
            f"{_LEAST} images each: there is nothing to compare."
        )
    alarm, course = _cusum(judged.table["week"].to_pylist(), scores, usable, notes)
    return Drift(rows, alarm, course, notes)


def _split(split: str, values: list[Any], scores: np.ndarray, usable: np.ndarray) -> list[DriftRow]:
    from scipy.stats import false_discovery_control, ks_2samp

    told = np.array(["" if value is None else str(value) for value in values], dtype=str)
    named = (told != "") & usable
    rows = []
    for value in sorted(
        set(told[named].tolist()), key=lambda text: (len(text), text) if split == "week" else (0, text)
    ):
        inside = named & (told == value)
        rest = named & ~inside
        if inside.sum() >= _LEAST and rest.sum() >= _LEAST:
            test = ks_2samp(scores[inside], scores[rest], method="asymp")
            p = float(test.pvalue)
            median = float(np.median(scores[inside]))
            rows.append(DriftRow(split, value, int(inside.sum()), median, float(test.statistic), p, p))
    if rows:
        controlled = false_discovery_control([row.p for row in rows])
        rows = [replace(row, q=float(q)) for row, q in zip(rows, controlled, strict=True)]
    return rows


def _cusum(
    weeks: list[Any], scores: np.ndarray, usable: np.ndarray, notes: list[str]
) -> tuple[int | None, list[tuple[int, float, float]]]:
    """Page's two-sided cumulative sum of weekly means, in standard deviations of what the first half shows."""
    by_week: dict[int, list[float]] = {}
    for week, score, counts in zip(weeks, scores, usable, strict=True):
        if counts and week is not None:
            by_week.setdefault(int(week), []).append(float(score))
    ordered = sorted(by_week)
    base = ordered[: max(2, int(len(ordered) * _BASE))]
    usual = np.array([score for week in base for score in by_week[week]])
    if len(ordered) < 4 or len(usual) < 2 * _LEAST:
        notes.append("Too few weeks for an alarm: 4 are needed.")
        return None, []
    middle, spread = float(usual.mean()), max(float(usual.std(ddof=1)), 1e-9)
    rising = falling = 0.0
    alarm: int | None = None
    course = []
    for week in ordered:
        mean, count = float(np.mean(by_week[week])), len(by_week[week])
        deviation = (mean - middle) / (spread / np.sqrt(count))
        rising = max(0.0, rising + deviation - _SLACK)
        falling = max(0.0, falling - deviation - _SLACK)
        course.append((week, rising, falling))
        if alarm is None and max(rising, falling) > _ALARM:
            alarm = week
    return alarm, course
