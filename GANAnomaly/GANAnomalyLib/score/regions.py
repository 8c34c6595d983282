"""Where scores count: the body in an 8-bit picture, and the windows that belong to a region."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .box_sums import box_sum
from .pair_checks import check_patch_size


def body_region(picture: np.ndarray) -> np.ndarray:
    """The body in a windowed picture: the largest connected part brighter than the window's floor, holes filled.

    ``picture`` is (H, W) uint8, 0 at the window's floor; pixels connect by their sides. Returns (H, W) bool, all False
    for an all black picture.
    """
    from scipy import ndimage

    labels, count = ndimage.label(picture > 0)
    if count == 0:
        return np.zeros(picture.shape, bool)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    body: np.ndarray = ndimage.binary_fill_holes(labels == sizes.argmax())
    return body


def window_valid_map(region_mask: np.ndarray, patch_size: int, min_fraction: float = 0.5) -> np.ndarray:
    """Which windows lie enough inside a region to be scored for it.

    Parameters
    ----------
    region_mask: (H, W), non-zero inside.
    patch_size: window side in pixels.
    min_fraction: the share (0..1) of a window's pixels that must be inside; at least one always must.

    Returns
    -------
    (H - p + 1, W - p + 1) bool, laid out as ``patch_distance_map``.

    Raises
    ------
    InputError: a mask that is not 2-D, a patch that does not fit, a fraction outside 0..1.
    """
    region_mask = np.asarray(region_mask)
    if region_mask.ndim != 2:
        raise InputError(f"A region mask for patches must be one slice (rows x columns), not {region_mask.ndim} axes.")
    if not 0.0 <= min_fraction <= 1.0:
        raise InputError(
            f"The share of a patch that must be inside the region lies between 0 and 1, not {min_fraction}."
        )
    patch_size = check_patch_size(patch_size, region_mask.shape)
    needed = max(1, int(np.ceil(min_fraction * patch_size * patch_size - 1e-9)))
    return box_sum(region_mask != 0, patch_size) >= needed
