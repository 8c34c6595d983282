"""Losses of StyleGAN2 training (Karras et al. 2020) and of the encoder trained beside it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Non-saturating logistic loss, mean over the batch."""
    return functional.softplus(-real_logits).mean() + functional.softplus(fake_logits).mean()


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Non-saturating logistic loss, mean over the batch."""
    return functional.softplus(-fake_logits).mean()


def r1_penalty(real: Tensor, logits: Tensor) -> Tensor:
    """Mean over the batch of the squared gradient norm of the logits at ``real`` (which must require gradients)."""
    (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()


def reconstruction_loss(image: Tensor, target: Tensor, levels: int = 3) -> Tensor:
    """Mean absolute difference summed over ``levels`` of 2x2 average pooling; images (N, C, R, R) in [-1, 1]."""
    loss = (image - target).abs().mean()
    for _ in range(levels - 1):
        image, target = functional.avg_pool2d(image, 2), functional.avg_pool2d(target, 2)
        loss = loss + (image - target).abs().mean()
    return loss
