"""The losses of variational autoencoders, as sums over an image's numbers and means over the batch."""

from __future__ import annotations

import torch
from torch import Tensor


def reconstruction(images: Tensor, made: Tensor) -> Tensor:
    """The negative log likelihood of images (n, ...) under normal distributions around ``made`` with standard deviation
    1, but for its constant."""
    return (made - images).square().flatten(1).sum(1).mean() / 2


def divergence(mean: Tensor, log_std: Tensor, as_published: bool = False) -> Tensor:
    """The Kullback-Leibler divergence from the standard normal distribution (Kingma and Welling 2014, appendix B).

    ``as_published`` takes the standard deviation for its logarithm, which pulls it to zero.
    """
    log = log_std.exp() if as_published else log_std
    return (mean.square() + (2 * log).exp() - 1 - 2 * log).flatten(1).sum(1).mean() / 2


def drawn(mean: Tensor, log_std: Tensor) -> Tensor:
    """A latent of the distribution."""
    return mean + log_std.exp() * torch.randn_like(mean)
