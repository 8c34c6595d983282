"""What a card says of the network."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..restorer.architecture import Architecture

LEAST = 16


@dataclass
class MorphAEusArchitecture(Architecture):
    """Facts of the network."""

    width: int = option(16, "Channels of the finest level.", low=1, high=256)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        if resolution < LEAST or resolution.bit_count() != 1:
            raise InputError(f"images of {resolution} pixels cannot be halved to one: a power of two from {LEAST} can")
