"""The Wasserstein patch map in NumPy alone, for a Python without numba: the same whole numbers, only slower."""

from __future__ import annotations

import numpy as np

from .distances import LEVELS


def wd_patch_map(original: np.ndarray, reconstruction: np.ndarray, patch_size: int) -> np.ndarray:
    """(H - p + 1, W - p + 1) float64 Wasserstein distances of two (H, W) uint8 images, as the compiled kernel gives.

    Goes down the rows with one cumulative histogram difference a column, (levels, W), and sums windows along the row.
    """
    height, width = original.shape
    # Levels outside this stretch have equal counts in both images everywhere, hence add nothing.
    low = int(min(original.min(), reconstruction.min()))
    high = int(max(original.max(), reconstruction.max()))
    levels = np.arange(low, max(high, low + 1), dtype=np.min_scalar_type(LEVELS - 1))[:, None]

    def indicators(row: int) -> np.ndarray:
        signs: np.ndarray = (original[row] <= levels).view(np.int8) - (reconstruction[row] <= levels).view(np.int8)
        return signs

    columns = np.zeros((levels.size, width), np.int32)
    running = np.zeros((levels.size, width + 1), np.int64 if patch_size * width > 2**31 - 1 else np.int32)
    out = np.empty((height - patch_size + 1, width - patch_size + 1))
    for row in range(height):
        columns += indicators(row)
        top = row - patch_size + 1
        if top < 0:
            continue
        np.cumsum(columns, axis=1, out=running[:, 1:])
        windows = running[:, patch_size:] - running[:, :-patch_size]
        out[top] = np.abs(windows, out=windows).sum(axis=0, dtype=np.int64)
        columns -= indicators(top)
    out /= patch_size * patch_size
    return out
