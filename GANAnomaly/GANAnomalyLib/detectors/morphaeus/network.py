"""MorphAEus (Bercea et al. 2023): an autoencoder's image of what is normal, bent onto the image by a smooth field.

Images are (N, C, R, R) in [0, 1], R a power of two from 16 on; fields (N, 2, R, R) say for each pixel how many pixels
down and to the right it looks. Names of modules are the published ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

LEVELS = (1, 2, 4, 8, 16, 16, 16)
"""Channels, finest first, in times those of the finest; at 128 pixels the last level is a single one."""
REFINED, FINEST = 32, 3
"""Channels of the deformer, and how many levels of the autoencoder it sees."""
SQUARINGS = 7


class Deep(nn.Module):
    """Numbered convolutions, each with a batch norm: ``names`` are what both are called."""

    def __init__(self, names: tuple[str, str], convolutions: Sequence[nn.Conv2d | nn.ConvTranspose2d]) -> None:
        super().__init__()
        self.count = len(convolutions)
        self._names = names
        for number, one in enumerate(convolutions):
            self.add_module(f"{names[0]}_{number}", one)
            self.add_module(f"{names[1]}_{number}", nn.BatchNorm2d(one.out_channels))

    def convolved(self, number: int, maps: Tensor) -> Tensor:
        """What a convolution gives."""
        maps = self.get_submodule(f"{self._names[0]}_{number}")(maps)
        return maps

    def active(self, number: int, maps: Tensor) -> Tensor:
        """What follows from it: normalised and through a swish."""
        return functional.silu(self.get_submodule(f"{self._names[1]}_{number}")(maps))


class Encoder(Deep):
    """Images to their code (N, C, r, r), and what each convolution gave, finest first."""

    def __init__(self, channels: int, widths: Sequence[int]) -> None:
        pairs = pairwise((channels, *widths))
        super().__init__(("conv__encode", "conv__batch"), [nn.Conv2d(a, b, 3, 2, 1) for a, b in pairs])

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        seen = []
        for number in range(self.count):
            seen.append(self.convolved(number, images))
            images = self.active(number, seen[-1])
        return images, seen


class Decoder(Deep):
    """A code to an image, and what each convolution gave, coarsest first."""

    def __init__(self, channels: int, widths: Sequence[int]) -> None:
        back = tuple(reversed(widths))
        pairs = pairwise((back[0], *back))
        super().__init__(("conv__decode", "conv__batch"), [nn.Conv2d(a, b, 3, padding=1) for a, b in pairs])
        self.conv__decode_final = nn.Conv2d(back[-1], channels, 1)

    def forward(self, code: Tensor) -> tuple[Tensor, list[Tensor]]:
        seen = []
        for number in range(self.count):
            larger = functional.interpolate(code, scale_factor=2, mode="bilinear", align_corners=True)
            seen.append(self.convolved(number, larger))
            code = self.active(number, seen[-1])
        return self.conv__decode_final(code).sigmoid(), seen


class Refiner(Deep):
    """The finest maps of encoder and decoder to maps (N, 32, R, R), coarsest level first."""

    def __init__(self, widths: Sequence[int]) -> None:
        # The decoder is one level behind: its maps of a size have the channels of the next coarser level.
        seen = [widths[level] + widths[level + 1] for level in reversed(range(FINEST))]
        given = [seen[0], *(REFINED + count for count in seen[1:])]
        layers = [nn.ConvTranspose2d(count, REFINED, 3, 2, 1, output_padding=1) for count in given]
        super().__init__(("ref__refine", "ref__batch"), layers)

    def forward(self, encoded: Sequence[Tensor], decoded: Sequence[Tensor]) -> Tensor:
        refined: list[Tensor] = []
        for number in range(self.count):
            both = [encoded[FINEST - 1 - number], decoded[len(decoded) - 1 - FINEST + number]]
            refined = [self.active(number, self.convolved(number, torch.cat([*both, *refined], 1)))]
        return refined[0]


class Deformer(nn.Module):
    """The finest maps of encoder and decoder to a stationary velocity field (N, 2, R, R) in pixels."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.deformerNN = Refiner(widths)
        self.flow = nn.Conv2d(REFINED, 2, 3, padding=1)
        # Learning begins where nothing is bent, as VoxelMorph does (Balakrishnan et al. 2019).
        nn.init.normal_(self.flow.weight, std=1e-5)
        if self.flow.bias is not None:
            nn.init.zeros_(self.flow.bias)

    def forward(self, encoded: Sequence[Tensor], decoded: Sequence[Tensor]) -> Tensor:
        velocity: Tensor = self.flow(self.deformerNN(encoded, decoded))
        return velocity


@dataclass(frozen=True)
class Bent:
    """What the network says of images: ``prior`` before and ``restored`` after bending, by ``displacement``."""

    prior: Tensor
    velocity: Tensor
    displacement: Tensor
    restored: Tensor


class MorphAEus(nn.Module):
    """Images (N, C, R, R) in [0, 1] to :class:`Bent`; coarse levels that they are too small for are left out."""

    def __init__(self, resolution: int, channels: int = 1, width: int = 16) -> None:
        super().__init__()
        kept = [width * times for times in LEVELS[: resolution.bit_length() - 1]]
        self.encoder, self.decoder = Encoder(channels, kept), Decoder(channels, kept)
        self.deformer = Deformer(kept)

    def prior(self, images: Tensor) -> Tensor:
        """The autoencoder's image alone."""
        prior: Tensor = self.decoder(self.encoder(images)[0])[0]
        return prior

    def forward(self, images: Tensor) -> Bent:
        code, encoded = self.encoder(images)
        prior, decoded = self.decoder(code)
        velocity = self.deformer(encoded, decoded)
        displacement = integrated(velocity)
        return Bent(prior, velocity, displacement, bend(prior, displacement))


def bend(images: Tensor, displacement: Tensor) -> Tensor:
    """Images (N, C, R, R) looked up, bilinearly, where ``displacement`` (N, 2, R, R) points; zero outside.

    In float32 whatever the networks compute in: half a pixel is lost at once.
    """
    side = displacement.shape[-1]
    line = torch.arange(side, device=displacement.device, dtype=torch.float32)
    row, column = line[:, None] + displacement[:, 0].float(), line[None, :] + displacement[:, 1].float()
    places = torch.stack([column, row], -1) * (2 / (side - 1)) - 1
    bent: Tensor = functional.grid_sample(images.float(), places, align_corners=True)
    return bent


def integrated(velocity: Tensor, squarings: int = SQUARINGS) -> Tensor:
    """The displacement after following a stationary velocity field for one unit of time, by scaling and squaring.

    Arsigny et al. 2006; Dalca et al. 2018.
    """
    displacement: Tensor = velocity.float() / 2**squarings
    for _ in range(squarings):
        displacement = displacement + bend(displacement, displacement)
    return displacement
