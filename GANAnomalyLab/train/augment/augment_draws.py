"""The random numbers of a batch of augmented images, all drawn on the CPU and all per image.

How many numbers are drawn depends neither on p nor on what was chosen, so a generator stays in step between processes
whatever they do with the draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .augment_settings import AugmentSettings

BAND_POWER = (10 / 13, 1 / 13, 1 / 13, 1 / 13)
"""Expected power of natural images in the four bands, low to high (1/f): what the gains are normalised by."""


class Dice:
    """Draws for ``count`` images from one generator; all results float64 with the images first."""

    def __init__(self, count: int, p: float, generator: torch.Generator) -> None:
        self.count, self.p, self.generator = count, min(max(p, 0.0), 1.0), generator

    def uniform(self, *shape: int) -> Tensor:
        """(count, *shape) in [0, 1)."""
        return torch.rand((self.count, *shape), generator=self.generator, dtype=torch.float64)

    def normal(self, *shape: int) -> Tensor:
        """(count, *shape) of N(0, 1)."""
        return torch.randn((self.count, *shape), generator=self.generator, dtype=torch.float64)

    def choose(self, often: float) -> Tensor:
        """(count,) bool, true with probability ``often`` times p."""
        return self.uniform() < often * self.p

    def choose_half(self, often: float) -> Tensor:
        """As :meth:`choose` for one of two equal changes: either happens with probability ``often`` times p."""
        return self.uniform() < 1 - math.sqrt(1 - often * self.p)

    def octaves(self, std: float) -> Tensor:
        """(count,) log-normal factors: 2 to the power of N(0, std^2)."""
        return torch.exp2(self.normal() * std)


def moves(settings: AugmentSettings, dice: Dice, height: int, width: int) -> Tensor | None:
    """(count, 3, 3) maps from a place in the new image to its place in the old one; None where nothing may move.

    Places are (x right, y down, 1) in pixels from the image's centre. The paper's changes come one after the other to
    the image, so the map is the product of their inverses in the same order.
    """
    extent = torch.tensor([width, height], dtype=torch.float64)
    s = settings

    def flip() -> Tensor:
        return _scales(1 - 2 * (dice.uniform() < 0.5).double(), torch.ones(dice.count, dtype=torch.float64))

    def quarter() -> Tensor:
        turns = torch.floor(dice.uniform() * 4).long()
        exact = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]], dtype=torch.float64)[turns]
        return _rotations(exact[:, 0], exact[:, 1])

    def whole_shift() -> Tensor:
        return _shifts(torch.round((2 * dice.uniform(2) - 1) * s.integer_shift_max * extent))

    def scale() -> Tensor:
        factor = dice.octaves(s.iso_scale_octaves)
        return _scales(factor, factor)

    def rotation() -> Tensor:
        angle = (2 * dice.uniform() - 1) * math.radians(s.rotate_degrees)
        return _rotations(torch.cos(angle), torch.sin(angle))

    def stretch() -> Tensor:
        factor = dice.octaves(s.aniso_scale_octaves)
        return _scales(factor, 1 / factor)

    def shift() -> Tensor:
        return _shifts(dice.normal(2) * s.fractional_shift_std * extent)

    steps: tuple[tuple[float, Callable[[], Tensor], Callable[[float], Tensor]], ...] = (
        (s.x_flip, flip, dice.choose),
        (s.quarter_turn, quarter, dice.choose),
        (s.integer_shift, whole_shift, dice.choose),
        (s.iso_scale, scale, dice.choose),
        (s.rotate, rotation, dice.choose_half),
        (s.aniso_scale, stretch, dice.choose),
        (s.rotate, rotation, dice.choose_half),
        (s.fractional_shift, shift, dice.choose),
    )
    return _product(steps, torch.eye(3, dtype=torch.float64))


def colours(settings: AugmentSettings, dice: Dice, channels: int) -> Tensor | None:
    """(count, C, C + 1) affine maps of a pixel's channels, the last column added; None where no colour may change.

    With v the unit vector along grey, contrast scales, a luma flip mirrors along v, a hue turn rotates about v and
    saturation scales across v. One channel has only v, so hue and saturation do not exist there.
    """
    s, size = settings, channels + 1
    same = torch.eye(size, dtype=torch.float64)
    luma = torch.zeros(size, size, dtype=torch.float64)
    luma[:channels, :channels] = 1 / channels
    pixel = same.clone()
    pixel[channels, channels] = 0.0
    chroma, grey = pixel - luma, torch.zeros(size, size, dtype=torch.float64)
    grey[:channels, channels] = 1.0

    def brightness() -> Tensor:
        return same + _each(dice.normal() * s.brightness_std) * grey

    def contrast() -> Tensor:
        return same + _each(dice.octaves(s.contrast_octaves) - 1) * pixel

    def luma_flip() -> Tensor:
        return same - _each(2 * (dice.uniform() < 0.5).double()) * luma

    def hue() -> Tensor:
        angle = (2 * dice.uniform() - 1) * math.radians(s.hue_degrees)
        turn = torch.zeros(size, size, dtype=torch.float64)
        # Rodrigues: the cross product with v = (1, 1, 1) / sqrt(3).
        turn[:3, :3] = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], dtype=torch.float64) / math.sqrt(3)
        return same + _each(torch.cos(angle) - 1) * chroma + _each(torch.sin(angle)) * turn

    def saturation() -> Tensor:
        return same + _each(dice.octaves(s.saturation_octaves) - 1) * chroma

    steps = (
        (s.brightness, brightness, dice.choose),
        (s.contrast, contrast, dice.choose),
        (s.luma_flip, luma_flip, dice.choose),
        (s.hue if channels == 3 else 0.0, hue, dice.choose),
        (s.saturation if channels > 1 else 0.0, saturation, dice.choose),
    )
    product = _product(steps, same, later_first=True)
    return None if product is None else product[:, :channels]


def band_gains(settings: AugmentSettings, dice: Dice) -> Tensor | None:
    """(count, 4) gains of the frequency bands, low to high; None without filtering.

    Each band in turn is made stronger or weaker, then all four are scaled so that a natural image keeps its power.
    """
    if not settings.filter:
        return None
    power = torch.tensor(BAND_POWER, dtype=torch.float64)
    total = torch.ones(dice.count, 4, dtype=torch.float64)
    for band in range(4):
        chosen, factor = dice.choose(settings.filter), dice.octaves(settings.filter_octaves)
        gains = torch.ones(dice.count, 4, dtype=torch.float64)
        gains[:, band] = factor
        gains = gains / (power * gains.square()).sum(1, keepdim=True).sqrt()
        total = torch.where(chosen[:, None], total * gains, total)
    return total


def noise(settings: AugmentSettings, dice: Dice) -> tuple[Tensor, Tensor] | None:
    """(count,) standard deviations and (count,) int64 seeds of the noise; None without noise.

    Seeds instead of pixels: the noise itself is drawn where the images are, by whoever holds them.
    """
    if not settings.noise:
        return None
    level = dice.normal().abs() * settings.noise_std * dice.choose(settings.noise)
    return level, torch.randint(2**62, (dice.count,), generator=dice.generator)


def holes(settings: AugmentSettings, dice: Dice, height: int, width: int) -> Tensor | None:
    """(count, 4) int64 boxes (top, bottom, left, right; ends excluded, empty where none); None without cutout."""
    if not settings.cutout:
        return None
    chosen, centre = dice.choose(settings.cutout), dice.uniform(2, 1)
    half = torch.tensor([-0.5, 0.5], dtype=torch.float64) * settings.cutout_size
    extent = torch.tensor([[height], [width]], dtype=torch.float64)
    edges = torch.round((centre + half) * extent).clamp(min=0).minimum(extent)
    return edges.long().flatten(1) * chosen[:, None]


def _product(steps: tuple, same: Tensor, later_first: bool = False) -> Tensor | None:
    """Multiply the maps of the steps, each where chosen; None when no step can ever be chosen."""
    product = None
    for often, draw, choose in steps:
        if not often:
            continue
        chosen = choose(often)
        step = torch.where(chosen[:, None, None], draw(), same)
        if product is not None:
            step = step @ product if later_first else product @ step
        product = step
    return product


def _each(values: Tensor) -> Tensor:
    return values[:, None, None]


def _scales(x: Tensor, y: Tensor) -> Tensor:
    """Inverse of scaling by x and y."""
    return torch.diag_embed(torch.stack((1 / x, 1 / y, torch.ones_like(x)), 1))


def _rotations(cosine: Tensor, sine: Tensor) -> Tensor:
    """Inverse of a rotation that turns x towards y (clockwise on the screen)."""
    matrix = torch.eye(3, dtype=cosine.dtype).repeat(len(cosine), 1, 1)
    matrix[:, 0, 0], matrix[:, 0, 1] = cosine, sine
    matrix[:, 1, 0], matrix[:, 1, 1] = -sine, cosine
    return matrix


def _shifts(offset: Tensor) -> Tensor:
    """Inverse of moving the image by (x, y) pixels."""
    matrix = torch.eye(3, dtype=offset.dtype).repeat(len(offset), 1, 1)
    matrix[:, :2, 2] = -offset
    return matrix
