"""The two losses of the soft introspective variational autoencoder, and the reversed autoencoder's further one.

Daniel and Tamar, "Soft-IntroVAE", CVPR 2021, algorithm 1; Bercea et al., "Reversing the Abnormal: Pseudo-Healthy
Generative Networks for Anomaly Detection", MICCAI 2023.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from GANAnomalyLib.detectors.sivae.network import SoftIntroVae

Drawn = Callable[[Tensor, Tensor], Tensor]
"""A latent of a distribution, from its mean and log variance."""


@dataclass(frozen=True)
class Weights:
    """Of reconstruction, divergence, divergence of what is generated, and of what is generated again; ``scale`` is one
    over an image's numbers."""

    scale: float
    reconstruction: float = 0.5
    divergence: float = 1.0
    negative: float = 128.0
    again: float = 1e-8


def apart(images: Tensor, made: Tensor) -> Tensor:
    """(n,) sums of squared differences."""
    return (images.float() - made.float()).square().flatten(1).sum(1)


def divergence(mean: Tensor, log_var: Tensor) -> Tensor:
    """(n,) Kullback-Leibler divergences from the standard normal distribution."""
    mean, log_var = mean.float(), log_var.float()
    return (mean.square() + log_var.exp() - 1 - log_var).sum(1) / 2


def drawn(mean: Tensor, log_var: Tensor) -> Tensor:
    """See :data:`Drawn`."""
    return mean + (log_var / 2).exp() * torch.randn_like(mean)


def encoder_loss(
    network: SoftIntroVae,
    images: Tensor,
    latents: Tensor,
    weights: Weights,
    draw: Drawn = drawn,
    embedding: float = 0.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """For the encoder: explain images, and give low evidence to reconstructions and to decoded ``latents`` (n, L).

    ``embedding`` is the weight of :func:`embedding_loss` of images and their reconstructions. Returns the loss and its
    parts: the means "reconstruction", "kl_real", "exp_rec" and "exp_fake", and "embedding" where that counts.
    """
    mean, log_var, seen = network.encode_deep(images)
    made = network.decode(draw(mean, log_var))
    likeness, real = apart(images, made).mean(), divergence(mean, log_var).mean()
    with torch.no_grad():
        fake = network.decode(latents)
    evidence, maps = [], []
    for generated in (made.detach(), fake):
        mean_again, log_var_again, seen_again = network.encode_deep(generated)
        maps.append(seen_again)
        again = network.decode(draw(mean_again, log_var_again))
        energy = weights.reconstruction * apart(generated, again)
        energy = energy + weights.negative * divergence(mean_again, log_var_again)
        evidence.append((-2 * weights.scale * energy).exp().mean())
    loss = weights.scale * (weights.reconstruction * likeness + weights.divergence * real) + sum(evidence) / 4
    parts = {"reconstruction": likeness, "kl_real": real, "exp_rec": evidence[0], "exp_fake": evidence[1]}
    if embedding:
        parts["embedding"] = embedding_loss(seen, maps[0])
        loss = loss + embedding * parts["embedding"]
    return loss, parts


def decoder_loss(
    network: SoftIntroVae, images: Tensor, latents: Tensor, weights: Weights, draw: Drawn = drawn
) -> tuple[Tensor, dict[str, Tensor]]:
    """For the decoder: reconstruct, and generate what the encoder takes for real.

    Returns the loss and the mean divergences "kl_rec" and "kl_fake".
    """
    with torch.no_grad():
        latent = draw(*network.encode(images))
    made, fake = network.decode(latent), network.decode(latents)
    divergences, again = [], []
    for generated in (made, fake):
        mean, log_var = network.encode(generated)
        divergences.append(divergence(mean, log_var).mean())
        with torch.no_grad():
            latent_again = draw(mean, log_var)
        again.append(apart(generated.detach(), network.decode(latent_again)).mean())
    loss = weights.scale * (
        weights.reconstruction * apart(images, made).mean()
        + weights.divergence / 2 * (divergences[0] + divergences[1])
        + weights.again / 2 * weights.reconstruction * (again[0] + again[1])
    )
    return loss, {"kl_rec": divergences[0], "kl_fake": divergences[1]}


def embedding_loss(first: Sequence[Tensor], second: Sequence[Tensor]) -> Tensor:
    """How unlike the encoder's maps (n, width, h, w) of two images are: half the mean square difference and 1 - the
    cosine of the flattened maps, summed over the maps."""
    total = first[0].new_zeros(())
    for one, other in zip(first, second, strict=True):
        one, other = one.float(), other.float()
        cosine = functional.cosine_similarity(one.flatten(1), other.flatten(1))
        total = total + (one - other).square().mean() / 2 + (1 - cosine).mean()
    return total
