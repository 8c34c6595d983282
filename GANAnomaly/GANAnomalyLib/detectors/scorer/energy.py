"""Two-sided energy of what a reconstruction leaves over: too much of it is abnormal, and so is too little.

A blurred reconstruction fits a smoothed place *better* than a normal one; only a score that looks both ways sees that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...score.differences import Differences

WINDOW, AT, LEAST = 9, 128, 0.02
"""Pixels a side that energy is averaged over, in an image of 128; what is added to it before the logarithm."""
BODY_WINDOW, BODY_GREY = 15, 25.0
"""A place is within the body where slices are brighter than this on average over so many pixels of 128."""
SMOOTH, MOST_USUAL = 3.0, 1e3
FEW = 8
"""A place that fewer normal slices have in their bodies is judged by what all places together show."""


@dataclass(frozen=True)
class Energy:
    """What is usual of a base's remainders.

    Attributes
    ----------
    differences: what normals leave over by pixel, beside similar reconstructions.
    usual, spread: (R, R) float32, mean and standard deviation over other normals of the log energy at each place, less
        its median in the slice's body.
    """

    differences: Differences
    usual: np.ndarray
    spread: np.ndarray

    @classmethod
    def from_normals(cls, differences: Differences, slices: np.ndarray, reconstructions: np.ndarray) -> Energy:
        """From normal slices that ``differences`` has nothing of, (M, R, R) uint8, and their reconstructions."""
        from scipy import ndimage

        total, squares, count = (np.zeros(slices.shape[1:], np.float64) for _ in range(3))
        times = differences.times(slices, reconstructions)
        for picture, leftover in zip(slices, times, strict=True):
            body = in_body(picture)
            level = _above_median(log_energy(leftover), body)
            total += np.where(body, level, 0)
            squares += np.where(body, np.square(level), 0)
            count += body
        whole = max(float(count.sum()), 1.0)
        overall = float(total.sum()) / whole
        common = max(float(squares.sum()) / whole - overall**2, 1e-6)

        def soft(values: np.ndarray) -> np.ndarray:
            smoothed: np.ndarray = ndimage.gaussian_filter(values, SMOOTH * len(slices[0]) / AT)
            return smoothed

        # As if every place had been seen some times more, showing what all places show.
        seen = soft(count) + FEW
        mean = (soft(total) + FEW * overall) / seen
        square = (soft(squares) + FEW * (common + overall**2)) / seen
        deviation = np.sqrt(np.maximum(square - np.square(mean), 0.05 * common))
        return cls(differences, mean.astype(np.float32), deviation.astype(np.float32))

    def of(
        self, picture: np.ndarray, reconstruction: np.ndarray, check: Callable[[], None] = lambda: None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of a slice and its reconstruction, (R, R) uint8: the remainder in units of what is usual there, signed, and
        how unusual its energy is, signed and in standard deviations, 0 outside the body; (R, R) float32."""
        leftover = next(self.differences.times(picture[None], reconstruction[None], check))
        body = in_body(picture)
        level = (_above_median(log_energy(leftover), body) - self.usual) / self.spread
        return leftover, np.where(body, level, 0).astype(np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """Arrays to store in a model file."""
        return {"usual": self.usual, "spread": self.spread, **self.differences.tensors()}

    @classmethod
    def stored(cls, tensors: Mapping[str, np.ndarray], resolution: int) -> Energy:
        """The inverse; raises :class:`InputError` for damaged arrays."""
        differences = Differences.stored(tensors)
        maps = [np.asarray(tensors.get(name, np.empty(0))) for name in ("usual", "spread")]
        right = all(
            one.shape == (resolution,) * 2 and one.dtype == np.float32 and bool((np.abs(one) < MOST_USUAL).all())
            for one in maps
        )
        if differences is None or differences.resolution != resolution or not right or not bool((maps[1] > 0).all()):
            raise InputError("What the scorer knows of normal remainders cannot be read: get the model again.")
        return cls(differences, maps[0], maps[1])


def log_energy(leftover: np.ndarray) -> np.ndarray:
    """(R, R): the logarithm of the mean squared remainder around each pixel."""
    level: np.ndarray = np.log(_mean(np.square(leftover), WINDOW) + np.float32(LEAST))
    return level


def in_body(picture: np.ndarray) -> np.ndarray:
    """(R, R) bool of a slice (R, R) uint8."""
    inside: np.ndarray = _mean(picture.astype(np.float32), BODY_WINDOW) > BODY_GREY
    return inside


def _above_median(level: np.ndarray, body: np.ndarray) -> np.ndarray:
    """A whole slice may be noisier than others."""
    return level - np.float32(np.median(level[body])) if body.any() else level


def _mean(values: np.ndarray, window: int) -> np.ndarray:
    from scipy import ndimage

    side = 2 * max(round((window * len(values) / AT - 1) / 2), 1) + 1
    # Running sums may leave a trace below zero.
    averaged: np.ndarray = np.maximum(ndimage.uniform_filter(values, side, mode="nearest"), 0)
    return averaged
