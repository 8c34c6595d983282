"""StyleGAN2 generator with the published parameter names (Karras et al. 2020a, 2020b)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .layers import (
    Dense,
    activate,
    block_resolutions,
    channel_widths,
    full_precision,
    modulated_conv,
    resample_filter,
    upsample_image,
)
from .mapping import MappingNetwork

NOISE_MODES = ("const", "random", "none")
HALF_CLAMP = 256.0


class StyleLayer(nn.Module):
    """Modulated 3x3 convolution, noise, bias, leaky ReLU; ``up`` doubles the size first."""

    noise_const: Tensor

    def __init__(self, in_channels: int, out_channels: int, w_dim: int, resolution: int, up: bool) -> None:
        super().__init__()
        self.resolution, self.up = resolution, up
        self.conv_clamp: float | None = None
        self.affine = Dense(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 3, 3))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("resample_filter", resample_filter())
        self.register_buffer("noise_const", torch.randn(resolution, resolution))

    def forward(self, x: Tensor, w: Tensor, noise_mode: str, noise: Tensor | None = None) -> Tensor:
        """``noise`` (N or 1, 1, R, R) replaces the constant map of mode "const" (projection optimises it)."""
        x = modulated_conv(x, self.weight, self.affine(w), up=self.up)
        if noise is None and noise_mode == "const":
            noise = self.noise_const
        elif noise_mode == "random":
            noise = torch.randn(x.shape[0], 1, self.resolution, self.resolution, device=x.device)
        if noise is not None and noise_mode != "none":
            x = x + (noise * self.noise_strength).to(x.dtype)
        return activate(x + self.bias.to(x.dtype)[None, :, None, None], clamp=self.conv_clamp)


class ToRGB(nn.Module):
    """1x1 modulated convolution without demodulation, to image channels."""

    def __init__(self, in_channels: int, img_channels: int, w_dim: int) -> None:
        super().__init__()
        self.affine = Dense(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(img_channels, in_channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(img_channels))
        self.style_gain = 1.0 / math.sqrt(in_channels)
        self.conv_clamp: float | None = None

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        x = modulated_conv(x, self.weight, self.affine(w) * self.style_gain, demodulate=False)
        x = x + self.bias.to(x.dtype)[None, :, None, None]
        return x if self.conv_clamp is None else x.clamp(-self.conv_clamp, self.conv_clamp)


class SynthesisBlock(nn.Module):
    """One resolution: conv0 (upsampling; absent at 4x4), conv1 and ToRGB onto the running image."""

    half: bool  # type: ignore[assignment]  # in the place of the method of this name
    resample_filter: Tensor

    def __init__(self, in_channels: int, channels: int, w_dim: int, resolution: int, img_channels: int) -> None:
        super().__init__()
        self.resolution = resolution
        self.half = False
        self.register_buffer("resample_filter", resample_filter())
        if in_channels == 0:
            self.const = nn.Parameter(torch.randn(channels, resolution, resolution))
        else:
            self.conv0 = StyleLayer(in_channels, channels, w_dim, resolution, up=True)
        self.conv1 = StyleLayer(channels, channels, w_dim, resolution, up=False)
        self.torgb = ToRGB(channels, img_channels, w_dim)
        self.num_conv = 1 if in_channels == 0 else 2

    def forward(
        self, x: Tensor | None, image: Tensor | None, ws: Tensor, noise_mode: str, noises: dict[str, Tensor] | None
    ) -> tuple[Tensor, Tensor]:
        """``ws`` (N, num_conv + 1, w_dim). The running image stays float32."""
        noises = noises or {}
        prefix = f"b{self.resolution}."
        half = self.half and ws.device.type == "cuda"
        dtype = torch.float16 if half else torch.float64 if ws.dtype == torch.float64 else torch.float32
        index = 0
        if x is None:
            x = self.const[None].expand(ws.shape[0], -1, -1, -1).to(dtype)
        else:
            x = self.conv0(x.to(dtype), ws[:, 0], noise_mode, noises.get(prefix + "conv0"))
            index = 1
        x = self.conv1(x, ws[:, index], noise_mode, noises.get(prefix + "conv1"))
        rgb = full_precision(self.torgb(x, ws[:, index + 1]))
        return x, rgb if image is None else upsample_image(image, self.resample_filter) + rgb


class SynthesisNetwork(nn.Module):
    """ws (N, num_ws, w_dim) to images (N, img_channels, R, R), about [-1, 1]."""

    def __init__(
        self, w_dim: int, img_resolution: int, img_channels: int, widths: dict[int, int], num_fp16_res: int = 0
    ) -> None:
        super().__init__()
        self.resolutions = block_resolutions(img_resolution)
        self.num_ws = 2 * len(self.resolutions)
        for res in self.resolutions:
            block = SynthesisBlock(widths.get(res // 2, 0) if res > 4 else 0, widths[res], w_dim, res, img_channels)
            self.add_module(f"b{res}", block)
        for res in self.resolutions[len(self.resolutions) - num_fp16_res :]:
            getattr(self, f"b{res}").half = True

    def forward(self, ws: Tensor, noise_mode: str = "const", noises: dict[str, Tensor] | None = None) -> Tensor:
        """``noises`` maps "b8.conv0"-like names to (N, 1, r, r) maps used instead of the stored ones."""
        if noise_mode not in NOISE_MODES:
            raise ValueError(f"noise_mode must be one of {', '.join(NOISE_MODES)}")
        x: Tensor | None = None
        image: Tensor | None = None
        index = 0
        for res in self.resolutions:
            block = getattr(self, f"b{res}")
            x, image = block(x, image, ws[:, index : index + block.num_conv + 1], noise_mode, noises)
            index += block.num_conv
        assert image is not None  # there is a block at least
        return image

    def noise_shapes(self) -> dict[str, int]:
        """Layer name to the side length of its noise map, in the order of synthesis."""
        names = {}
        for res in self.resolutions:
            if res > 4:
                names[f"b{res}.conv0"] = res
            names[f"b{res}.conv1"] = res
        return names


class Generator(nn.Module):
    """Mapping and synthesis. ``channels`` overrides the widths given by ``channel_base`` and ``channel_max``."""

    def __init__(
        self,
        z_dim: int = 512,
        c_dim: int = 0,
        w_dim: int = 512,
        img_resolution: int = 256,
        img_channels: int = 1,
        mapping_layers: int = 8,
        channel_base: int = 32768,
        channel_max: int = 512,
        num_fp16_res: int = 0,
        conv_clamp: float | None = None,
        channels: dict[int, int] | None = None,
    ) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim = z_dim, c_dim, w_dim
        self.img_resolution, self.img_channels = img_resolution, img_channels
        widths = channel_widths(img_resolution, channel_base, channel_max, channels)
        self.synthesis = SynthesisNetwork(w_dim, img_resolution, img_channels, widths, num_fp16_res)
        self.num_ws = self.synthesis.num_ws
        self.mapping = MappingNetwork(z_dim, c_dim, w_dim, self.num_ws, mapping_layers)
        clamp_half_only = conv_clamp is None
        for block in (getattr(self.synthesis, f"b{res}") for res in self.synthesis.resolutions):
            clamp = (HALF_CLAMP if block.half else None) if clamp_half_only else conv_clamp
            for layer in block.children():
                layer.conv_clamp = clamp

    def forward(
        self,
        z: Tensor,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
        noise_mode: str = "random",
    ) -> Tensor:
        """Images for z (N, z_dim) and labels c (N, c_dim); fresh noise unless told otherwise."""
        images: Tensor = self.synthesis(self.mapping(z, c, truncation_psi, truncation_cutoff), noise_mode)
        return images
