"""The body of a whole virtual patient, in three dimensions.

Apart from the rule by which slices are analysed (:mod:`GANAnomalyLib.volume.body`): where anomalies are put depends
on it to the voxel, and so do the published cases of the benchmark.
"""

from __future__ import annotations

import numpy as np


def body_mask(slices_hu: np.ndarray, floor_hu: float) -> np.ndarray:
    """The largest connected part above ``floor_hu``, its holes filled slice by slice.

    ``slices_hu`` is (S, H, W) in Hounsfield units, ``floor_hu`` usually the window's floor; returns (S, H, W) bool,
    all False when nothing lies above the floor. A small opening in the plane (about 1/128 of the slice, some
    millimetres) first cuts off sheets and thin contacts such as the table.
    """
    from scipy import ndimage

    above = slices_hu > floor_hu
    if not above.any():
        return above
    radius = max(1, round(min(above.shape[1:]) / 128))
    body = _largest(_opened(above, radius))
    if not body.any():
        body = _largest(above)
    for plane in body:
        ndimage.binary_fill_holes(plane, output=plane)
    return body


def _opened(mask: np.ndarray, radius: int) -> np.ndarray:
    """Opening by a square in the plane; the picture's edge counts as more of the same, so cropped bodies stay whole."""
    from scipy import ndimage

    size = (1, 2 * radius + 1, 2 * radius + 1)
    values = ndimage.minimum_filter(mask.view(np.uint8), size=size, mode="nearest")
    opened: np.ndarray = ndimage.maximum_filter(values, size=size, mode="nearest").astype(bool)
    return opened


def _largest(mask: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    labels: np.ndarray
    labels, count = ndimage.label(mask)
    if count <= 1:
        body: np.ndarray = labels > 0
        return body
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    largest: np.ndarray = labels == int(np.argmax(sizes))
    return largest
