"""From the score of a patch to that of a slice and of a whole volume: the choices, and the defaults in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..evaluation_options import PERCENTILE, TOP, ScoringRules

_COLUMNS = {"patch": "patch_score", "image": "score"}


@dataclass(frozen=True)
class Scoring(ScoringRules):
    """How scores are brought together."""

    def of_slice(self, row: Mapping[str, Any]) -> float:
        """The score of one row of scores.csv; NaN where it has none."""
        value = row.get(_COLUMNS[self.slice])
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan

    def of_volume(self, slices: Sequence[float]) -> float:
        """The score of a volume from those of its slices (any order); NaN without a slice or with one that is NaN."""
        values = np.sort(np.asarray(slices, dtype=np.float64))
        if not len(values) or not np.isfinite(values).all():
            return math.nan
        if self.volume == "max":
            return float(values[-1])
        if self.volume == "mean":
            return float(values.mean())
        top = TOP.fullmatch(self.volume)
        if top:
            return float(values[-int(top[1]) :].mean())
        return float(np.percentile(values, float(self.volume[1:])))

    @property
    def words(self) -> str:
        """How it is done, as a sentence for tables and reports."""
        low = "its highest patch" if self.slice == "patch" else "the whole image or region"
        top, percent = TOP.fullmatch(self.volume), PERCENTILE.fullmatch(self.volume)
        if top:
            high = f"the mean of its {top[1]} highest slices"
        elif percent:
            high = f"the {percent[1]}th percentile of its slices"
        else:
            high = f"the {'highest' if self.volume == 'max' else 'mean'} of its slices"
        return f"A slice scores as {low}, a volume as {high}."


DEFAULT = Scoring()
