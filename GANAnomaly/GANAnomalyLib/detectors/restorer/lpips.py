"""LPIPS with SqueezeNet, for the weights that published checkpoints carry (``l_pips_sq.*``).

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018; Iandola et al.,
"SqueezeNet", 2016, version 1.1. Names are the published ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Mean and spread of ImageNet's pictures in [-1, 1]."""
WIDTHS = (64, 128, 256, 384, 384, 512, 512)
"""Channels of the seven layers that are compared."""
TINY = 1e-10


class _Fire(nn.Module):
    def __init__(self, wide: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(wide, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        squeezed = functional.relu(self.squeeze(images))
        return functional.relu(torch.cat([self.expand1x1(squeezed), self.expand3x3(squeezed)], 1))


def _pool() -> nn.Module:
    return nn.MaxPool2d(3, 2, ceil_mode=True)


class _SqueezeNet(nn.Module):
    """The network cut where LPIPS looks; layers keep their published numbers."""

    def __init__(self) -> None:
        super().__init__()
        layers = [
            nn.Conv2d(3, 64, 3, 2),
            nn.ReLU(),
            _pool(),
            _Fire(64, 16, 64),
            _Fire(128, 16, 64),
            _pool(),
            _Fire(128, 32, 128),
            _Fire(256, 32, 128),
            _pool(),
            _Fire(256, 48, 192),
            _Fire(384, 48, 192),
            _Fire(384, 64, 256),
            _Fire(512, 64, 256),
        ]
        cuts = (0, 2, 5, 8, 10, 11, 12, 13)
        for number in range(1, len(cuts)):
            part = nn.Sequential()
            for place in range(cuts[number - 1], cuts[number]):
                part.add_module(str(place), layers[place])
            self.add_module(f"slice{number}", part)

    def forward(self, images: Tensor) -> list[Tensor]:
        found = []
        for part in self.children():
            images = part(images)
            found.append(images)
        return found


class _Scaling(nn.Module):
    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor(SHIFT)[None, :, None, None])
        self.register_buffer("scale", torch.tensor(SCALE)[None, :, None, None])

    def forward(self, images: Tensor) -> Tensor:
        return (images - self.shift) / self.scale


class _Weighted(nn.Module):
    def __init__(self, wide: int) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Identity(), nn.Conv2d(wide, 1, 1, bias=False))

    def forward(self, squared: Tensor) -> Tensor:
        weighted: Tensor = self.model(squared)
        return weighted


class Lpips(nn.Module):
    """Pairs (n, 1 or 3, R, R) in [0, 1] to their perceptual distance by pixel, (n, 1, R, R)."""

    def __init__(self) -> None:
        super().__init__()
        self.scaling_layer = _Scaling()
        self.net = _SqueezeNet()
        for number, wide in enumerate(WIDTHS):
            self.add_module(f"lin{number}", _Weighted(wide))

    def features(self, images: Tensor) -> list[Tensor]:
        """What is compared of images: seven maps of directions."""
        return [unit(one) for one in self.net(self.scaling_layer(2 * images - 1))]

    def between(self, first: list[Tensor], second: list[Tensor], size: Sequence[int]) -> Tensor:
        """The distance of images of ``size`` pixels (rows, columns) by their :meth:`features`."""
        total = first[0].new_zeros(len(first[0]), 1, *size)
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            weighted = getattr(self, f"lin{number}")((one - other) ** 2)
            total = total + functional.interpolate(weighted, tuple(size), mode="bilinear", align_corners=False)
        return total

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self.between(self.features(first), self.features(second), first.shape[-2:])


def unit(features: Tensor) -> Tensor:
    """Features (n, F, h, w) at length 1 in each place."""
    return features / (features.square().sum(1, keepdim=True).sqrt() + TINY)
