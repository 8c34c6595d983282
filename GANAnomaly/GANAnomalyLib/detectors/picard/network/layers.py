"""The convolution that all of PICARD's networks are made of."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

Activation = Callable[[torch.Tensor], torch.Tensor]


class ConvBlock(nn.Module):
    """A convolution with bias, zero padding that keeps the size, and an activation (None for none).

    The weights are named ``conv.weight`` and ``conv.bias`` as in published checkpoints.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int = 3,
        stride: int = 1,
        dilation: int = 1,
        activation: Activation | None = F.elu,
    ) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv = nn.Conv2d(channels_in, channels_out, kernel, stride, padding, dilation)
        self.activation = activation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C_in, H, W) to (N, C_out, H / stride, W / stride)."""
        x = self.conv(x)
        return x if self.activation is None else self.activation(x)


def twice(x: torch.Tensor) -> torch.Tensor:
    """(N, C, H, W) to (N, C, 2 H, 2 W), each pixel repeated."""
    return F.interpolate(x, scale_factor=2, mode="nearest")
