"""What a card says of the networks."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..sivae.architecture import SivaeArchitecture

HALVINGS, RATES = 2, (1, 2, 4, 8)
"""Of the inpainter, and the dilations that its blocks see at."""


@dataclass
class PhanesArchitecture(SivaeArchitecture):
    """Facts of the networks: those of the reversed autoencoder, and the inpainter's."""

    inpainter_width: int = option(
        64, "Channels that the inpainter begins with; four times as many in its middle.", low=1, high=512
    )
    blocks: int = option(8, "Blocks of the inpainter.", low=1, high=64)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        super().fits(resolution)
        # What is seen beyond the border is mirrored, at most once.
        if resolution % (1 << HALVINGS) or resolution >> HALVINGS <= max(RATES):
            raise InputError(f"images of {resolution} pixels cannot be filled in: a power of two from 64 can")
