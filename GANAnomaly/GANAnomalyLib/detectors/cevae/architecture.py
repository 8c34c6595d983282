"""What a card says of the network."""

from __future__ import annotations

from dataclasses import dataclass

from ...option_fields import option
from ..restorer.architecture import whole_numbers
from ..vae.architecture import VaeArchitecture

WIDTHS = (16, 64, 256, 256)


@dataclass
class CevaeArchitecture(VaeArchitecture):
    """Facts of the network."""

    widths: tuple[int, ...] = option(WIDTHS, "Channels after each halving.", check_value=whole_numbers(1, 2048, 10))
