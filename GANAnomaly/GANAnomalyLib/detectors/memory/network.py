"""The first stages of EfficientNet-Lite0: what they answer to natural pictures tells textures and shapes apart.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, in the variant
without squeeze-and-excitation and with ReLU6. Weights trained on ImageNet are published under Apache-2.0; batch
normalisation is folded into the convolutions here (:func:`folded`), so that a model file holds 0.7 million numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-3
"""Of the published batch normalisation."""
STEM = 32


class _Stage(NamedTuple):
    """One inverted residual block: how much wider it is inside, its output's channels, kernel and stride."""

    expand: int
    channels: int
    kernel: int
    stride: int


_BLOCKS = (
    _Stage(1, 16, 3, 1),
    _Stage(6, 24, 3, 2),
    _Stage(6, 24, 3, 1),
    _Stage(6, 40, 5, 2),
    _Stage(6, 40, 5, 1),
    _Stage(6, 80, 3, 2),
    _Stage(6, 80, 3, 1),
    _Stage(6, 80, 3, 1),
    _Stage(6, 112, 5, 1),
    _Stage(6, 112, 5, 1),
    _Stage(6, 112, 5, 1),
)
ENDS = (2, 4, 10)
"""Blocks whose output is taken: the ends of the stages at a quarter, an eighth and a sixteenth of the side."""
WIDTHS = tuple(_BLOCKS[end].channels for end in ENDS)


class _Convolution(nn.Module):
    """A convolution padded as the published weights want it: with a stride, one pixel more at the lower right."""

    def __init__(self, wide: int, out: int, kernel: int, stride: int = 1, groups: int = 1, act: bool = True) -> None:
        super().__init__()
        self.kernel, self.stride, self.groups, self.act = kernel, stride, groups, act
        self.weight = nn.Parameter(torch.zeros(out, wide // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(out))

    def forward(self, images: Tensor) -> Tensor:
        padding = 0
        if self.stride == 1:
            padding = self.kernel // 2
        else:
            edges: list[int] = []
            for size in (images.shape[-1], images.shape[-2]):
                total = max((-(-size // self.stride) - 1) * self.stride + self.kernel - size, 0)
                edges += [total // 2, total - total // 2]
            images = functional.pad(images, edges)
        out = functional.conv2d(images, self.weight, self.bias, self.stride, padding, 1, self.groups)
        return functional.relu6(out, inplace=True) if self.act else out


class _Block(nn.Module):
    def __init__(self, wide: int, stage: _Stage) -> None:
        super().__init__()
        inner = wide * stage.expand
        layers = [] if stage.expand == 1 else [_Convolution(wide, inner, 1)]
        layers += [
            _Convolution(inner, inner, stage.kernel, stage.stride, inner),
            _Convolution(inner, stage.channels, 1, act=False),
        ]
        self.layers = nn.Sequential(*layers)
        self.residual = stage.stride == 1 and wide == stage.channels

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = self.layers(images)
        return images + out if self.residual else out


class LiteFeatures(nn.Module):
    """(N, 3, R, R) pictures, normalised as for ImageNet, to three maps: (N, 24, R/4, R/4), (N, 40, R/8, R/8) and
    (N, 112, R/16, R/16)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Convolution(3, STEM, 3, 2)
        wide, blocks = STEM, []
        for stage in _BLOCKS:
            blocks.append(_Block(wide, stage))
            wide = stage.channels
        self.blocks = nn.ModuleList(blocks)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        out, found = self.stem(pictures), []
        for number, block in enumerate(self.blocks):
            out = block(out)
            if number in ENDS:
                found.append(out)
        return found


def folded(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of :class:`LiteFeatures` from a published EfficientNet-Lite0 state dict.

    Takes the names of the package ``efficientnet-lite-pytorch``; raises KeyError for other ones.
    """
    found: dict[str, Tensor] = {}

    def take(name: str, convolution: str, norm: str) -> None:
        scale = published[f"{norm}.weight"] / torch.sqrt(published[f"{norm}.running_var"] + EPSILON)
        found[f"{name}.weight"] = published[f"{convolution}.weight"] * scale[:, None, None, None]
        found[f"{name}.bias"] = published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale

    take("stem", "_conv_stem", "_bn0")
    for number, stage in enumerate(_BLOCKS):
        there, here, layer = f"_blocks.{number}", f"blocks.{number}.layers", 0
        if stage.expand > 1:
            take(f"{here}.0", f"{there}._expand_conv", f"{there}._bn0")
            layer = 1
        take(f"{here}.{layer}", f"{there}._depthwise_conv", f"{there}._bn1")
        take(f"{here}.{layer + 1}", f"{there}._project_conv", f"{there}._bn2")
    return found
