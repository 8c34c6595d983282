"""Whether one row of the leaderboard is better than another, on the same patients: the difference and its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

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


def slice_difference(
    tables: StudyTables, first: str, second: str, cancel: CancelToken | None = None
) -> Difference | None:
    """Compare two configurations on the cases that both have a result for; None where there are too few.

    The bootstrap draws whole patients, and the same ones for both configurations. Every kind counts once.
    """
    scored = [row for row in tables.slices if math.isfinite(tables.scoring.of_slice(row))]
    held = [{row["case"] for row in scored if row["configuration"] == name} for name in (first, second)]
    shared = StudyTables([row for row in scored if row["case"] in held[0] & held[1]], scoring=tables.scoring)
    kinds = [kind for kind in dict.fromkeys(row["group"] for row in shared.slices) if kind != BASELINE]
    values, drawn = [], []
    for name in (first, second):
        sides = [slice_sides(shared, name, kind) for kind in kinds]
        if not sides or not all(side.both for side in sides):
            return None
        values.append(float(np.mean([auroc(side.normal.scores, side.abnormal.scores) for side in sides])))
        normal, sets = sides[0].normal, [side.abnormal for side in sides]
        drawn.append(mean_auroc_draws(normal, sets, DRAWS, SEED, cancel or CancelToken()))
    interval = None if drawn[0] is None else percentiles(drawn[0] - drawn[1], LEVEL)
    return None if interval is None else Difference(first, second, values[0] - values[1], *interval)
