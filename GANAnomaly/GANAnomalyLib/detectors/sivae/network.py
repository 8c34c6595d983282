"""The networks of the soft introspective variational autoencoder: residual blocks between poolings, and back.

Daniel and Tamar, "Soft-IntroVAE: Analyzing and Improving the Introspective Variational Autoencoder", CVPR 2021. Names
are the published ones.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.2


class _Block(nn.Module):
    """Two convolutions, and their input added, through one of its own where channels change or ``expand`` asks."""

    def __init__(self, wide: int, out: int, expand: bool = False) -> None:
        super().__init__()
        self.conv_expand = nn.Conv2d(wide, out, 1, bias=False) if wide != out or expand else None
        self.conv1 = nn.Conv2d(wide, out, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)

    def forward(self, images: Tensor) -> Tensor:
        past = images if self.conv_expand is None else self.conv_expand(images)
        inside = functional.leaky_relu(self.bn1(self.conv1(images)), SLOPE)
        return functional.leaky_relu(self.bn2(self.conv2(inside)) + past, SLOPE)


class Sizes(NamedTuple):
    """Of the networks: ``widths`` are the channels after the first convolution and after each block but the last, and
    there are as many poolings; ``expand`` says that blocks between equal widths have a 1 x 1 convolution, too."""

    resolution: int
    channels: int
    widths: tuple[int, ...]
    latent: int
    expand: bool

    @property
    def left(self) -> int:
        """Pixels a side after all poolings."""
        return self.resolution >> len(self.widths)


class _Encoder(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        widths, side = sizes.widths, sizes.resolution // 2
        self.main = nn.Sequential(
            nn.Conv2d(sizes.channels, widths[0], 5, 1, 2, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.LeakyReLU(SLOPE),
            nn.AvgPool2d(2),
        )
        for wide, out in pairwise(widths):
            self.main.add_module(f"res_in_{side}", _Block(wide, out, sizes.expand))
            side //= 2
            self.main.add_module(f"down_to_{side}", nn.AvgPool2d(2))
        self.main.add_module(f"res_in_{side}", _Block(widths[-1], widths[-1]))
        self.fc = nn.Linear(widths[-1] * side * side, 2 * sizes.latent)

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        pooled = []
        for layer in self.main:
            images = layer(images)
            if isinstance(layer, nn.AvgPool2d):
                pooled.append(images)
        return self.fc(images.flatten(1)), pooled


class _Decoder(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        back, side = tuple(reversed(sizes.widths)), sizes.left
        self.shape = (back[0], side, side)
        self.fc = nn.Sequential(nn.Linear(sizes.latent, back[0] * side * side), nn.ReLU())
        self.main = nn.Sequential()
        for place, (wide, out) in enumerate(pairwise((back[0], *back))):
            self.main.add_module(f"res_in_{side}", _Block(wide, out, sizes.expand and place > 0))
            side *= 2
            self.main.add_module(f"up_to_{side}", nn.Upsample(scale_factor=2, mode="nearest"))
        self.main.add_module(f"res_in_{side}", _Block(back[-1], back[-1]))
        self.main.add_module("predict", nn.Conv2d(back[-1], sizes.channels, 5, 1, 2))

    def forward(self, latents: Tensor) -> Tensor:
        return torch.sigmoid(self.main(self.fc(latents).unflatten(1, self.shape)))


class SoftIntroVae(nn.Module):
    """Images (n, C, R, R) in [0, 1] to a latent (n, L) and back."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.encoder, self.decoder = _Encoder(sizes), _Decoder(sizes)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latent, (n, L) each."""
        mean, log_var = self.encoder(images)[0].chunk(2, 1)
        return mean, log_var

    def encode_deep(self, images: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """As :meth:`encode`, and the maps after each pooling, (n, width, R / 2, R / 2) and so on."""
        both, pooled = self.encoder(images)
        mean, log_var = both.chunk(2, 1)
        return mean, log_var, pooled

    def decode(self, latents: Tensor) -> Tensor:
        """(n, L) to images in [0, 1]."""
        images: Tensor = self.decoder(latents)
        return images

    def forward(self, images: Tensor) -> Tensor:
        """What the latent's mean says: the restoration."""
        return self.decode(self.encode(images)[0])
