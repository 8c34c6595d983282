"""Scores of different kinds in one unit: 0 for what normal slices mostly show, 1 for their usual highest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError

NAMES = ("own", "learned", "energy")


@dataclass(frozen=True)
class Scales:
    """``values`` (3, 2) float32: for each of :data:`NAMES` the median and the usual highest value of normal slices."""

    values: np.ndarray

    @classmethod
    def stored(cls, values: np.ndarray) -> Scales:
        """Raises :class:`InputError` for values that cannot be."""
        values = np.asarray(values)
        right = values.shape == (len(NAMES), 2) and values.dtype == np.float32 and bool(np.isfinite(values).all())
        if not right or not bool((values[:, 1] > values[:, 0]).all()):
            raise InputError("What the scorer knows of normal scores cannot be read: get the model again.")
        return cls(values)

    def score(self, name: str, values: np.ndarray) -> np.ndarray:
        """(R, R) float32 of values of one kind."""
        common, usual = self.values[NAMES.index(name)]
        score: np.ndarray = np.maximum(values - common, 0) / (usual - common)
        return score.astype(np.float32)


def scale_of(maps: Iterable[np.ndarray]) -> tuple[float, float]:
    """The median of normal slices' medians, and that of their highest values; (0, 1) without any slice."""
    found = [(float(np.median(values)), float(values.max())) for values in maps]
    if not found:
        return 0.0, 1.0
    common, highest = (float(np.median(column)) for column in zip(*found, strict=True))
    return common, max(highest, common + 0.01 * abs(common) + 1e-3)
