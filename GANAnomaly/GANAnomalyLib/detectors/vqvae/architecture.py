"""What a card says of the network."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..restorer.architecture import Architecture


@dataclass
class VqvaeArchitecture(Architecture):
    """Facts of the network."""

    width: int = option(256, "Channels of the convolutions.", low=1, high=2048)
    levels: int = option(2, "Halvings of the side before codes are looked up.", low=1, high=6)
    residual: int = option(2, "Residual layers after each halving.", low=0, high=8)
    codes: int = option(16, "Entries of the codebook.", low=2, high=4096)
    code_width: int = option(64, "Numbers of an entry.", low=1, high=1024)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        if resolution % (1 << self.levels):
            raise InputError(f"images of {resolution} pixels cannot be halved {self.levels} times")

    def places(self, resolution: int) -> int:
        """Codes along a side of an image of so many pixels."""
        return resolution >> self.levels
