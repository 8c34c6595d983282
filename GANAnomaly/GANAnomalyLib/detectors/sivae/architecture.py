"""What a card says of the networks."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..restorer.architecture import Architecture, whole_numbers

WIDTHS = (64, 128, 256, 512, 512)


@dataclass
class SivaeArchitecture(Architecture):
    """Facts of the networks."""

    widths: tuple[int, ...] = option(
        WIDTHS, "Channels after the first convolution and each block.", check_value=whole_numbers(1, 2048, 8)
    )
    latent: int = option(128, "Numbers of the latent.", low=1, high=4096)
    expand: bool = option(
        False, "A 1 x 1 convolution past blocks between equal widths, too, as some published ones have."
    )

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        if resolution % (1 << len(self.widths)):
            raise InputError(f"images of {resolution} pixels cannot be halved {len(self.widths)} times")
