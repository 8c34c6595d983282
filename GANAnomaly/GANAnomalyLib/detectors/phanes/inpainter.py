"""The inpainter of PHANES: AOT-GAN's generator and discriminator (Zeng et al. 2021).

Names of modules are the published ones.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from .architecture import RATES

SLOPE = 0.2


def _padded(margin: int, convolution: nn.Conv2d) -> list[nn.Module]:
    return [nn.ReflectionPad2d(margin), convolution]


class AOTBlock(nn.Module):
    """Maps (N, C, r, r) seen at several dilations, put together and let through by a learned gate (section 3.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        for number, rate in enumerate(RATES):
            layers = _padded(rate, nn.Conv2d(channels, channels // len(RATES), 3, dilation=rate))
            self.add_module(f"block{number:02d}", nn.Sequential(*layers, nn.ReLU()))
        self.fuse = nn.Sequential(*_padded(1, nn.Conv2d(channels, channels, 3)))
        self.gate = nn.Sequential(*_padded(1, nn.Conv2d(channels, channels, 3)))

    def forward(self, maps: Tensor) -> Tensor:
        seen = [self.get_submodule(f"block{number:02d}")(maps) for number in range(len(RATES))]
        fused = self.fuse(torch.cat(seen, 1))
        gate = _spread(self.gate(maps)).sigmoid()
        mixed: Tensor = maps * (1 - gate) + fused * gate
        return mixed


def _spread(maps: Tensor) -> Tensor:
    """Each map with mean -5 and deviation 10, so that a sigmoid of it is nearly a choice."""
    centred = maps - maps.mean((2, 3), keepdim=True)
    return 5 * (2 * centred / (maps.std((2, 3), keepdim=True) + 1e-9) - 1)


class Enlarge(nn.Module):
    """Twice the size, bilinearly, and a convolution."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        larger = functional.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=True)
        enlarged: Tensor = self.conv(larger)
        return enlarged


class Inpainter(nn.Module):
    """Images (N, C, R, R) in [0, 1] and masks (N, 1, R, R), 1 in the hole, to images in [-1, 1].

    What lies in the hole is not looked at. R must be a multiple of 4 and at least 40: the widest dilation reflects
    eight pixels of a quarter of it.
    """

    def __init__(self, channels: int = 1, width: int = 64, blocks: int = 8) -> None:
        super().__init__()
        first, second, third = width, 2 * width, 4 * width
        self.encoder = nn.Sequential(
            *_padded(3, nn.Conv2d(channels + 1, first, 7)),
            nn.ReLU(),
            nn.Conv2d(first, second, 4, 2, 1),
            nn.ReLU(),
            nn.Conv2d(second, third, 4, 2, 1),
            nn.ReLU(),
        )
        self.middle = nn.Sequential(*(AOTBlock(third) for _ in range(blocks)))
        self.decoder = nn.Sequential(
            Enlarge(third, second),
            nn.ReLU(),
            Enlarge(second, first),
            nn.ReLU(),
            nn.Conv2d(first, channels, 3, padding=1),
        )

    def forward(self, images: Tensor, masks: Tensor) -> Tensor:
        given = torch.cat([images * (1 - masks) + masks, masks], 1)
        made: Tensor = self.decoder(self.middle(self.encoder(given))).tanh()
        return made


class Discriminator(nn.Module):
    """Images (N, C, R, R) to maps (N, 1, r, r): how real each of their patches looks (SM-PatchGAN, section 3.3)."""

    def __init__(self, channels: int = 1, width: int = 64) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(pairwise((channels, *widths))):
            stride = 2 if number < len(widths) - 1 else 1
            layers += [spectral_norm(nn.Conv2d(before, after, 4, stride, 1, bias=False)), nn.LeakyReLU(SLOPE)]
        self.conv = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, padding=1))

    def forward(self, images: Tensor) -> Tensor:
        real: Tensor = self.conv(images)
        return real
