"""What a card says of the network."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..restorer.architecture import Architecture, whole_numbers

WIDTHS = (16, 32, 64, 256, 256)


@dataclass
class VaeArchitecture(Architecture):
    """Facts of the network."""

    widths: tuple[int, ...] = option(WIDTHS, "Channels after each halving.", check_value=whole_numbers(1, 2048, 10))
    latent: int = option(256, "Numbers of the latent.", low=1, high=4096)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        if resolution % (1 << len(self.widths)):
            raise InputError(f"images of {resolution} pixels cannot be halved {len(self.widths)} times")
