"""Pipelines and images that several tests of augmentation share."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from GANAnomalyLab.train.augment import AugmentPipe, AugmentSettings


def pipe(p: float = 1.0, **settings: float) -> AugmentPipe:
    """A pipeline of the given settings with its p set."""
    made = AugmentPipe(AugmentSettings(**settings))
    made.p.fill_(p)
    return made


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def smooth(count: int, height: int, width: int, sigma: float = 2.5, seed: int = 0) -> np.ndarray:
    """(count, 1, H, W) float64 without fine detail, in [-1, 1]."""
    images = np.random.default_rng(seed).standard_normal((count, 1, height, width))
    images = ndimage.gaussian_filter(images, (0, 0, sigma, sigma))
    return images / np.abs(images).max()


def rough(count: int, channels: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    """(count, channels, H, W) float32 of unrelated pixels in [-1, 1]."""
    return torch.rand(count, channels, height, width, generator=seeded(seed)) * 2 - 1
