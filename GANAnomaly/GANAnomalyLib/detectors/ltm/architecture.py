"""What a card says of the networks."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..vqvae.architecture import VqvaeArchitecture

MOST_PLACES = 64
"""Codes along a side; attention looks from each of its square to each."""


@dataclass
class LtmArchitecture(VqvaeArchitecture):
    """Facts of the VQ-VAE, and of the transformer that reads its codes."""

    token_width: int = option(128, "Numbers of a token in the transformer.", low=4, high=2048)
    depth: int = option(16, "Blocks of the transformer.", low=1, high=64)
    heads: int = option(16, "Heads of its attention.", low=1, high=64)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        super().fits(resolution)
        if self.token_width % self.heads:
            raise InputError(f"{self.token_width} numbers of a token cannot be shared by {self.heads} heads")
        if self.places(resolution) > MOST_PLACES:
            raise InputError(f"images of {resolution} pixels cannot have more than {MOST_PLACES} codes along a side")
