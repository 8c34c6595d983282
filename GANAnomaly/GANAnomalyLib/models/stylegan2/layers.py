"""Building blocks shared by generator, discriminator and encoder (Karras et al. 2020, "Analyzing and improving").

Images and features are (N, C, H, W). Every operation here is made of differentiable torch calls, so gradients of any
order work. Two departures from the plain formulation, both exact: modulation scales the activations instead of the
weights (one shared convolution serves the whole batch), and the resampling filter runs as two one-dimensional passes.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

TAPS = (1.0, 3.0, 3.0, 1.0)
LRELU_SLOPE = 0.2
SQRT2 = math.sqrt(2.0)
MOMENT_EPSILON = 1e-8


def resample_filter() -> Tensor:
    """The (4, 4) smoothing filter of every resampling step: outer product of [1, 3, 3, 1], sum 1."""
    taps = torch.tensor(TAPS)
    kernel = torch.outer(taps, taps)
    return kernel / kernel.sum()


def fir_smooth(x: Tensor, pad: int, gain: float = 1.0) -> Tensor:
    """Smooth with the resampling filter: zero padding ``pad`` on every side, so the size grows by 2 * pad - 3."""
    if pad:
        x = functional.pad(x, (pad, pad, pad, pad))
    x = 3.0 * (x[..., 1:-2] + x[..., 2:-1]) + (x[..., :-3] + x[..., 3:])
    x = 3.0 * (x[..., 1:-2, :] + x[..., 2:-1, :]) + (x[..., :-3, :] + x[..., 3:, :])
    return x * (gain / 64.0)


def fir_down(x: Tensor) -> Tensor:
    """Halve the size: smooth with padding 1, keep every second sample."""
    x = functional.pad(x, (1, 1, 1, 1))
    # Columns first and only those that are kept: half of the work of smoothing everything.
    even, odd = x[..., 0::2], x[..., 1::2]
    x = 3.0 * (odd[..., :-1] + even[..., 1:]) + (even[..., :-1] + odd[..., 1:])
    even, odd = x[..., 0::2, :], x[..., 1::2, :]
    x = 3.0 * (odd[..., :-1, :] + even[..., 1:, :]) + (even[..., :-1, :] + odd[..., 1:, :])
    return x * (1.0 / 64.0)


def upsample_image(x: Tensor, kernel: Tensor) -> Tensor:
    """Double the size of an image: zero insertion, then the filter times 4 (few channels, so one plain call)."""
    n, c, h, w = x.shape
    weight = (kernel * 4.0).to(x.dtype)[None, None]
    x = functional.conv_transpose2d(x.reshape(n * c, 1, h, w), weight, stride=2, padding=1)
    return x.reshape(n, c, 2 * h, 2 * w)


def activate(x: Tensor, gain: float = SQRT2, clamp: float | None = None) -> Tensor:
    """Leaky ReLU (slope 0.2) times ``gain``, clamped to +-``clamp`` where the network asks for it."""
    x = functional.leaky_relu(x, LRELU_SLOPE) * gain
    return x if clamp is None else x.clamp(-clamp, clamp)


def unit_moment(x: Tensor) -> Tensor:
    """Scale each row of (N, D) to unit second moment."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + MOMENT_EPSILON)


class Dense(nn.Module):
    """Fully connected layer with equalised learning rate; ``lrelu`` False means linear with gain 1."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        lr_multiplier: float = 1.0,
        lrelu: bool = False,
        bias_init: float = 0.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features) / lr_multiplier)
        self.bias = nn.Parameter(torch.full((out_features,), bias_init / lr_multiplier))
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier
        self.lrelu = lrelu

    def forward(self, x: Tensor) -> Tensor:
        x = functional.linear(x, self.weight.to(x.dtype) * self.weight_gain, self.bias.to(x.dtype) * self.bias_gain)
        return activate(x) if self.lrelu else x


class Conv(nn.Module):
    """Convolution with equalised learning rate, optionally halving the size (filter, then stride 2).

    ``gain`` multiplies the output after the activation; a clamp scales with it.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        bias: bool = True,
        lrelu: bool = True,
        down: bool = False,
        conv_clamp: float | None = None,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.register_buffer("resample_filter", resample_filter())
        self.weight_gain = 1.0 / math.sqrt(in_channels * kernel_size**2)
        self.kernel_size = kernel_size
        self.lrelu = lrelu
        self.down = down
        self.conv_clamp = conv_clamp

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        weight = (self.weight * self.weight_gain).to(x.dtype)
        bias = None if self.bias is None else self.bias.to(x.dtype)
        if self.down and self.kernel_size == 1:
            x = functional.conv2d(fir_down(x), weight, bias)
        elif self.down:
            x = functional.conv2d(fir_smooth(x, 2), weight, bias, stride=2)
        else:
            x = functional.conv2d(x, weight, bias, padding=self.kernel_size // 2)
        clamp = None if self.conv_clamp is None else self.conv_clamp * gain
        if self.lrelu:
            return activate(x, SQRT2 * gain, clamp)
        x = x * gain if gain != 1.0 else x
        return x if clamp is None else x.clamp(-clamp, clamp)


def modulated_conv(x: Tensor, weight: Tensor, style: Tensor, demodulate: bool = True, up: bool = False) -> Tensor:
    """Modulated convolution of a whole batch with one shared weight.

    ``x`` (N, I, H, W), ``weight`` (O, I, k, k), ``style`` (N, I). Scaling the input channels by the style and the
    output channels by the demodulation factor equals scaling each sample's own weights. With ``up`` the size doubles:
    transposed convolution, then the resampling filter with gain 4.
    """
    if x.dtype in (torch.float16, torch.bfloat16) and demodulate:
        # Demodulation makes the result independent of these scales; without them half precision overflows.
        weight = weight / weight.abs().amax(dim=(1, 2, 3), keepdim=True)
        style = style / style.abs().amax(dim=1, keepdim=True)
    y = x * style.to(x.dtype)[:, :, None, None]
    if up:
        y = functional.conv_transpose2d(y, weight.to(x.dtype).transpose(0, 1), stride=2)
        y = fir_smooth(y, 1, 4.0)
    else:
        y = functional.conv2d(y, weight.to(x.dtype), padding=weight.shape[-1] // 2)
    if demodulate:
        energy = weight.square().sum((2, 3))
        scale = torch.rsqrt(style.square() @ energy.t() + MOMENT_EPSILON)
        y = y * scale.to(x.dtype)[:, :, None, None]
    return y


def block_resolutions(resolution: int) -> list[int]:
    """4, 8, ... up to ``resolution``; ValueError unless that is a power of two of at least 4."""
    if resolution < 4 or resolution & (resolution - 1):
        raise ValueError(f"resolution must be a power of two of at least 4, not {resolution}")
    return [2**i for i in range(2, resolution.bit_length())]


def channel_widths(
    resolution: int, channel_base: int, channel_max: int, channels: dict[int, int] | None = None
) -> dict[int, int]:
    """Feature channels at every block: min(base / resolution, max), or as a checkpoint dictates."""
    if channels is not None:
        return {int(res): int(width) for res, width in channels.items()}
    return {res: min(channel_base // res, channel_max) for res in block_resolutions(resolution)}
