"""How long readers take under each treatment, and what the difference is."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...tables.write_csv import plain


@dataclass(frozen=True)
class TimeDifference:
    """``a`` - ``b`` in seconds: the mean over ``readers`` of the differences of their means, and Student's interval,
    which is NaN for one reader."""

    a: str
    b: str
    readers: int
    seconds: float
    low: float
    high: float


@dataclass(frozen=True)
class ReadingTimes:
    """``means``: reader, treatment, readings, seconds (their mean); ``differences`` of each two treatments."""

    means: list[dict[str, Any]]
    differences: list[TimeDifference]

    @classmethod
    def of(cls, means: Sequence[Mapping[str, Any]], treatments: Sequence[str], level: float = 0.95) -> ReadingTimes:
        """From mean times, with differences in the order of ``treatments`` and intervals at ``level`` (0..1)."""
        told = {(row["reader"], row["treatment"]): float(row["seconds"]) for row in means}
        readers = list(dict.fromkeys(row["reader"] for row in means))
        found = []
        for a, b in itertools.combinations(treatments, 2):
            both = [told[name, a] - told[name, b] for name in readers if (name, a) in told and (name, b) in told]
            if both:
                found.append(TimeDifference(a, b, len(both), float(np.mean(both)), *_interval(both, level)))
        return cls([dict(row) for row in means], found)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what cannot be told is None."""
        differences = [dataclasses.asdict(one) for one in self.differences]
        told: dict[str, Any] = plain({"reading_time": self.means, "reading_time_difference": differences})
        return told

    def rows(self) -> list[list[str]]:
        """(reader, treatment, readings, mean time) in words."""
        return [
            [row["reader"], row["treatment"], str(row["readings"]), f"{row['seconds']:.1f} s"] for row in self.means
        ]

    def difference_rows(self) -> list[list[str]]:
        """(difference, mean, interval) in words."""
        return [
            [
                f"{one.a} - {one.b}",
                f"{one.seconds:.1f} s",
                "" if math.isnan(one.low) else f"{one.low:.1f} to {one.high:.1f} s",
            ]
            for one in self.differences
        ]


def _interval(values: Sequence[float], level: float) -> tuple[float, float]:
    from scipy.stats import t

    count, mean = len(values), float(np.mean(values))
    if count < 2:
        return math.nan, math.nan
    half = float(t.ppf((1 + level) / 2, count - 1) * np.std(values, ddof=1) / math.sqrt(count))
    return mean - half, mean + half
