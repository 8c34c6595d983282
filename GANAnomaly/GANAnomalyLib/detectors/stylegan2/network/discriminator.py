"""StyleGAN2 discriminator, residual architecture, with the published parameter names."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .layers import Conv, Dense, block_resolutions, channel_widths, full_precision, resample_filter
from .mapping import MappingNetwork

SQRT_HALF = math.sqrt(0.5)


class ResidualBlock(nn.Module):
    """Halves the size; the first block also turns the image into features (``fromrgb``)."""

    half: bool  # type: ignore[assignment]  # in the place of the method of this name
    resample_filter: Tensor

    def __init__(
        self, img_channels: int, channels: int, out_channels: int, half: bool, conv_clamp: float | None
    ) -> None:
        super().__init__()
        self.half = half
        self.register_buffer("resample_filter", resample_filter())
        if img_channels:
            self.fromrgb = Conv(img_channels, channels, 1, conv_clamp=conv_clamp)
        self.conv0 = Conv(channels, channels, 3, conv_clamp=conv_clamp)
        self.conv1 = Conv(channels, out_channels, 3, down=True, conv_clamp=conv_clamp)
        self.skip = Conv(channels, out_channels, 1, bias=False, lrelu=False, down=True)

    def forward(self, x: Tensor) -> Tensor:
        x = x.half() if self.half and x.device.type == "cuda" else full_precision(x)
        if hasattr(self, "fromrgb"):
            x = self.fromrgb(x)
        y: Tensor = self.skip(x, SQRT_HALF) + self.conv1(self.conv0(x), SQRT_HALF)
        return y


def minibatch_std(x: Tensor, group_size: int | None) -> Tensor:
    """Append one channel: per group of samples (i, i + N/g, ...), the mean over features of their std.

    None is one group of the whole batch. Raises ValueError when the batch is not a multiple of the group.
    """
    n, _, h, w = x.shape
    group = n if group_size is None else min(group_size, n)
    if n % group:
        raise ValueError(f"a batch of {n} cannot be split into groups of {group}")
    y = x.reshape(group, n // group, -1)
    y = (y - y.mean(0)).square().mean(0).add(1e-8).sqrt().mean(1)
    return torch.cat([x, y.repeat(group)[:, None, None, None].expand(-1, 1, h, w)], 1)


class Epilogue(nn.Module):
    """The 4x4 end: minibatch standard deviation, convolution, two dense layers."""

    def __init__(self, channels: int, outputs: int, mbstd_group_size: int | None, conv_clamp: float | None) -> None:
        super().__init__()
        self.group = mbstd_group_size
        self.conv = Conv(channels + (mbstd_group_size != 0), channels, 3, conv_clamp=conv_clamp)
        self.fc = Dense(channels * 16, channels, lrelu=True)
        self.out = Dense(channels, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = full_precision(x)
        if self.group != 0:
            x = minibatch_std(x, self.group)
        y: Tensor = self.out(self.fc(self.conv(x).flatten(1)))
        return y


class Discriminator(nn.Module):
    """Images (N, C, R, R) in [-1, 1] and labels c (N, c_dim), or None without labels, to logits (N, 1).

    ``mbstd_group_size`` is how many images the minibatch statistic compares: None the whole batch, 0 none at all.
    """

    def __init__(
        self,
        c_dim: int = 0,
        img_resolution: int = 256,
        img_channels: int = 1,
        channel_base: int = 32768,
        channel_max: int = 512,
        num_fp16_res: int = 0,
        conv_clamp: float | None = None,
        mbstd_group_size: int | None = 4,
        mapping_layers: int = 8,
        cmap_dim: int | None = None,
        channels: dict[int, int] | None = None,
    ) -> None:
        super().__init__()
        self.c_dim, self.img_resolution, self.img_channels = c_dim, img_resolution, img_channels
        widths = channel_widths(img_resolution, channel_base, channel_max, channels)
        self.resolutions = block_resolutions(img_resolution)[:0:-1]
        for index, res in enumerate(self.resolutions):
            half = index < num_fp16_res
            clamp = 256.0 if conv_clamp is None and half else conv_clamp
            block = ResidualBlock(img_channels if index == 0 else 0, widths[res], widths[res // 2], half, clamp)
            self.add_module(f"b{res}", block)
        self.cmap_dim = (cmap_dim or widths[4]) if c_dim else 0
        self.b4 = Epilogue(widths[4], self.cmap_dim or 1, mbstd_group_size, conv_clamp)
        if c_dim:
            self.mapping = MappingNetwork(0, c_dim, self.cmap_dim, None, mapping_layers)

    def forward(self, img: Tensor, c: Tensor | None = None) -> Tensor:
        x = img
        for res in self.resolutions:
            x = getattr(self, f"b{res}")(x)
        logits: Tensor = self.b4(x)
        if self.c_dim:
            label = self.mapping(None, c)
            logits = (logits * label).sum(1, keepdim=True) / math.sqrt(self.cmap_dim)
        return logits
