"""What a card says of the networks."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..restorer.architecture import Architecture

HALVINGS = 4
"""Of the critic, whose channels double each time."""


@dataclass
class FAnoGANArchitecture(Architecture):
    """Facts of the networks."""

    latent: int = option(128, "Numbers of the latent.", low=1, high=4096)
    width: int = option(128, "Channels that the generator begins with; half as many in the end.", low=2, high=2048)
    critic_width: int = option(16, "Channels that critic and encoder begin with.", low=1, high=512)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        if resolution % (1 << HALVINGS):
            raise InputError(f"images of {resolution} pixels cannot be halved {HALVINGS} times")
