"""From the score of a patch to that of a slice and of a whole volume: the choices, and the defaults in one place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

SLICE_SCORES = ("patch", "image")
"""A slice's score: of its highest patch, or of the whole image (or region), as scores.csv has them."""
VOLUME_SCORES = ("max", "mean", "top<k>", "p<percent>")
_COLUMNS = {"patch": "patch_score", "image": "score"}
_TOP, _PERCENTILE = re.compile(r"top([1-9]\d{0,5})"), re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


@dataclass(frozen=True)
class Scoring:
    """How scores are brought together.

    ``slice``: one of :data:`SLICE_SCORES`. ``volume``: "max" of the slices, "mean", "top3" (mean of the three highest
    slices, any number), or "p95" (95th percentile, any number; linear between slices).
    """

    slice: str = "patch"
    volume: str = "top3"

    def validate(self) -> None:
        """Raise :class:`InputError` for choices that do not exist."""
        if self.slice not in SLICE_SCORES:
            raise InputError(f"A slice's score is one of {', '.join(SLICE_SCORES)}, not {self.slice!r}.")
        known = self.volume in ("max", "mean") or _TOP.fullmatch(self.volume)
        percent = _PERCENTILE.fullmatch(self.volume)
        if not known and (percent is None or float(percent[1]) > 100):
            raise InputError(
                f"A volume's score is max, mean, top and a number (top3) or p and a percentage (p95), not "
                f"{self.volume!r}."
            )

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
        top = _TOP.fullmatch(self.volume)
        if top:
            return float(values[-int(top[1]) :].mean())
        return float(np.percentile(values, float(self.volume[1:])))

    @property
    def words(self) -> str:
        """How it is done, as a sentence for tables and reports."""
        low = "its highest patch" if self.slice == "patch" else "the whole image or region"
        top, percent = _TOP.fullmatch(self.volume), _PERCENTILE.fullmatch(self.volume)
        if top:
            high = f"the mean of its {top[1]} highest slices"
        elif percent:
            high = f"the {percent[1]}th percentile of its slices"
        else:
            high = f"the {'highest' if self.volume == 'max' else 'mean'} of its slices"
        return f"A slice scores as {low}, a volume as {high}."


DEFAULT = Scoring()
