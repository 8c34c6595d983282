"""Sums over every position of a square window, by integral images."""

from __future__ import annotations

import numpy as np


def box_sum(values: np.ndarray, size: int) -> np.ndarray:
    """Sum over every ``size`` x ``size`` window, stride 1.

    Parameters
    ----------
    values: (..., H, W); booleans and integers are summed exactly in int64, anything else in float64.
    size: window side in pixels, 1 <= size <= min(H, W).

    Returns
    -------
    (..., H - size + 1, W - size + 1); entry (r, c) is the sum of ``values[..., r:r+size, c:c+size]``.
    """
    kind = np.int64 if values.dtype.kind in "bui" else np.float64
    height, width = values.shape[-2:]
    # Summing one axis and taking the difference before the other keeps float totals small, hence their rounding too.
    totals = np.zeros((*values.shape[:-1], width + 1), kind)
    np.cumsum(values, axis=-1, dtype=kind, out=totals[..., 1:])
    rows = totals[..., size:] - totals[..., :-size]
    totals = np.zeros((*values.shape[:-2], height + 1, width - size + 1), kind)
    np.cumsum(rows, axis=-2, out=totals[..., 1:, :])
    return totals[..., size:, :] - totals[..., :-size, :]


def box_cover(values: np.ndarray, size: int) -> np.ndarray:
    """For each pixel, the sum of ``values`` over the windows that cover it: the transpose of :func:`box_sum`.

    ``values`` is (..., h, w), one number a window position; the result is (..., h + size - 1, w + size - 1).
    """
    margin = size - 1
    padding = [(0, 0)] * (values.ndim - 2) + [(margin, margin), (margin, margin)]
    return box_sum(np.pad(values, padding), size)
