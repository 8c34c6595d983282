"""Which pixels a scanner measured, and which ones something else filled in with one value."""

from __future__ import annotations

import numpy as np

AIR_HU = (-1150.0, -850.0)
"""One value all over the background may be air that was clipped; outside of this range nothing natural is so even."""
TISSUE_HU = -200.0
LEAST_PIXELS = 25
"""Smaller flat areas at the edge are noise that happens to agree."""
CONTACT_MM = 12.0
"""Tissue that ends at a flat background over more than this was cut there: skin fades over a pixel or two."""
_SHARP = 0.8
_AROUND = 9


def measured_pixels(slices_hu: np.ndarray, pixel_mm: float) -> np.ndarray | None:
    """(S, H, W) bool: False where nothing was measured; None when everything was.

    ``slices_hu`` is (S, H, W) in Hounsfield units, ``pixel_mm`` the distance of two pixels. Not measured are areas of
    exactly one value at the edge of a slice: slices that are all of one value, what registration and resampling leave
    around a turned volume, the corners beyond the reconstruction circle. Where that value is air's, it is only taken
    so when tissue breaks off at it. Each slice is looked at by itself.
    """
    measured: np.ndarray | None = None
    for index, plane in enumerate(slices_hu):
        outside = _filled_in(plane, pixel_mm)
        if outside is not None:
            if measured is None:
                measured = np.ones(slices_hu.shape, bool)
            measured[index] = ~outside
    return measured


def _filled_in(plane: np.ndarray, pixel_mm: float) -> np.ndarray | None:
    """(H, W) bool of the flat areas at one slice's edge that are no air, or None."""
    from scipy import ndimage

    outside = np.zeros(plane.shape, bool)
    for value in _flat_values(plane):
        labels, _ = ndimage.label(plane == value)
        sizes = np.bincount(labels.ravel())
        at_edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
        parts = [part for part in at_edge if part and sizes[part] >= min(LEAST_PIXELS, plane.size)]
        if not parts:
            continue
        area = np.isin(labels, parts)
        if area.all() or not AIR_HU[0] <= value <= AIR_HU[1] or _cuts(plane, area, pixel_mm):
            outside |= area
    return outside if outside.any() else None


def _flat_values(plane: np.ndarray) -> np.ndarray:
    """The values that neighbours at a slice's edge share with those behind them: few, where anything is measured."""
    found = []
    for side in (plane, plane[::-1], plane.T, plane.T[::-1]):
        edge, behind = side[0], side[min(1, len(side) - 1)]
        even = edge == behind
        even[1:] &= edge[1:] == edge[:-1]
        found.append(edge[1:-1][even[1:-1] & even[2:]] if edge.size > 2 else edge)
    return np.unique(np.concatenate(found))


def _cuts(plane: np.ndarray, area: np.ndarray, pixel_mm: float) -> bool:
    """Whether tissue ends at a flat area without fading, over a length that no skin does."""
    from scipy import ndimage

    border = ndimage.binary_dilation(area) & ~area
    sharp = border & (plane > TISSUE_HU)
    if not sharp.any():
        return False
    near = ndimage.uniform_filter(border.astype(np.float32), _AROUND, mode="constant")
    bare = ndimage.uniform_filter(sharp.astype(np.float32), _AROUND, mode="constant")
    cut = sharp & (bare >= _SHARP * near)
    return bool(np.count_nonzero(cut) * pixel_mm > CONTACT_MM)
