"""Which side is which: how the left of an image differs from its right, and whether that is as in the others.

A heart, a stomach's bubble, a liver lie on one side. Films of one kind are therefore lopsided in one and the same way,
and one that was mirrored in the opposite.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .cheap_checks import resized

CELLS = 8
SIZE = CELLS * CELLS // 2
"""Bytes that are kept of an image: int8, a cell each, of its left half."""
_SIDE, _SHIFT = 64, 10
LEAST_ALIKE = -0.25
"""An image is mirrored whose sides are as unlike the others' as this correlation says, or more."""
_AGREED, _MOST = 0.3, 0.15
"""Sides mean something where images agree so far (the length of their mean direction, 0 to 1), and where no more than
this share of them would be mirrored: hands are left as often as right."""


def sides_of(small: np.ndarray) -> bytes:
    """Left less right of (H, W) grey levels, about the upright axis that divides it best, :data:`SIZE` bytes."""
    square = resized(small, (_SIDE, _SIDE))
    square = square - square.mean()
    parts = (square[:, shift:] if shift >= 0 else square[:, :shift] for shift in range(-_SHIFT, _SHIFT + 1))
    differences = (part - part[:, ::-1] for part in parts)
    least = min(differences, key=lambda one: float((one * one).mean()))
    difference = resized(least[:, : least.shape[1] // 2], (CELLS, CELLS // 2))
    scaled: np.ndarray = np.rint(difference * (127 / max(float(np.abs(difference).max()), 1e-3)))
    return scaled.astype(np.int8).tobytes()


def alike_sides(sides: np.ndarray, groups: Iterable[np.ndarray]) -> np.ndarray:
    """(N,) how far the sides of (N, SIZE) int8 are as those of the others in their group, -1 (mirrored) to 1.

    ``groups`` are numbers of rows; not-a-number for rows of none, and for those of groups that do not agree.
    """
    out = np.full(len(sides), np.nan)
    for rows in groups:
        given = sides[rows].astype(np.float32)
        directions = given / np.maximum(np.linalg.norm(given, axis=1, keepdims=True), 1e-6)
        usual = directions.mean(0)
        agreed = float(np.linalg.norm(usual))
        alike = directions @ usual / max(agreed, 1e-6)
        if agreed >= _AGREED and (alike < LEAST_ALIKE).mean() <= _MOST:
            out[rows] = alike
    return out
