"""The settings of a context-encoding variational autoencoder's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.cevae.architecture import CevaeArchitecture
from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.option_fields import option_of

from ..vae.settings import VaeTraining


@dataclass
class CevaeTraining(VaeTraining):
    """Train a variational autoencoder that also learns to fill in what was painted over."""

    detector: ClassVar[str] = "cevae"

    widths: tuple[int, ...] = option_of(CevaeArchitecture, "widths")
    smallest: float = setting(
        "Side of the smallest rectangle that is painted over, of the image's.", default=25 / 128, above=0, high=1
    )
    largest: float = setting(
        "Side of the largest rectangle that is painted over, of the image's.", default=50 / 128, above=0, high=1
    )

    def validate(self) -> None:
        """See :class:`TrainerSettings`."""
        super().validate()
        if self.smallest > self.largest:
            raise InputError("The smallest rectangle is larger than the largest: change --smallest or --largest.")


SETTINGS = CevaeTraining
