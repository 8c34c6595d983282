"""Building blocks shared by generator, discriminator and encoder (Karras et al. 2020, "Analyzing and improving").

Images and features are (N, C, H, W), float16, float32 or float64. Every operation here is made of differentiable torch
calls, so gradients of any order work (R1 and path length penalties differentiate twice). Departures from the plain
formulation, all exact: modulation scales the activations instead of the weights (one shared convolution serves the
whole batch), gains are multiplied into weights and biases, which are small, and not into activations, which are not.

On a CPU features lie channels last: convolutions there are up to twice as fast so, transposed and depthwise ones up to
ten times. On other devices the caller's layout stays.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from .convolution import convolve, convolve_transposed

TAPS = (1.0, 3.0, 3.0, 1.0)
LRELU_SLOPE = 0.2
SQRT2 = math.sqrt(2.0)
MOMENT_EPSILON = 1e-8


def resample_filter() -> Tensor:
    """The (4, 4) smoothing filter of every resampling step: outer product of [1, 3, 3, 1], sum 1."""
    taps = torch.tensor(TAPS)
    kernel = torch.outer(taps, taps)
    return kernel / kernel.sum()


def _depthwise(channels: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(C, 1, 4, 4): the filter for each channel."""
    # Compiled code makes it once by itself, and torch.compile warns of caches.
    return (_expanded if torch.compiler.is_compiling() else _kept)(channels, dtype, device)


def _expanded(channels: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return resample_filter().to(device, dtype).expand(channels, 1, 4, 4).contiguous()


@lru_cache(maxsize=64)
def _kept(channels: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Kept, for it is asked for in every layer of every step."""
    # A tensor made in inference mode could never be used in training afterwards.
    with torch.inference_mode(False), torch.no_grad():
        return _expanded(channels, dtype, device)


def fast_layout(x: Tensor) -> Tensor:
    """Features (N, C, H, W) in the layout that convolutions on their device like best; no copy where they are so."""
    if x.device.type != "cpu":
        return x
    # Spelled out, because contiguous(memory_format=...) cannot be mapped over samples by torch.func.
    return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


def full_precision(x: Tensor) -> Tensor:
    """As float32; float64 stays, for those who check derivatives."""
    return x if x.dtype == torch.float64 else x.float()


def fir_smooth(x: Tensor, pad: int, gain: float = 1.0) -> Tensor:
    """Smooth with the resampling filter: zero padding ``pad`` on every side, so the size grows by 2 * pad - 3."""
    kernel = _depthwise(x.shape[1], x.dtype, x.device)
    x = convolve(fast_layout(x), kernel, padding=pad, groups=x.shape[1])
    return x if gain == 1.0 else x * gain


def fir_down(x: Tensor) -> Tensor:
    """Halve the size: smooth with padding 1, keep every second sample."""
    kernel = _depthwise(x.shape[1], x.dtype, x.device)
    return convolve(fast_layout(x), kernel, padding=1, stride=2, groups=x.shape[1])


def upsample_image(x: Tensor, kernel: Tensor) -> Tensor:
    """Double the size of an image: zero insertion, then ``kernel`` (4, 4) times 4."""
    channels = x.shape[1]
    weight = (kernel * 4.0).to(x.dtype).expand(channels, 1, 4, 4)
    return convolve_transposed(fast_layout(x), weight, stride=2, padding=1, groups=channels)


def activate(x: Tensor, gain: float = SQRT2, clamp: float | None = None) -> Tensor:
    """Leaky ReLU (slope 0.2) times ``gain``, clamped to +-``clamp`` where the network asks for it."""
    x = functional.leaky_relu(x, LRELU_SLOPE) if gain == 1.0 else functional.leaky_relu_(x * gain, LRELU_SLOPE)
    return x if clamp is None else x.clamp(-clamp, clamp)


def pointwise(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A 1x1 convolution: ``x`` (N, I, H, W), ``weight`` (O, I, 1, 1), ``bias`` (O,) or None."""
    if x.device.type != "cpu":
        return convolve(x, weight, bias)
    # With channels last it is one product of matrices, whose second derivatives cost half of a convolution's.
    return functional.linear(x.permute(0, 2, 3, 1), weight.flatten(1), bias).permute(0, 3, 1, 2)


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
        # A leaky ReLU passes positive factors through: its gain is taken on the weights, not on every pixel.
        gain = gain * SQRT2 if self.lrelu else gain
        weight = (self.weight * (self.weight_gain * gain)).to(x.dtype)
        bias = None if self.bias is None else (self.bias * gain).to(x.dtype)
        if self.kernel_size == 1:
            x = pointwise(fir_down(x) if self.down else x, weight, bias)
        elif self.down:
            x = convolve(fir_smooth(x, 2), weight, bias, stride=2)
        else:
            x = convolve(fast_layout(x), weight, bias, padding=self.kernel_size // 2)
        if self.lrelu:
            x = functional.leaky_relu(x, LRELU_SLOPE)
        if self.conv_clamp is None:
            return x
        clamp = self.conv_clamp * (gain / SQRT2 if self.lrelu else gain)
        return x.clamp(-clamp, clamp)


def modulated_conv(x: Tensor, weight: Tensor, style: Tensor, demodulate: bool = True, up: bool = False) -> Tensor:
    """Modulated convolution of a whole batch with one shared weight.

    ``x`` (N, I, H, W), ``weight`` (O, I, k, k), ``style`` (N, I). Scaling the input channels by the style and the
    output channels by the demodulation factor equals scaling each sample's own weights. With ``up`` the size doubles:
    transposed convolution, then the resampling filter with gain 4.
    """
    if up and weight.shape[-1] != 3:
        raise ValueError("only 3x3 kernels double the size")
    if x.dtype in (torch.float16, torch.bfloat16) and demodulate:
        # Demodulation makes the result independent of these scales; without them half precision overflows.
        weight = weight / weight.abs().amax(dim=(1, 2, 3), keepdim=True)
        style = style / style.abs().amax(dim=1, keepdim=True)
    x = fast_layout(x)
    if weight.shape[-1] == 1:
        # One product of matrices a sample: cheaper than a pass over the features to scale them.
        y: Tensor = ((weight.flatten(1) * style[:, None]).to(x.dtype) @ x.flatten(2)).unflatten(2, x.shape[2:])
    else:
        y = x * style.to(x.dtype)[:, :, None, None]
        if up:
            y = fir_smooth(convolve_transposed(y, (weight * 4.0).to(x.dtype).transpose(0, 1), stride=2), 1)
        else:
            y = convolve(y, weight.to(x.dtype), padding=weight.shape[-1] // 2)
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
