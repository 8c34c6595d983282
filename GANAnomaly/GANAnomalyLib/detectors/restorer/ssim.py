"""Structural similarity by pixel, with gradients: for losses, and as a perceptual distance that needs no weights."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SIGMA, WIDTH = 1.5, 11
STABLE = (0.01**2, 0.03**2)
"""Of the published definition, for images in [0, 1]."""


def ssim_map(first: Tensor, second: Tensor) -> Tensor:
    """SSIM by pixel of images (n, C, R, R) in [0, 1]: the same shape, in [-1, 1], 1 where they are alike.

    Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004: a Gaussian window of
    11 pixels, sigma 1.5; at the border images are mirrored.
    """
    means = [blurred(image) for image in (first, second)]
    squares = [blurred(image * image) - mean * mean for image, mean in zip((first, second), means, strict=True)]
    together = blurred(first * second) - means[0] * means[1]
    alike = (2 * means[0] * means[1] + STABLE[0]) * (2 * together + STABLE[1])
    apart = (means[0] ** 2 + means[1] ** 2 + STABLE[0]) * (squares[0] + squares[1] + STABLE[1])
    return alike / apart


def blurred(images: Tensor, sigma: float = SIGMA, width: int = WIDTH) -> Tensor:
    """Images (n, C, R, R) blurred by a Gaussian of ``width`` (odd) pixels, mirrored at the border."""
    reach = min(width // 2, images.shape[-1] - 1, images.shape[-2] - 1)
    places = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
    window = torch.exp(-0.5 * (places / sigma) ** 2)
    window = window / window.sum()
    flat = functional.pad(images.flatten(0, 1)[:, None], (reach,) * 4, mode="reflect")
    rows = functional.conv2d(flat, window[None, None, :, None])
    return functional.conv2d(rows, window[None, None, None, :])[:, 0].view_as(images)
