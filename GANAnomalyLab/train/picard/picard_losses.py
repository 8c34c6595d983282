"""The losses of training: discounted L1 in the hole, L1 around it, and the Wasserstein game with its penalty."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn


def discount(height: int, width: int, gamma: float) -> np.ndarray:
    """(height, width) float32 weights of a hole's pixels: gamma to the power of the pixels to its nearest border.

    A pixel at the border weighs 1: what lies far from anything known has many right answers (Yu et al. 2018, sec. 4.2).
    """
    rows = np.minimum(np.arange(height), np.arange(height)[::-1])
    cols = np.minimum(np.arange(width), np.arange(width)[::-1])
    return np.power(np.float32(gamma), np.minimum(rows[:, None], cols[None]).astype(np.float32))


def weighted_l1(image: Tensor, truth: Tensor, weight: Tensor, size: int) -> Tensor:
    """Sum over pixels of |image - truth| times ``weight`` (N, 1, H, W), divided by ``size`` pixels, mean over N, C."""
    total = ((image - truth).abs() * weight).sum((2, 3))
    return total.mean() / size


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """Mean of (norm of the critic's gradient - 1) squared, between real and fake (Gulrajani et al. 2017, eq. 3).

    ``real`` and ``fake`` are (N, C, s, s); ``share`` (N, 1, 1, 1) in [0, 1] says how much of the real one is taken.
    """
    between = (share * real + (1 - share) * fake).detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()
