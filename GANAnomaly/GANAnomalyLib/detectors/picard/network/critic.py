"""The critics: how normal a patch looks, and the features that completions are compared on."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ....errors import InputError


class _Convolutions(nn.Module):
    def __init__(self, channels: int, n: int) -> None:
        super().__init__()
        widths = ((channels, n), (n, 2 * n), (2 * n, 4 * n), (4 * n, 4 * n))
        for number, (wide, narrow) in enumerate(widths, 1):
            setattr(self, f"conv{number}", _Strided(wide, narrow))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for number in range(1, 5):
            x = F.leaky_relu(getattr(self, f"conv{number}")(x), 0.2)
        return x


class _Strided(nn.Module):
    def __init__(self, wide: int, narrow: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(wide, narrow, 5, 2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.conv(x)
        return y


class Critic(nn.Module):
    """A Wasserstein critic of square patches; the local one sees the hole, the global one the whole window.

    Parameters
    ----------
    channels: of the image. ndf: channels of the first layer (32 as published). size: side of the patch, divisible
    by 16.
    """

    def __init__(self, channels: int = 1, ndf: int = 32, size: int = 128) -> None:
        super().__init__()
        if size % 16 or size < 16:
            raise InputError(f"A critic's patch must have a side divisible by 16, not {size}.")
        self.channels, self.ndf, self.size = channels, ndf, size
        self.dis_conv_module = _Convolutions(channels, ndf)
        self.linear = nn.Linear(4 * ndf * (size // 16) ** 2, 1)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, size, size) in [-1, 1] to the last feature map, (N, 4 ndf, size / 16, size / 16)."""
        features: torch.Tensor = self.dis_conv_module(x)
        return features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, size, size) to (N, 1); no bounds, higher is more normal."""
        scores: torch.Tensor = self.linear(self.features(x).flatten(1))
        return scores
