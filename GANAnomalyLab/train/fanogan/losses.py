"""The losses of f-AnoGAN and of the Wasserstein GAN before it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from GANAnomalyLib.detectors.fanogan.network import WGAN, Critic


def gradient_penalty(critic: nn.Module, real: Tensor, made: Tensor, shares: Tensor) -> Tensor:
    """How far the critic's slope between real and made images (n, C, R, R) is from 1, squared, in the mean.

    Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, equation 3. ``shares`` (n, 1, 1, 1) in [0, 1]: how
    much of the image between two of them is real.
    """
    between = (shares * real + (1 - shares) * made).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


def izi_f(images: Tensor, encoder: nn.Module, wgan: WGAN, weight: float) -> tuple[Tensor, Tensor, Tensor]:
    """The encoder's loss: image to latent to image, compared by grey values and by the critic's features.

    Schlegl et al., "f-AnoGAN", 2019, equation 3: mean square of the difference of images + ``weight`` times that of
    features. Returns their sum, and each by itself, unweighted.
    """
    restored = wgan.generator(encoder(images)).float()
    apart = (images - restored).square().mean()
    critic: Critic = wgan.discriminator
    unlike = (critic.features(images).float() - critic.features(restored).float()).square().mean()
    return apart + weight * unlike, apart, unlike
