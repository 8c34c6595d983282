"""Perceptual distance by pixel: LPIPS where a checkpoint brings its weights, else what stands in for it.

Published checkpoints of ``ra`` and ``ddpm`` carry LPIPS's weights. Without them features of EfficientNet-Lite0 are
compared, whose weights a model file carries in half precision, and without these SSIM. ``name`` says which; cards have
it as ``architecture["perceptual"]``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...models.imagenet import normalised
from ...running.cores import on_cores
from ...running.messages import Message
from ..memory.network import LiteFeatures
from .lpips import Lpips, unit
from .ssim import ssim_map
from .weights_fit import fitted

PREFIX = "perceptual."
LPIPS_NAMES = "l_pips_sq."
LEAST_SIDE = 256
"""Smaller pictures are enlarged to so many pixels for EfficientNet-Lite0, whose finest map is a quarter of them;
to four times their own at most."""
LEAST_FOR_LPIPS = 32
"""Nothing is left of smaller pictures after SqueezeNet's poolings."""


@dataclass(frozen=True)
class Seen:
    """What a distance compares of images (n, C, R, R): ``maps`` (n, ...), and their ``size`` in pixels."""

    maps: list[Tensor]
    size: tuple[int, int]


class Perceptual(nn.Module, ABC):
    """How unlike two pictures look in each place.

    An image that is compared with several others is looked at once: :meth:`seen`, then :meth:`between`.
    """

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def seen(self, images: Tensor) -> Seen:
        """What is compared of images (n, 1 or 3, R, R) in [0, 1]; has gradients where they are asked for."""

    @abstractmethod
    def between(self, first: Seen, second: Seen) -> Tensor:
        """The distance by pixel, (n, 1, R, R), 0 where two images look the same."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Pairs (n, 1 or 3, R, R) in [0, 1] to (n, 1, R, R)."""
        return self.between(self.seen(first), self.seen(second))

    def loss(self, first: Tensor, second: Tensor) -> Tensor:
        """The mean distance, for training."""
        mean: Tensor = self(first, second).mean()
        return mean

    def stored(self) -> dict[str, Tensor]:
        """As a model file holds it: in half precision, which distances hardly notice."""
        return {}

    def note(self) -> Message | None:
        """What a result should say of it: nothing of LPIPS."""
        return None if self.name == "lpips" else Message("perceptual_stand_in", title=self.title)


class _OfFeatures(Perceptual):
    """One with a network, whose tensors are stored under their published names."""

    network: nn.Module

    @abstractmethod
    def features(self, images: Tensor) -> list[Tensor]:
        """The network's maps of directions: features (n, F, h, w) of length 1 in each place."""

    def seen(self, images: Tensor) -> Seen:
        """See :class:`Perceptual`. On a processor slice by slice: the maps of several at once are larger than its
        caches, and making room for them took as long as all else."""
        size = images.shape[-2], images.shape[-1]
        if torch.is_grad_enabled() or images.device.type != "cpu" or len(images) == 1:
            return Seen(self.features(images), size)
        parts = on_cores(torch.no_grad()(self.features), images.split(1))
        return Seen([torch.cat(maps) for maps in zip(*parts, strict=True)], size)

    def stored(self) -> dict[str, Tensor]:
        """See :class:`Perceptual`."""
        return {f"{PREFIX}{name}": value.half() for name, value in self.network.state_dict().items()}


class LpipsDistance(_OfFeatures):
    """LPIPS with SqueezeNet."""

    name, title = "lpips", "LPIPS"

    def __init__(self) -> None:
        super().__init__()
        self.network: Lpips = Lpips()

    def features(self, images: Tensor) -> list[Tensor]:
        """See :class:`_OfFeatures`."""
        return self.network.features(_at_least(images, LEAST_FOR_LPIPS))

    def between(self, first: Seen, second: Seen) -> Tensor:
        """See :class:`Perceptual`."""
        looked_at = first.size if first.size[1] >= LEAST_FOR_LPIPS else (LEAST_FOR_LPIPS,) * 2
        return _resized(self.network.between(first.maps, second.maps, looked_at), first.size)


class LiteDistance(_OfFeatures):
    """1 - the cosine of EfficientNet-Lite0's features in each place, the mean of three scales: 0 to 2."""

    name, title = "efficientnet_lite0", "EfficientNet-Lite0"

    def __init__(self) -> None:
        super().__init__()
        self.network = LiteFeatures()

    def features(self, images: Tensor) -> list[Tensor]:
        """See :class:`_OfFeatures`."""
        images = _at_least(images, min(LEAST_SIDE, 4 * images.shape[-1]))
        return [unit(one) for one in self.network(normalised(images))]

    def between(self, first: Seen, second: Seen) -> Tensor:
        """See :class:`Perceptual`."""
        parts = []
        for one, other in zip(first.maps, second.maps, strict=True):
            apart = (one - other).square().sum(1, keepdim=True) / 2
            parts.append(functional.interpolate(apart, first.size, mode="bilinear", align_corners=False))
        return torch.stack(parts).mean(0)


class SsimDistance(Perceptual):
    """1 - SSIM: 0 to 2."""

    name, title = "ssim", "SSIM"

    def seen(self, images: Tensor) -> Seen:
        """See :class:`Perceptual`."""
        return Seen([images], (images.shape[-2], images.shape[-1]))

    def between(self, first: Seen, second: Seen) -> Tensor:
        """See :class:`Perceptual`."""
        return (1 - ssim_map(first.maps[0], second.maps[0])).mean(1, keepdim=True)


def perceptual_of(tensors: Mapping[str, Tensor], model: str = "the model") -> Perceptual:
    """The best one that the tensors allow, in evaluation mode: LPIPS's or EfficientNet-Lite0's weights, or none.

    Raises :class:`InputError` for weights that are not whole.
    """
    # Published LPIPS names its last layers twice.
    held = {name: value for name, value in tensors.items() if not name.startswith("lins.")}
    if not held:
        return SsimDistance()
    made: _OfFeatures = LpipsDistance() if any(name.startswith("net.slice") for name in held) else LiteDistance()
    state = fitted(made.network.state_dict(), held, f"the perceptual weights of {model}", made.title)
    made.network.load_state_dict(state)
    made.eval().requires_grad_(False)
    return made


def _at_least(images: Tensor, side: int) -> Tensor:
    """Images enlarged to ``side`` pixels, if they are smaller."""
    return images if images.shape[-1] >= side else _resized(images, (side, side))


def _resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    if tuple(images.shape[-2:]) == size:
        return images
    return functional.interpolate(images, size, mode="bilinear", align_corners=False)
