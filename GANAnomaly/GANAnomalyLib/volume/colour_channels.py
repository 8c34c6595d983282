"""Colours of pictures, and their grey levels."""

from __future__ import annotations

import numpy as np

CHANNELS = ("red", "green", "blue")


def luma(colours: np.ndarray, axis: int = -1) -> np.ndarray:
    """Grey levels of red, green and blue (all uint8) along ``axis``, which is dropped: ITU-R BT.601, as Pillow's."""
    red, green, blue = np.moveaxis(colours, axis, 0).astype(np.uint32)
    levels: np.ndarray = ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16).astype(np.uint8)
    return levels


def grey_levels(picture: np.ndarray) -> np.ndarray:
    """(R, R) uint8 of a grey picture, which is that itself, or of a colour picture (3, R, R)."""
    return picture if picture.ndim == 2 else luma(picture, 0)
