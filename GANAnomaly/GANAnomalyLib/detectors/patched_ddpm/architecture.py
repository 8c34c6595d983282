"""What a card says of the network, of the boxes that it predicts, and of the noise that it learnt."""

from __future__ import annotations

from dataclasses import dataclass

from ...option_fields import option
from ..diffusion.architecture import MOST_LEVELS, NOISES, WIDEST, check_levels, check_widths
from ..restorer.architecture import Architecture, whole_numbers


@dataclass
class PatchedArchitecture(Architecture):
    """Facts of the network, and of its training."""

    width: int = option(64, "Channels of the finest level.", low=4, high=WIDEST)
    times: tuple[int, ...] = option(
        (1, 2, 4, 8), "Each level's channels, in those of the finest.", check_value=whole_numbers(1, 16, MOST_LEVELS)
    )
    blocks: int = option(3, "Residual blocks a level.", low=1, high=8)
    attention: int = option(2, "How many of the coarsest levels have attention.", low=0, high=MOST_LEVELS)
    head: int = option(64, "Channels of a head of the attention.", low=1, high=WIDEST)
    groups: int = option(32, "Groups of channels that are normalised together.", low=1, high=WIDEST)
    box: int = option(48, "Pixels of a box's side.", low=4, high=1024)
    noise: str = option("simplex", "What boxes are hidden in.", choices=NOISES)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        check_levels(resolution, len(self.times))
        widths = tuple(self.width * times for times in self.times)
        check_widths((self.width, *widths), self.attention, self.head, self.groups)
