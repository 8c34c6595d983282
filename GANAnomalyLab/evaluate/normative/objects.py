"""Lesions as objects: which of them light up at a threshold, and what lights up elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError

from ..evaluation_options import ObjectOptions

_FULL = np.ones((3, 3, 3))


@dataclass(frozen=True)
class ObjectCounts:
    """Lesions, those found, and responses that touch no lesion; of one scan or of many."""

    lesions: int = 0
    found: int = 0
    false_positives: int = 0

    @property
    def precision(self) -> float:
        """Found lesions among all that was pointed at; NaN where nothing was, or without a lesion."""
        return _ratio(self.found, self.found + self.false_positives) if self.lesions else math.nan

    @property
    def recall(self) -> float:
        """Found lesions among all; NaN without a lesion."""
        return _ratio(self.found, self.lesions)

    @property
    def f1(self) -> float:
        """The harmonic mean of both: 2 found / (lesions + found + false positives); NaN without a lesion."""
        return _ratio(2 * self.found, self.lesions + self.found + self.false_positives) if self.lesions else math.nan

    @classmethod
    def pooled(cls, counts: Iterable[ObjectCounts]) -> ObjectCounts:
        """All scans as one."""
        listed = list(counts)
        return cls(*(sum(getattr(one, name) for one in listed) for name in ("lesions", "found", "false_positives")))


def count_objects(
    heat: np.ndarray, lesion: np.ndarray, threshold: float, voxel_mm3: float = 1.0, options: ObjectOptions | None = None
) -> ObjectCounts:
    """Hold one scan's heat above a threshold against its lesions.

    Parameters
    ----------
    heat: (S, H, W) real, in the heat's unit; what must not count is set to minus infinity.
    lesion: (S, H, W) bool; its connected parts (faces, edges or corners) are the lesions.
    threshold: a voxel responds when its heat is higher.
    voxel_mm3: a voxel's volume.

    Raises
    ------
    InputError: heat that is NaN.
    """
    from scipy import ndimage

    options = options or ObjectOptions()
    if heat.shape != lesion.shape or heat.ndim != 3:
        raise ValueError(f"heat of shape {heat.shape} and lesions of {lesion.shape} are not (S, H, W) of one size")
    if np.isnan(heat).any():
        raise InputError("The heatmap holds values that are not numbers (NaN): make it again.")
    lit = heat > threshold
    lesions, count = ndimage.label(lesion, _FULL)
    sizes = np.bincount(lesions.ravel(), minlength=count + 1)[1:]
    inside = np.bincount(lesions[lit], minlength=count + 1)[1:]
    responses, number = ndimage.label(lit, _FULL)
    touching = np.zeros(number + 1, bool)
    touching[responses[lesion]] = True
    volumes = np.bincount(responses.ravel(), minlength=number + 1) * voxel_mm3
    stray = ~touching & (volumes >= options.least_mm3)
    return ObjectCounts(count, int((inside > options.least_share * sizes).sum()), int(stray[1:].sum()))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
