"""What a card says of the network."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...option_fields import option
from ..restorer.architecture import Architecture

MOST_SIDE = 64
"""Patches along a side; attention looks from each of its square to each."""


@dataclass
class MaeArchitecture(Architecture):
    """Facts of the network."""

    patch: int = option(16, "Pixels of a patch's side.", low=1, high=128)
    groups: int = option(4, "Patches are dealt into so many groups, of which one is seen: 4 hide 75 %.", low=2, high=16)
    width: int = option(512, "Numbers of a token in the encoder.", low=4, high=2048)
    depth: int = option(12, "Blocks of the encoder.", low=1, high=48)
    heads: int = option(16, "Heads of the encoder's attention.", low=1, high=64)
    decoder_width: int = option(512, "Numbers of a token in the decoder.", low=4, high=2048)
    decoder_depth: int = option(8, "Blocks of the decoder.", low=1, high=48)
    decoder_heads: int = option(16, "Heads of the decoder's attention.", low=1, high=64)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        for width, heads in ((self.width, self.heads), (self.decoder_width, self.decoder_heads)):
            if width % heads or width % 4:
                raise InputError(f"{width} numbers of a token are no multiple of 4 that {heads} heads can share")
        if resolution % self.patch:
            raise InputError(f"images of {resolution} pixels cannot be cut into patches of {self.patch}")
        side = resolution // self.patch
        if side > MOST_SIDE:
            raise InputError(f"images of {resolution} pixels cannot have more than {MOST_SIDE} patches along a side")
        if side**2 % self.groups:
            raise InputError(f"images of {resolution} pixels cannot have {side**2} patches in {self.groups} groups")
