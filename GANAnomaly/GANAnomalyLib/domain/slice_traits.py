"""What a slice of a CT or an MR is like, in few numbers: what lies where in the body, its size, and how it was scanned.

Everything is measured on pixels about as large as the network's, since finer ones are averaged before it sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..volume.body import Body
from ..volume.framing import PlaneBox

GRID = 8
"""Cells along each side of the box around the body."""
RANGES_HU = ((-1000.0, -200.0), (-150.0, 150.0), (150.0, 650.0))
"""From lung to fat, from fat to soft tissue and contrast, and bone: a cell has the mean height within each."""
RANGES_MR = ((0.0, 40.0), (40.0, 80.0), (80.0, 120.0))
"""The same in percent of an MR's white: what is dark, grey and bright."""
CELLS = GRID * GRID * len(RANGES_HU)
TRAITS = (
    *("width_cm", "height_cm", "z_mm", "slice_mm", "pixel_mm"),
    *("air", "fat", "enhancement", "noise", "edge", "cut"),
)
"""After the cells: the body's size; the slice's place above the lowest one; distances of slices and of pixels; HU of
the air beside the body, of fat, and of what enhances most; grain of even tissue in HU; width of the skin's edge in mm;
the share of the body's outline at which it is cut. Not-a-number, of an MR, is all that HU or skin would tell."""
NUMBERS = CELLS + len(TRAITS)
AIR_HU = -1000.0
_WINDOW = 5
_EVEN_SHARE, _BRIGHT_SHARE, _AIR_SHARE = 20, 99, 10
_EVEN_HU = 35.0
_FEW, _LEAST_BESIDE = 20, 0.02


def describe(
    slices_hu: np.ndarray,
    body: Body,
    pixel_mm: float,
    numbers: Sequence[int] | None = None,
    white: float | None = None,
) -> np.ndarray:
    """(N, :data:`NUMBERS`) float32 of slices (S, H, W) in HU, or of the ``numbers`` among them.

    ``pixel_mm`` is the size of the network's pixels. ``white``: the slices are of an MR in which this value is white.
    Not-a-number where something cannot be told; a slice without a body has nothing else.
    """
    chosen = list(range(len(slices_hu)) if numbers is None else numbers)
    factor = max(1, int(pixel_mm / max(body.spacing[1:]) + 1e-6))

    def described(number: int) -> np.ndarray:
        mask = body.mask[number]
        if not mask.any():
            return np.full(NUMBERS, np.nan, np.float32)
        measured = None if body.measured is None else body.measured[number]
        plane = _Plane.of(slices_hu[number], mask, measured, factor)
        return _described(plane, number, body.spacing, factor, white)

    return np.stack([described(number) for number in chosen]) if chosen else np.empty((0, NUMBERS), np.float32)


@dataclass(frozen=True)
class _Plane:
    """One slice on pixels about as large as the network's: HU, the body, and what was measured."""

    hu: np.ndarray
    body: np.ndarray
    measured: np.ndarray

    @classmethod
    def of(cls, hu: np.ndarray, body: np.ndarray, measured: np.ndarray | None, factor: int) -> _Plane:
        coarse = _averaged(body, factor) >= 0.5
        if not coarse.any():
            coarse = _averaged(body, factor) > 0
        seen = np.ones(coarse.shape, bool) if measured is None else _averaged(measured, factor) >= 0.5
        return cls(_averaged(hu, factor), coarse, seen)


def _described(
    plane: _Plane, number: int, spacing: tuple[float, float, float], factor: int, white: float | None
) -> np.ndarray:
    r0, r1, c0, c1 = _box(plane.body)
    values = plane.hu if white is None else plane.hu * np.float32(100 / white)
    inside = np.where(plane.body, values, AIR_HU)[r0:r1, c0:c1]
    rows, cols = _shares(r1 - r0), _shares(c1 - c0)
    ranges = RANGES_HU if white is None else RANGES_MR
    cells = [rows @ np.clip((inside - low) / (high - low), 0, 1) @ cols.T for low, high in ranges]
    beside = plane.hu[~plane.body & plane.measured]
    # Of the darkest, since a table and what lies on it are not air.
    air = np.percentile(beside, _AIR_SHARE) if beside.size >= _LEAST_BESIDE * plane.hu.size else np.nan
    slice_mm, pixel_mm = spacing[0], max(spacing[1:])
    size = factor * (c1 - c0) * spacing[2] / 10, factor * (r1 - r0) * spacing[1] / 10
    edge, cut = _outline(plane, factor * pixel_mm)
    told = (air, *_tissue(plane), edge) if white is None else (np.nan,) * 5
    traits = (*size, number * slice_mm, slice_mm, pixel_mm, *told, cut)
    return np.concatenate([np.stack(cells).ravel(), traits]).astype(np.float32)


def _tissue(plane: _Plane) -> tuple[float, float, float]:
    """HU of fat and of what enhances most, and the grain of even tissue."""
    from scipy import ndimage

    hu = plane.hu

    def spread_around(middle: np.ndarray) -> np.ndarray:
        spread: np.ndarray = np.sqrt(np.maximum(ndimage.uniform_filter((hu - middle) ** 2, _WINDOW), 0))
        return spread

    near, wide = ndimage.uniform_filter(hu, 3), ndimage.uniform_filter(hu, _WINDOW)
    deep = ndimage.binary_erosion(plane.body, iterations=2)
    fat = near[plane.body & (near > -160) & (near < -40)]
    grain = spread_around(near)[deep & (wide > -130) & (wide < 150)]
    bone = ndimage.binary_dilation(near > 250, iterations=4)
    even = wide[deep & ~bone & (wide > 0) & (wide < 400) & (spread_around(wide) < _EVEN_HU)]
    return _share_of(fat, 50), _share_of(even, _BRIGHT_SHARE), _share_of(grain, _EVEN_SHARE)


def _outline(plane: _Plane, pixel_mm: float) -> tuple[float, float]:
    """Millimetres over which skin fades into air, and the share of the body's outline that lies where the scan ends."""
    from scipy import ndimage

    rim = plane.body & ~ndimage.binary_erosion(plane.body)
    ended = ndimage.binary_dilation(~plane.measured, border_value=1)
    cut = float(ended[rim].mean()) if rim.any() else 0.0
    slope = ndimage.maximum_filter(np.hypot(*np.gradient(plane.hu)), 3)
    step = ndimage.maximum_filter(plane.hu, 7) - ndimage.minimum_filter(plane.hu, 7)
    skin = rim & ~ndimage.binary_dilation(ended, iterations=3) & (step > 300) & (slope > 0)
    return _share_of(step[skin] / slope[skin], 50) * pixel_mm, cut


def _share_of(values: np.ndarray, percent: float) -> float:
    """What so many percent of some values reach at most; not-a-number for too few of them."""
    return float(np.percentile(values, percent)) if values.size >= _FEW else np.nan


def _box(mask: np.ndarray) -> PlaneBox:
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1


def _shares(size: int) -> np.ndarray:
    """(GRID, size): the share that each pixel has in the mean of a cell."""
    edges = np.linspace(0, size, GRID + 1)
    pixels = np.arange(size)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shares: np.ndarray = (np.clip(covered, 0, None) * (GRID / size)).astype(np.float32)
    return shares


def _averaged(plane: np.ndarray, factor: int) -> np.ndarray:
    """Means of ``factor`` x ``factor`` pixels, float32."""
    height, width = (size // factor * factor for size in plane.shape)
    if factor == 1 or not min(height, width):
        return plane.astype(np.float32)
    rows = np.add.reduceat(plane[:height, :width], np.arange(0, height, factor), 0, np.float32)
    averaged: np.ndarray = np.add.reduceat(rows, np.arange(0, width, factor), 1) / np.float32(factor**2)
    return averaged
