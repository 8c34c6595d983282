"""Scores of neighbouring slices brought together: an anomaly goes on in the next slice, noise does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

REACH = 2.0
"""Slices farther away than so many times the spread count for nothing."""


def smoothed_along_z(maps: Sequence[np.ndarray], heights_mm: np.ndarray, spread_mm: float) -> Iterator[np.ndarray]:
    """Each map as the mean of those within reach, weighted by a normal distribution of their distance in height.

    Parameters
    ----------
    maps: S arrays of one shape, float32; NaN where there is no score, which stays so and counts for nobody.
    heights_mm: (S,) where they lie, in any order; one that is not known (NaN) is left as it is.
    spread_mm: standard deviation; 0 changes nothing.
    """
    heights = np.asarray(heights_mm, np.float64)
    for place, own in enumerate(maps):
        apart = np.abs(heights - heights[place])
        near = np.flatnonzero(apart <= REACH * spread_mm) if spread_mm > 0 else np.array([place])
        if len(near) <= 1:
            yield own
            continue
        total, weight = np.zeros(own.shape, np.float32), np.zeros(own.shape, np.float32)
        for other in near:
            share = np.float32(np.exp(-0.5 * (apart[other] / spread_mm) ** 2))
            counted = np.isfinite(maps[other])
            total += np.where(counted, share * maps[other], 0)
            weight += np.where(counted, share, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            yield np.where(np.isfinite(own), total / weight, np.nan).astype(np.float32)
