"""The compiled Wasserstein patch map: cumulative histogram differences that slide with the window.

For each image column keep, over the rows of the window, C[k] = (original pixels <= k) - (reconstructed pixels <= k).
A pixel pair (a, b) touches C only between a and b, which is little where the reconstruction is good, and is all that
moving down by a row costs. Moving right by a column adds one such vector and takes one away, whatever the patch size;
the distance is the sum of |C| over the grey levels, divided by the number of pixels. All in whole numbers, so exact.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..running.compiled import compiled
from .distances import LEVELS

NARROW_PATCH = 181
"""Largest patch whose pixel count (and so every |C|) fits 16 bits; narrow numbers fill the vector registers better."""
WIDEST_PATCH = 2896
"""Largest patch whose sum of |C| over 255 levels fits 32 bits."""


def scratch(patch_size: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Zeroed working memory for one call of the kernel: (W, 256) columns and (256,) window."""
    kind = np.int16 if patch_size <= NARROW_PATCH else np.int32
    return np.zeros((width, LEVELS), kind), np.zeros(LEVELS, kind)


def _slide(original, reconstruction, patch, first, stop, columns, window, out):  # type: ignore[no-untyped-def]
    # Fills out[first:stop]. Every index is in range by construction; numba does not check.
    width = original.shape[1]
    pixels = patch * patch
    for row in range(first, stop):
        start = row if row == first else row + patch - 1
        for y in range(start, row + patch):
            for x in range(width):
                a, b = original[y, x], reconstruction[y, x]
                for k in range(a, b):
                    columns[x, k] += 1
                for k in range(b, a):
                    columns[x, k] -= 1
        window[:] = 0
        for x in range(patch):
            for k in range(256):
                window[k] += columns[x, k]
        total = np.int32(0)
        for k in range(256):
            total = np.int32(total + abs(np.int32(window[k])))
        out[row, 0] = total / pixels
        for x in range(1, width - patch + 1):
            total = np.int32(0)
            for k in range(256):
                window[k] += columns[x + patch - 1, k] - columns[x - 1, k]
                total = np.int32(total + abs(np.int32(window[k])))
            out[row, x] = total / pixels
        for x in range(width):
            a, b = original[row, x], reconstruction[row, x]
            for k in range(a, b):
                columns[x, k] -= 1
            for k in range(b, a):
                columns[x, k] += 1


@functools.lru_cache(maxsize=1)
def kernel() -> Callable[..., None] | None:
    """The compiled ``kernel(original, reconstruction, patch, first, stop, columns, window, out)``, or None without
    numba; see :func:`~.running.compiled.compiled`."""

    def signatures(types: Any) -> list[Any]:
        image = types.Array(types.uint8, 2, "C")
        out = types.Array(types.float64, 2, "C")
        narrow_and_wide = (types.int16, types.int32)
        numbers = (types.int64,) * 3
        return [types.void(image, image, *numbers, types.Array(t, 2, "C"), t[::1], out) for t in narrow_and_wide]

    return compiled(_slide, signatures)
