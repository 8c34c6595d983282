"""What the slices of a model's normals are like, and how far another slice is from all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .slice_traits import CELLS, GRID, TRAITS

NEIGHBOURS = 8
"""So many normal slices, the most similar ones, say what a slice's traits should be."""
SIZE_WEIGHT = 0.5
"""Of the logarithm of the body's width and height, beside the root mean square of what its cells differ."""
_CELL_STEPS = 255


@dataclass(frozen=True)
class Reference:
    """Slices of normals, and two distances.

    Attributes
    ----------
    rows: (M, :data:`~.slice_traits.NUMBERS`) float32, as :func:`~.slice_traits.describe` makes them.
    usual: no more than 1 in 200 slices of other normals are farther from all of these.
    strange: what is farther than this is nothing that the model knows.
    """

    rows: np.ndarray
    usual: float
    strange: float

    def tensors(self) -> dict[str, np.ndarray]:
        """Arrays to store in a model file (behind "domain.")."""
        return {
            "cells": np.rint(self.rows[:, :CELLS] * _CELL_STEPS).astype(np.uint8),
            "traits": self.rows[:, CELLS:].astype(np.float32),
            "limits": np.array([self.usual, self.strange], np.float32),
        }

    @classmethod
    def stored(cls, tensors: Mapping[str, np.ndarray]) -> Reference | None:
        """The reference out of a model file's arrays; None where it has none. Raises :class:`InputError` for damaged
        ones."""
        if not tensors:
            return None
        cells, traits, limits = (np.asarray(tensors.get(name, ())) for name in ("cells", "traits", "limits"))
        fits = cells.dtype == np.uint8 and len(cells) and cells.shape == (len(traits), CELLS)
        if not fits or traits.shape[1:] != (len(TRAITS),) or limits.shape != (2,) or not 0 < limits[0] <= limits[1]:
            raise InputError("What the model's file tells of its normals cannot be read: get the model again.")
        rows = np.concatenate([cells / np.float32(_CELL_STEPS), traits.astype(np.float32)], 1)
        return cls(rows, float(limits[0]), float(limits[1]))

    def nearest(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N,) distance of slices (N, numbers) to the most similar normal one, and (N, k) places of those."""
        ours, theirs = _code(self.rows), _code(rows)
        squared = (theirs**2).sum(1)[:, None] + (ours**2).sum(1)[None] - 2 * theirs @ ours.T
        order = np.argsort(squared, axis=1, kind="stable")[:, :NEIGHBOURS]
        least = np.take_along_axis(squared, order[:, :1], 1)[:, 0]
        return np.sqrt(np.maximum(least, 0)), order


def _code(rows: np.ndarray) -> np.ndarray:
    size = SIZE_WEIGHT * np.log(rows[:, CELLS : CELLS + 2])
    return np.concatenate([rows[:, :CELLS] / GRID, size], 1)
