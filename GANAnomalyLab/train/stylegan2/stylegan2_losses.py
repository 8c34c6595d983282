"""Losses of StyleGAN2 training (Karras et al. 2020) and of the encoder trained beside it.

They come per image, so that a batch computed in parts sums to the same gradients as in one piece.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def r1_norms(real: Tensor, logits: Tensor) -> Tensor:
    """(N,) squared gradient norms of the logits at ``real`` (which must require gradients); differentiable."""
    (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    return gradient.square().sum((1, 2, 3))


def path_lengths(images: Tensor, ws: Tensor, noise: Tensor) -> Tensor:
    """(N,) lengths of the images' Jacobian in w along ``noise`` (Karras et al. 2020a, section 3.2); differentiable.

    ``images`` (N, C, R, R) made from ``ws`` (N, num_ws, w_dim), which must require gradients; ``noise`` N(0, 1) like
    the images. The square is averaged over the ws, each of which feeds one layer.
    """
    pixels = images.shape[2] * images.shape[3]
    (gradient,) = torch.autograd.grad((images * noise).sum() / math.sqrt(pixels), ws, create_graph=True)
    return gradient.square().sum(2).mean(1).sqrt()


def reconstruction_losses(image: Tensor, target: Tensor, levels: int = 3) -> Tensor:
    """(N,) mean absolute differences summed over ``levels`` of 2x2 average pooling; images (N, C, R, R) in [-1, 1]."""
    losses = (image - target).abs().mean((1, 2, 3))
    for _ in range(levels - 1):
        image, target = functional.avg_pool2d(image, 2), functional.avg_pool2d(target, 2)
        losses = losses + (image - target).abs().mean((1, 2, 3))
    return losses


def reconstruction_loss(image: Tensor, target: Tensor, levels: int = 3) -> Tensor:
    """Mean over the batch of :func:`reconstruction_losses`."""
    return reconstruction_losses(image, target, levels).mean()


def add_up(sums: dict[str, Tensor], name: str, values: Tensor, over: int | None = None) -> None:
    """Add a sum and a count to ``sums``; with ``over`` the column sums of (n, k) values divided by it."""
    values = values.detach().float()
    found = values.sum(0) / over if over else torch.stack((values.sum(), values.new_tensor(float(values.numel()))))
    sums[name] = sums[name] + found if name in sums else found
