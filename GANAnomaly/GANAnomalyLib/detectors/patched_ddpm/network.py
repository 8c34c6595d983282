"""The U-Net of guided diffusion, with the names that published weights have.

Dhariwal and Nichol, "Diffusion Models Beat GANs on Image Synthesis", NeurIPS 2021, section 3 and appendix: residual
blocks that also go up and down a level, the step told to them as scale and shift of their second normalisation, and
attention with a fixed number of channels a head. :class:`monai.networks.nets.DiffusionModelUNet` has neither scale nor
shift, and adds the step between the convolutions.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOWEST = 10_000
"""The longest period of the sines that tell the step (Vaswani et al., "Attention Is All You Need", section 3.5)."""


class GuidedUNet(nn.Module):
    """Images (N, C, R, R) and their steps (N,) to images of the same shape.

    Parameters
    ----------
    channels: C. width: channels of the finest level. times: how many times as many each level has; each has half the
        pixels of the one before, so that R must be divisible by ``2 ** (len(times) - 1)``.
    blocks: residual blocks a level on the way down; one more on the way up.
    attention: how many of the coarsest levels have attention. head: channels of a head.
    groups: of each normalisation.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        times: tuple[int, ...],
        blocks: int,
        attention: int,
        head: int,
        groups: int = 32,
    ) -> None:
        super().__init__()
        self.width = width
        told, last = 4 * width, len(times) - 1
        self.time_embed = nn.Sequential(nn.Linear(width, told), nn.SiLU(), nn.Linear(told, told))

        def row(wide: int, level: int, change: str = "") -> nn.ModuleList:
            out = times[level] * width
            layers: list[nn.Module] = [_Residual(wide, out, told, groups)]
            layers += [_Attention(out, head, groups)] if level > last - attention else []
            return nn.ModuleList(layers + ([_Residual(out, out, told, groups, change)] if change else []))

        wide, passed = width, [width]
        self.input_blocks = nn.ModuleList([nn.ModuleList([nn.Conv2d(channels, width, 3, padding=1)])])
        for level, factor in enumerate(times):
            for _ in range(blocks):
                self.input_blocks.append(row(wide, level))
                wide = factor * width
                passed.append(wide)
            if level < last:
                self.input_blocks.append(nn.ModuleList([_Residual(wide, wide, told, groups, "down")]))
                passed.append(wide)
        middle = [_Residual(wide, wide, told, groups), _Attention(wide, head, groups)]
        self.middle_block = nn.ModuleList([*middle, _Residual(wide, wide, told, groups)])
        self.output_blocks = nn.ModuleList()
        for level in range(last, -1, -1):
            for number in range(blocks + 1):
                self.output_blocks.append(row(wide + passed.pop(), level, "up" if level and number == blocks else ""))
                wide = times[level] * width
        self.out = nn.Sequential(nn.GroupNorm(groups, wide), nn.SiLU(), _zero(nn.Conv2d(wide, channels, 3, padding=1)))

    def forward(self, images: Tensor, steps: Tensor) -> Tensor:
        told = self.time_embed(waves(steps, self.width).to(images.dtype))
        passed: list[Tensor] = []
        out = images
        for layers in self.input_blocks:
            out = _through(layers, out, told)
            passed.append(out)
        out = _through(self.middle_block, out, told)
        for layers in self.output_blocks:
            out = _through(layers, torch.cat([out, passed.pop()], 1), told)
        answer: Tensor = self.out(out)
        return answer


def waves(steps: Tensor, count: int) -> Tensor:
    """(N, count) cosines and sines of steps (N,), of periods that grow to :data:`SLOWEST`."""
    half = count // 2
    rates = torch.exp(-math.log(SLOWEST) / half * torch.arange(half, device=steps.device))
    angles = steps.float()[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], 1)


def _zero(layer: nn.Conv1d | nn.Conv2d) -> nn.Module:
    """Begins with zeros, so that a block changes nothing at first."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _through(layers: nn.Module, images: Tensor, told: Tensor) -> Tensor:
    assert isinstance(layers, nn.ModuleList)
    for layer in layers:
        images = layer(images, told) if isinstance(layer, _Residual) else layer(images)
    return images


class _Residual(nn.Module):
    """Two convolutions and a way past them; ``change`` "up" or "down" also changes the pixels by a factor of two."""

    def __init__(self, wide: int, out: int, told: int, groups: int, change: str = "") -> None:
        super().__init__()
        self.change = change
        self.in_layers = nn.Sequential(nn.GroupNorm(groups, wide), nn.SiLU(), nn.Conv2d(wide, out, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(told, 2 * out))
        # The third place is a dropout's, which published weights count and the published configuration has at 0.
        self.out_layers = nn.Sequential(
            nn.GroupNorm(groups, out), nn.SiLU(), nn.Identity(), _zero(nn.Conv2d(out, out, 3, padding=1))
        )
        self.skip_connection = nn.Identity() if wide == out else nn.Conv2d(wide, out, 1)

    def _resized(self, images: Tensor) -> Tensor:
        if self.change == "down":
            return functional.avg_pool2d(images, 2)
        return functional.interpolate(images, scale_factor=2.0) if self.change else images

    def forward(self, images: Tensor, told: Tensor) -> Tensor:
        norm, act, convolution = self.in_layers
        out = convolution(self._resized(act(norm(images))))
        scale, shift = self.emb_layers(told)[:, :, None, None].chunk(2, dim=1)
        norm, *rest = self.out_layers
        out = norm(out) * (1 + scale) + shift
        for layer in rest:
            out = layer(out)
        both: Tensor = self.skip_connection(self._resized(images)) + out
        return both


class _Attention(nn.Module):
    """Every pixel looks at every other one."""

    def __init__(self, channels: int, head: int, groups: int) -> None:
        super().__init__()
        self.heads = max(channels // head, 1)
        self.norm = nn.GroupNorm(groups, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = _zero(nn.Conv1d(channels, channels, 1))

    def forward(self, images: Tensor) -> Tensor:
        count, channels = images.shape[:2]
        flat = images.flatten(2)
        # All queries, then all keys, then all values.
        parts = self.qkv(self.norm(flat)).view(count, 3, self.heads, channels // self.heads, -1).transpose(-1, -2)
        seen = functional.scaled_dot_product_attention(*parts.contiguous().unbind(1))
        out: Tensor = flat + self.proj_out(seen.transpose(-1, -2).reshape(flat.shape))
        return out.view(images.shape)
