"""Whether one row of the leaderboard is better than another, on the same patients: the difference and its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

from ..evaluate.evaluation_options import DRAWS, LEVEL, SEED
from ..evaluate.study import BASELINE, StudyTables
from ..evaluate.study.study_summary import slice_sides
from ..statistics.auroc import auroc
from ..statistics.bootstrap import percentiles
from ..statistics.mean_interval import mean_auroc_draws


@dataclass(frozen=True)
class Difference:
    """Slice AUROC of ``first`` less that of ``second``, means over the kinds of anomaly, with a percentile interval."""

    first: str
    second: str
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.3f} ({100 * LEVEL:.0f} % interval {self.low:+.3f} to {self.high:+.3f})"

    @property
    def words(self) -> str:
        """Which is better, as far as the interval tells."""
        if self.low > 0 or self.high < 0:
            return (
                f"{self.first} has a {'higher' if self.value > 0 else 'lower'} slice AUROC than {self.second}: {self}."
            )
        return f"{self.first} and {self.second} are not told apart by slice AUROC: {self}."


def slice_difference(
    tables: StudyTables, first: str, second: str, cancel: CancelToken | None = None
) -> Difference | None:
    """Compare two configurations on the cases that both have a result for; None where there are too few.

    The bootstrap draws whole patients, and the same ones for both configurations. Every kind counts once.
    """
    return Differences(tables, cancel).between(first, second)


class Differences:
    """Differences of any two configurations of a study; the draws of each are made once for all of its pairs."""

    def __init__(self, tables: StudyTables, cancel: CancelToken | None = None) -> None:
        self._scoring, self._cancel = tables.scoring, cancel or CancelToken()
        self._rows: dict[str, list[dict[str, Any]]] = {}
        for row in tables.slices:
            if math.isfinite(tables.scoring.of_slice(row)):
                self._rows.setdefault(row["configuration"], []).append(row)
        self._cases = {name: frozenset(row["case"] for row in rows) for name, rows in self._rows.items()}
        self._known: dict[tuple[str, frozenset[str]], tuple[float, np.ndarray | None] | None] = {}

    def between(self, first: str, second: str) -> Difference | None:
        """As :func:`slice_difference`."""
        shared = self._cases.get(first, frozenset()) & self._cases.get(second, frozenset())
        one, two = self._area(first, shared), self._area(second, shared)
        if one is None or two is None or one[1] is None or two[1] is None:
            return None
        interval = percentiles(one[1] - two[1], LEVEL)
        return None if interval is None else Difference(first, second, one[0] - two[0], *interval)

    def _area(self, name: str, cases: frozenset[str]) -> tuple[float, np.ndarray | None] | None:
        """The mean slice AUROC over the kinds and its draws, on these cases; None where a side is empty."""
        if (name, cases) not in self._known:
            self._known[name, cases] = self._computed(name, cases)
        return self._known[name, cases]

    def _computed(self, name: str, cases: frozenset[str]) -> tuple[float, np.ndarray | None] | None:
        shared = StudyTables([row for row in self._rows.get(name, ()) if row["case"] in cases], scoring=self._scoring)
        kinds = [kind for kind in dict.fromkeys(row["group"] for row in shared.slices) if kind != BASELINE]
        sides = [slice_sides(shared, name, kind) for kind in kinds]
        if not sides or not all(side.both for side in sides):
            return None
        value = float(np.mean([auroc(side.normal.scores, side.abnormal.scores) for side in sides]))
        normal, sets = sides[0].normal, [side.abnormal for side in sides]
        return value, mean_auroc_draws(normal, sets, DRAWS, SEED, self._cancel)
