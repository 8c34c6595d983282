"""Perceptual distance by pixel: LPIPS where a checkpoint brings its weights, else what stands in for it.

Published checkpoints of ``ra`` and ``ddpm`` carry LPIPS's weights. Without them features of EfficientNet-Lite0 are
compared, whose weights a model file carries in half precision, and without these SSIM. ``name`` says which; cards have
it as ``architecture["perceptual"]``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

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
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures."""


class Perceptual(nn.Module, ABC):
    """How unlike two pictures look in each place."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Pairs (n, 1 or 3, R, R) in [0, 1] to (n, 1, R, R), 0 where they look the same; has gradients."""

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

    def stored(self) -> dict[str, Tensor]:
        """See :class:`Perceptual`."""
        return {f"{PREFIX}{name}": value.half() for name, value in self.network.state_dict().items()}


class LpipsDistance(_OfFeatures):
    """LPIPS with SqueezeNet."""

    name, title = "lpips", "LPIPS"

    def __init__(self) -> None:
        super().__init__()
        self.network = Lpips()

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """See :class:`Perceptual`."""
        distance: Tensor = self.network(*(_at_least(images, LEAST_FOR_LPIPS) for images in (first, second)))
        if distance.shape[-1] == first.shape[-1]:
            return distance
        return functional.interpolate(distance, first.shape[-2:], mode="bilinear", align_corners=False)


class LiteDistance(_OfFeatures):
    """1 - the cosine of EfficientNet-Lite0's features in each place, the mean of three scales: 0 to 2."""

    name, title = "efficientnet_lite0", "EfficientNet-Lite0"

    def __init__(self) -> None:
        super().__init__()
        self.network = LiteFeatures()

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """See :class:`Perceptual`."""
        parts = []
        for one, other in zip(*(self.network(self._seen(images)) for images in (first, second)), strict=True):
            apart = (unit(one) - unit(other)).square().sum(1, keepdim=True) / 2
            parts.append(functional.interpolate(apart, first.shape[-2:], mode="bilinear", align_corners=False))
        return torch.stack(parts).mean(0)

    def _seen(self, images: Tensor) -> Tensor:
        images = _at_least(images, min(LEAST_SIDE, 4 * images.shape[-1]))
        mean, spread = (images.new_tensor(values)[:, None, None] for values in (_MEAN, _SPREAD))
        return (images - mean) / spread


class SsimDistance(Perceptual):
    """1 - SSIM: 0 to 2."""

    name, title = "ssim", "SSIM"

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """See :class:`Perceptual`."""
        return (1 - ssim_map(first, second)).mean(1, keepdim=True)


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
    if images.shape[-1] >= side:
        return images
    return functional.interpolate(images, (side, side), mode="bilinear", align_corners=False)
