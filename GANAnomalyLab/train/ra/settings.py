"""The settings of a reversed autoencoder's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.settings import setting

from ..sivae.settings import SivaeTraining


@dataclass
class RaTraining(SivaeTraining):
    """Train an introspective autoencoder whose encoder sees the same in an image and in its restoration."""

    detector: ClassVar[str] = "ra"

    embedding: float = setting("Weight of how unlike the encoder's maps of the pair are.", default=0.005, low=0)
    slower_after: float | None = setting("Epochs after which steps are a tenth.", default=100.0, above=0)


SETTINGS = RaTraining
