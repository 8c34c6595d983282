"""Random patches painted over normal slices, so that an encoder learns to look past what does not belong.

Denoising training (Vincent et al. 2008; for anomaly detection Zavrtanik et al. 2021): the encoder sees the painted
slice, the loss compares with the clean one. The shapes are generic (ellipses, bars, noise clouds at any grey level);
none is modelled on the anomalies that the model is evaluated with.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def mask_count(resolution: int, at_128: int) -> int:
    """How many masks a bank has: larger ones take longer to make and memory, so there are fewer of them."""
    return max(min(at_128, at_128 * 128**2 // resolution**2), 100)


def mask_bank(resolution: int, count: int, seed: int) -> Tensor:
    """(count, 1, R, R) uint8 soft masks, 0..255: ellipses, bars and thresholded clouds of 2% to 40% of the width."""
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[0:resolution, 0:resolution].astype(np.float32)
    bank = np.zeros((count, 1, resolution, resolution), np.uint8)
    for mask in bank:
        centre = rng.uniform(0.1, 0.9, 2) * resolution
        angle = rng.uniform(0, np.pi)
        along = (rows - centre[0]) * np.cos(angle) + (cols - centre[1]) * np.sin(angle)
        across = -(rows - centre[0]) * np.sin(angle) + (cols - centre[1]) * np.cos(angle)
        kind = rng.integers(3)
        if kind == 0:
            a, b = np.exp(rng.uniform(np.log(0.02), np.log(0.2), 2)) * resolution
            shape = (along / a) ** 2 + (across / b) ** 2 < 1
        elif kind == 1:
            a, b = rng.uniform(0.04, 0.3) * resolution, rng.uniform(0.006, 0.05) * resolution
            shape = (abs(along) < a) & (abs(across) < b)
        else:
            cloud = ndimage.gaussian_filter(rng.standard_normal((resolution, resolution)), resolution * 0.05)
            near = along**2 + across**2 < (rng.uniform(0.1, 0.3) * resolution) ** 2
            shape = (cloud > np.quantile(cloud, rng.uniform(0.6, 0.9))) & near
        soft = ndimage.gaussian_filter(shape.astype(np.float32), rng.uniform(0.0, 1.2))
        mask[0] = np.round(255 * np.clip(soft, 0, 1))
    return torch.from_numpy(bank)


def corrupt(images: Tensor, bank: Tensor, generator: torch.Generator, probability: float = 0.75) -> Tensor:
    """Paint up to two masks of a random grey and opacity over (N, C, R, R) images in [-1, 1].

    All that is random is drawn on the CPU from ``generator``, whatever device the images are on.
    """
    n, device = images.shape[0], images.device
    out = images
    for _ in range(2):
        pick = torch.randint(len(bank), (n,), generator=generator)
        mask = bank[pick].to(images.dtype) / 255
        opacity = 0.3 + 0.7 * torch.rand(n, 1, 1, 1, generator=generator)
        opacity = opacity * (torch.rand(n, 1, 1, 1, generator=generator) < probability)
        grey = torch.rand(n, 1, 1, 1, generator=generator) * 2 - 1
        grain = 0.1 * torch.rand(n, 1, 1, 1, generator=generator) * torch.randn(images.shape, generator=generator)
        alpha = (mask * opacity).to(device)
        out = out * (1 - alpha) + (grey + grain).to(device) * alpha
    return out.clamp(-1, 1)
