"""Losses of StyleGAN2 training (Karras et al. 2020) and of the encoder trained beside it.

The logistic losses come per image, so that a batch computed in parts sums to the same gradients as in one piece.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Non-saturating logistic loss, mean over the batch."""
    return functional.softplus(-real_logits).mean() + functional.softplus(fake_logits).mean()


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Non-saturating logistic loss, mean over the batch."""
    return functional.softplus(-fake_logits).mean()


def r1_norms(real: Tensor, logits: Tensor) -> Tensor:
    """(N,) squared gradient norms of the logits at ``real`` (which must require gradients); differentiable."""
    (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    return gradient.square().sum((1, 2, 3))


def r1_penalty(real: Tensor, logits: Tensor) -> Tensor:
    """Mean over the batch of :func:`r1_norms`."""
    return r1_norms(real, logits).mean()


def path_lengths(images: Tensor, ws: Tensor, noise: Tensor) -> Tensor:
    """(N,) lengths of the images' Jacobian in w along ``noise`` (Karras et al. 2020a, section 3.2); differentiable.

    ``images`` (N, C, R, R) made from ``ws`` (N, num_ws, w_dim), which must require gradients; ``noise`` N(0, 1) like
    the images. The square is averaged over the ws, each of which feeds one layer.
    """
    pixels = images.shape[2] * images.shape[3]
    (gradient,) = torch.autograd.grad((images * noise).sum() / math.sqrt(pixels), ws, create_graph=True)
    return gradient.square().sum(2).mean(1).sqrt()


def reconstruction_loss(image: Tensor, target: Tensor, levels: int = 3) -> Tensor:
    """Mean absolute difference summed over ``levels`` of 2x2 average pooling; images (N, C, R, R) in [-1, 1]."""
    loss = (image - target).abs().mean()
    for _ in range(levels - 1):
        image, target = functional.avg_pool2d(image, 2), functional.avg_pool2d(target, 2)
        loss = loss + (image - target).abs().mean()
    return loss
