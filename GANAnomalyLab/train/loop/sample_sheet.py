"""Images beside each other, as a picture."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def sheet(images: Tensor, columns: int) -> np.ndarray:
    """(H, W) or (H, W, 3) uint8 of images (n, C, R, R) in [-1, 1], so many beside each other."""
    pixels = ((images.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    _, channels, side, _ = pixels.shape
    grid = pixels.reshape(-1, columns, channels, side, side).permute(0, 3, 1, 4, 2)
    sheet = grid.reshape(-1, columns * side, channels).numpy()
    return sheet[:, :, 0] if channels == 1 else sheet
