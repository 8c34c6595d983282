"""A finding's patch beside what the model could make of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..files import write_png

_GAP = 4
_BACKGROUND = 24


def write_patch_picture(
    path: Path | str, original: np.ndarray, reconstruction: np.ndarray, scale: int | None = None
) -> None:
    """Write original and reconstruction side by side as an 8-bit PNG, whole or not at all.

    Parameters
    ----------
    path: where to.
    original, reconstruction: (h, w) or in colours (h, w, 3) uint8 of the same shape.
    scale: screen pixels a patch pixel; None makes the longer side about 256. Pixels stay square blocks: a smoothed
        patch would show detail that was never compared.
    """
    if original.shape != reconstruction.shape or original.shape[2:] not in ((), (3,)):
        raise ValueError(
            f"patches must be two (h, w) or (h, w, 3) arrays of one shape, not {original.shape}, {reconstruction.shape}"
        )
    if original.dtype != np.uint8 or reconstruction.dtype != np.uint8:
        raise ValueError("patches must be uint8")
    scale = max(1, round(256 / max(original.shape[:2]))) if scale is None else scale
    if scale < 1:
        raise ValueError(f"scale must be at least 1, not {scale}")
    pair = [patch.repeat(scale, axis=0).repeat(scale, axis=1) for patch in (original, reconstruction)]
    gap = np.full((pair[0].shape[0], _GAP, *original.shape[2:]), _BACKGROUND, dtype=np.uint8)
    write_png(path, np.hstack([pair[0], gap, pair[1]]))
