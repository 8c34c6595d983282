"""Gradients in which nobody's share is longer than a bound, and noise over their sum (Abadi et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

SampleLoss = Callable[[Callable[..., Tensor], Tensor, Tensor | None], Tensor]
"""A scalar from a network, one image (1, C, R, R) and its label (1, L) or None."""
AT_ONCE = 8
"""Images whose gradients are computed and held together."""


def clipped_sum(
    network: nn.Module, loss: SampleLoss, images: Tensor, labels: Tensor | None, clip: float, at_once: int = AT_ONCE
) -> tuple[dict[str, Tensor], Tensor]:
    """The sum over images (n, C, R, R) of each one's gradient, those longer than ``clip`` shortened to it.

    Returns
    -------
    gradients: of the parameters that learn, by name; zeros where n is 0.
    lengths: (n,) of each image's gradient before.
    """
    learning = {name: value.detach() for name, value in network.named_parameters() if value.requires_grad}
    fixed = {name: value.detach() for name, value in network.named_parameters() if not value.requires_grad}
    fixed |= dict(network.named_buffers())

    def of_one(weights: dict[str, Tensor], image: Tensor, label: Tensor | None) -> Tensor:
        def judge(*shown: Tensor | None) -> Tensor:
            judged: Tensor = functional_call(network, ({**weights, **fixed}, {}), shown)
            return judged

        return loss(judge, image[None], None if label is None else label[None])

    each = vmap(grad(of_one), in_dims=(None, 0, None if labels is None else 0))
    total = {name: torch.zeros_like(value) for name, value in learning.items()}
    lengths = []
    for first in range(0, len(images), at_once):
        part = slice(first, first + at_once)
        found = each(learning, images[part], None if labels is None else labels[part])
        squares = torch.stack([value.flatten(1).square().sum(1) for value in found.values()])
        length = squares.sum(0).sqrt()
        share = (clip / length.clamp_min(1e-12)).clamp_max(1.0)
        for name, value in found.items():
            total[name] += torch.einsum("n,n...->...", share, value)
        lengths.append(length)
    return total, torch.cat(lengths) if lengths else torch.zeros(0)


def add_noise(gradients: dict[str, Tensor], deviation: float, random: torch.Generator) -> None:
    """Add normal numbers to each gradient in place; ``random`` is on the CPU, so that all devices draw the same."""
    for value in gradients.values():
        value += deviation * torch.randn(value.shape, generator=random).to(value)


def disturb(parameters: list[nn.Parameter], deviation: float, clip: float, random: torch.Generator) -> None:
    """What SpineGAN's authors published: noise on every gradient, then the whole no longer than ``clip`` (0: any).

    It guarantees nothing: gradients are not cut before the noise, and one image's share of them has no bound.
    """
    gradients = {str(number): one.grad for number, one in enumerate(parameters) if one.grad is not None}
    if deviation:
        add_noise(gradients, deviation, random)
    if clip:
        nn.utils.clip_grad_norm_(parameters, clip)
