"""Scores on the window grid, and heatmaps made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from ....errors import InputError


@dataclass
class PicardMaps:
    """What the windows of one image say.

    Attributes
    ----------
    scores: by metric, (rows, columns) float32; NaN for windows that were skipped as background.
    rows, columns: upper left corners of the holes in the image, (rows,) and (columns,) int. hole: its side in pixels.
    shape: (H, W) of the image.
    completions: (rows, columns) int, how many each window got.
    reconstruction: the image's own shape, float32 in [-1, 1]: in each pixel the mean over holes of the completion
        nearest to the truth; the image itself where there was no hole.
    averaged: which kind of heatmap :meth:`map` makes unless told.
    batch: completions at a time in the end; less than at first where memory ran out, which ``notes`` then say.
    """

    scores: dict[str, np.ndarray]
    rows: np.ndarray
    columns: np.ndarray
    hole: int
    shape: tuple[int, int]
    completions: np.ndarray
    reconstruction: np.ndarray
    averaged: bool = False
    batch: int = 1
    notes: list[str] = field(default_factory=list)

    @property
    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the holes' centres in pixels, pixel centres being whole numbers."""
        return self.rows + (self.hole - 1) / 2, self.columns + (self.hole - 1) / 2

    def map(self, metric: str | None = None, averaged: bool | None = None) -> np.ndarray:
        """The (H, W) float32 heatmap of a metric (default: the first); NaN where no scored window's hole is.

        Averaged: the mean of the scores of all holes over a pixel (a score tells of the hole's content alone, so the
        hole is the window's footprint). Otherwise bicubic between the holes' centres (Keys, IEEE ASSP 1981, a = -0.5),
        the nearest centre's value beyond the outermost ones; skipped windows lend nothing.
        """
        metric = next(iter(self.scores)) if metric is None else metric
        if metric not in self.scores:
            raise InputError(f"The metric {metric!r} was not made; there are: {', '.join(self.scores)}.")
        scores = self.scores[metric]
        if np.isnan(scores).all():
            return np.full(self.shape, np.nan, np.float32)
        total, count = self._footprints(scores)
        if self.averaged if averaged is None else averaged:
            heat = total / np.maximum(count, 1)
        else:
            heat = self._between(scores)
        return np.where(count > 0, heat, np.nan).astype(np.float32)

    def windows(self, metric: str | None = None) -> np.ndarray:
        """(H - hole + 1, W - hole + 1) float32: a score at its hole's upper left corner, NaN elsewhere."""
        scores = next(iter(self.scores.values())) if metric is None else self.scores[metric]
        out = np.full((self.shape[0] - self.hole + 1, self.shape[1] - self.hole + 1), np.nan, np.float32)
        out[np.ix_(self.rows, self.columns)] = scores
        return out

    def _footprints(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total, count = np.zeros(self.shape), np.zeros(self.shape)
        for row, top in enumerate(self.rows):
            for column, left in enumerate(self.columns):
                if not np.isnan(scores[row, column]):
                    part = slice(top, top + self.hole), slice(left, left + self.hole)
                    total[part] += scores[row, column]
                    count[part] += 1
        return total, count

    def _between(self, scores: np.ndarray) -> np.ndarray:
        if np.isnan(scores).any():
            nearest = ndimage.distance_transform_edt(np.isnan(scores), return_distances=False, return_indices=True)
            scores = scores[tuple(nearest)]
        down, across = (_cubic(side, centres) for side, centres in zip(self.shape, self.centres, strict=True))
        # A distance has no negative values, which the cubic's overshoot might give.
        between: np.ndarray = np.maximum(down @ scores.astype(np.float64) @ across.T, 0)
        return between


def _cubic(side: int, centres: np.ndarray) -> np.ndarray:
    """(side, centres) weights of cubic convolution; the outermost centres stand for all beyond them."""
    place = np.interp(np.arange(side), centres, np.arange(len(centres)))
    base = np.floor(place).astype(int)
    weights = np.zeros((side, len(centres)))
    for step in range(-1, 3):
        far = np.abs(place - (base + step))
        near = (1.5 * far - 2.5) * far**2 + 1
        away = ((-0.5 * far + 2.5) * far - 4) * far + 2
        tap = np.where(far <= 1, near, np.where(far < 2, away, 0))
        np.add.at(weights, (np.arange(side), np.clip(base + step, 0, len(centres) - 1)), tap)
    return weights
