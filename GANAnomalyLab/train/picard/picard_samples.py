"""Sample pictures of a run: what was there, what was hidden, and both completions."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from .patch_pool import Batch

GAP = 2


def grid(batch: Batch, coarse: Tensor, fine: Tensor, count: int) -> np.ndarray:
    """(H, W) or (H, W, 3) uint8: a row a patch of truth, truth with the hole, coarse and fine completion in it."""
    rows = []
    for n in range(min(count, len(batch.images))):
        truth, mask = batch.images[n], batch.mask[n]
        cells = [truth, np.where(mask > 0, 0, truth)]
        cells += [np.where(mask > 0, made[n].numpy(), truth) for made in (coarse, fine)]
        rows.append(np.concatenate([_framed(cell) for cell in cells], axis=1))
    return np.concatenate(rows, axis=0)


def _framed(image: np.ndarray) -> np.ndarray:
    """(C, s, s) in [-1, 1] to uint8 with a dark gap to the right and below."""
    pixels = np.round((np.clip(image, -1, 1) + 1) * 127.5).astype(np.uint8)
    pixels = np.pad(pixels, ((0, 0), (0, GAP), (0, GAP)))
    return pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
