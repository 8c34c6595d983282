"""From scores of windows to scores of pixels."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .box_sums import box_cover


def heat_from_patches(
    patch_map: np.ndarray, patch_size: int, shape: tuple[int, int], reduce: str = "mean"
) -> np.ndarray:
    """A heatmap: for each pixel the mean (or the highest) score of the windows that cover it.

    Parameters
    ----------
    patch_map: (H - p + 1, W - p + 1) window scores; NaN where a window does not count.
    patch_size: p. shape: (H, W) of the image.
    reduce: ``"mean"`` or ``"max"``.

    Returns
    -------
    (H, W) float32 in the scores' units; 0 for pixels that no counted window covers.

    Raises
    ------
    InputError: a map that does not belong to this shape and patch size, or an unknown ``reduce``.
    """
    patch_map = np.asarray(patch_map, dtype=np.float64)
    if patch_map.shape != (shape[0] - patch_size + 1, shape[1] - patch_size + 1) or patch_size < 1:
        raise InputError(
            f"A patch map of shape {patch_map.shape} does not belong to an image of {shape[0]} x {shape[1]} pixels "
            f"with patches of {patch_size}."
        )
    if reduce not in ("mean", "max"):
        raise InputError(f"A heatmap is made from the mean or the max of the patches, not {reduce!r}.")
    counted = np.isfinite(patch_map)
    if reduce == "max":
        return _highest(np.where(counted, patch_map, -np.inf), patch_size)
    number = box_cover(counted, patch_size)
    total = box_cover(np.where(counted, patch_map, 0.0), patch_size)
    return np.where(number > 0, total / np.maximum(number, 1), 0.0).astype(np.float32)


def _highest(patch_map: np.ndarray, patch_size: int) -> np.ndarray:
    from scipy.ndimage import maximum_filter1d

    # Windows r - p + 1 .. r cover pixel r: a running maximum that looks back, over a map padded at its end.
    heat = np.pad(patch_map, (0, patch_size - 1), constant_values=-np.inf)
    for axis in (0, 1):
        back = (patch_size - 1) // 2
        heat = maximum_filter1d(heat, patch_size, axis=axis, mode="constant", cval=-np.inf, origin=back)
    return np.where(np.isfinite(heat), heat, 0.0).astype(np.float32)
