"""What a card says of AnoDDPM's network, and of the noise that it learnt to find."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..restorer.architecture import Architecture, whole_numbers

NOISES = ("gaussian", "simplex")
WIDEST = 1024
MOST_LEVELS = 8
STEPS = 1000
"""From a clean image to all but noise."""


def check_levels(resolution: int, levels: int) -> None:
    """Raise :class:`InputError` for images that cannot be halved from level to level."""
    if resolution % (1 << (levels - 1)):
        raise InputError(f"images of {resolution} pixels cannot be halved {levels - 1} times")


def check_widths(widths: tuple[int, ...], attention: int, head: int, groups: int) -> None:
    """Raise :class:`InputError` for channels of the levels that groups or heads do not divide.

    The middle of the network, as wide as the last level, always has attention.
    """
    if any(width % groups for width in widths):
        raise InputError(f"channels must be multiples of {groups}, the groups that are normalised together")
    if any(width % head for width in widths[-max(attention, 1) :]):
        raise InputError(f"channels of levels with attention must be multiples of {head}, those of a head")


@dataclass
class UNetArchitecture(Architecture):
    """Facts of the network, and of its training."""

    widths: tuple[int, ...] = option(
        (128, 256, 256), "Channels of each level.", check_value=whole_numbers(1, WIDEST, MOST_LEVELS)
    )
    attention: int = option(2, "How many of the coarsest levels have attention.", low=0, high=MOST_LEVELS)
    blocks: int = option(1, "Residual blocks a level.", low=1, high=8)
    head: int = option(256, "Channels of a head of the attention.", low=1, high=WIDEST)
    groups: int = option(32, "Groups of channels that are normalised together.", low=1, high=WIDEST)
    noise: str = option("gaussian", "What images are hidden in.", choices=NOISES)
    learnt: int = option(STEPS, "Steps of noise, of a thousand, that it learns to take away.", low=1, high=STEPS)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        check_levels(resolution, len(self.widths))
        check_widths(self.widths, self.attention, self.head, self.groups)
