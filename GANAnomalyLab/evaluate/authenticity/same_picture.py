"""Whether two images show the same: their fine structure correlates, wherever one was moved to, bright or grainy.

Slices of different people at one height look alike to any network. What they never share is where each fine edge
lies, and that is what a copy keeps: through more or less light, grain, a few pixels' shift and mirroring.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDES = (64, 128)
"""Images are laid over each other coarsely first, then finely about the best place."""
INNER, OUTER = 1.0, 4.0
"""Pixels: structures between these deviations of Gaussians count. Grain is finer, light and shade are coarser."""
REACH = 1 / 16
"""The farthest shift that is looked for, of the side."""
HOPELESS = 0.6
"""A coarse correlation below which a fine one is not worth the time."""
_PLAIN = 0.3
"""The share of an image, where it shows the least structure, by which the other one's grain is told."""
_LEAST_RELIABLE = 0.5
_MEDIAN_OF_SQUARES = 0.455
"""Of numbers from N(0, 1)."""
_FLAT = 0.5
"""Grey levels: where the structure deviates less, there is none."""


@dataclass(frozen=True)
class Structure:
    """An image's structure at 64 and at 128 pixels, float32."""

    coarse: np.ndarray
    fine: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray) -> Structure:
        """Of (128, 128) grey levels 0 to 255."""
        return cls(band(halved(image), INNER, OUTER), band(image, INNER, OUTER))


def similarity(known: Structure, asked: Structure) -> float:
    """The highest correlation (0 to 1) of the middle of ``asked`` with ``known`` over all shifts within reach.

    1 for copies, however bright; 0.92 and more for copies moved by up to 5 % of the side, brightened by half until
    white is cut, or under grain of 30 of 255 (of images of 64 pixels or more); grain that an image shows where the
    other is plain is made up for (:func:`_reliability`). 0 for images without structure. Coarse correlations below 0.6
    are given halved, as nothing that a decision would need.
    """
    side = SIDES[0]
    reach = round(REACH * side)
    found, row, column = _best_place(known.coarse, asked.coarse, reach, (0, 2 * reach), (0, 2 * reach))
    if found < HOPELESS:
        return max(found, 0.0) / 2
    finer = SIDES[1] // side
    reach *= finer
    rows, columns = ((max(0, at * finer - 2), min(2 * reach, at * finer + 2)) for at in (row, column))
    found, row, column = _best_place(known.fine, asked.fine, reach, rows, columns)
    if found <= 0:
        return 0.0
    middle = asked.fine[reach:-reach, reach:-reach]
    there = known.fine[row : row + len(middle), column : column + len(middle)]
    return min(found / float(np.sqrt(_reliability(middle, there) * _reliability(there, middle))), 1.0)


def _reliability(image: np.ndarray, other: np.ndarray) -> float:
    """The share (0.5 to 1) of an image's variance that is no grain, told by where the other image is plain.

    There a copy has nothing but its grain, and medians pass over the few edges that another picture has there. What a
    correlation loses by grain is made up for by dividing by the root of both shares (Spearman 1904).
    """
    from scipy.ndimage import gaussian_filter

    strength = gaussian_filter(other**2, 2.0)
    plain = strength <= np.quantile(strength, _PLAIN)
    grain = float(np.median(image[plain] ** 2)) / _MEDIAN_OF_SQUARES
    return max(1 - grain / max(float(np.mean(image**2)), 1e-9), _LEAST_RELIABLE)


def band(image: np.ndarray, inner: float, outer: float) -> np.ndarray:
    """What of an image lies between two scales: a difference of Gaussians, float32."""
    from scipy.ndimage import gaussian_filter

    image = np.asarray(image, np.float32)
    return gaussian_filter(image, inner) - gaussian_filter(image, outer)


def halved(image: np.ndarray) -> np.ndarray:
    """The means of two by two pixels."""
    rows, columns = (side // 2 for side in image.shape)
    return image.reshape(rows, 2, columns, 2).mean((1, 3), dtype=np.float32)


def _best_place(
    known: np.ndarray, asked: np.ndarray, reach: int, rows: tuple[int, int], columns: tuple[int, int]
) -> tuple[float, int, int]:
    """The highest correlation of the middle of ``asked`` within ``known``, and at which row and column it begins;
    ``rows`` and ``columns`` are the first and last tried, 0 to twice the reach."""
    middle = asked[reach:-reach, reach:-reach]
    middle = (middle - middle.mean()).ravel()
    size = middle.size
    windows = np.lib.stride_tricks.sliding_window_view(known, (asked.shape[0] - 2 * reach,) * 2)
    tried = windows[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1].reshape(-1, size)
    sums = tried.sum(1)
    squares = np.maximum(np.einsum("ij,ij->i", tried, tried) - sums**2 / size, 0)
    own = float(middle @ middle)
    if own < size * _FLAT**2:
        return 0.0, reach, reach
    correlations = np.where(squares < size * _FLAT**2, 0, tried @ middle / np.sqrt(np.maximum(squares, 1e-9) * own))
    at = int(correlations.argmax())
    width = columns[1] - columns[0] + 1
    return min(float(correlations[at]), 1.0), rows[0] + at // width, columns[0] + at % width
