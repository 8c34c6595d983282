"""Whether scores change with time, site or device: tests of each against the rest, and an alarm over the weeks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError

from ..statistics.against_the_rest import RankedOnce, distance_test, false_discovery
from .judged_rows import BY_SCORE, judge
from .rows import categories, rows_by_place, values_of

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
    ranked = RankedOnce(np.where(usable, scores, 0.0))
    for split in SPLITS:
        found = _split(split, *categories(judged.table, split), scores, usable, ranked)
        if not found:
            notes.append(f"No two {split}s with {_LEAST} images each: nothing to compare.")
        rows += found
    if not rows:
        raise InputError(
            "The images' headers name no two weeks, sites or devices with "
            f"{_LEAST} images each: there is nothing to compare."
        )
    alarm, course = _cusum(*values_of(judged.table, "week"), scores, usable, notes)
    return Drift(rows, alarm, course, notes)


def _split(
    split: str, names: list[object], place_of: np.ndarray, scores: np.ndarray, usable: np.ndarray, ranked: RankedOnce
) -> list[DriftRow]:
    every = ranked.counts(usable & (place_of >= 0))
    rows = []
    for name, inside in zip(names, rows_by_place(place_of, len(names), usable), strict=True):
        counts = ranked.counts(inside)
        rest = every - counts
        if len(inside) >= _LEAST and rest.sum() >= _LEAST:
            distance, p = distance_test(rest, counts)
            rows.append(DriftRow(split, str(name), len(inside), float(np.median(scores[inside])), distance, p, p))
    controlled = false_discovery([row.p for row in rows])
    return [replace(row, q=float(q)) for row, q in zip(rows, controlled, strict=True)]


def _cusum(
    weeks: np.ndarray, known: np.ndarray, scores: np.ndarray, usable: np.ndarray, notes: list[str]
) -> tuple[int | None, list[tuple[int, float, float]]]:
    """Page's two-sided cumulative sum of weekly means, in standard deviations of what the first half shows."""
    counted = known & usable
    ordered, place_of = np.unique(weeks[counted], return_inverse=True)
    counts = np.bincount(place_of)
    means = np.bincount(place_of, scores[counted]) / np.maximum(counts, 1)
    first = max(2, int(len(ordered) * _BASE))
    usual = scores[counted][place_of < first]
    if len(ordered) < 4 or len(usual) < 2 * _LEAST:
        notes.append("Too few weeks for an alarm: 4 are needed.")
        return None, []
    middle, spread = float(usual.mean()), max(float(usual.std(ddof=1)), 1e-9)
    rising = falling = 0.0
    alarm: int | None = None
    course = []
    for week, mean, count in zip(ordered.tolist(), means.tolist(), counts.tolist(), strict=True):
        deviation = (mean - middle) / (spread / math.sqrt(count))
        rising = max(0.0, rising + deviation - _SLACK)
        falling = max(0.0, falling - deviation - _SLACK)
        course.append((week, rising, falling))
        if alarm is None and max(rising, falling) > _ALARM:
            alarm = week
    return alarm, course
