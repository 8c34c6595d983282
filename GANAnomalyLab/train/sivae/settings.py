"""The settings of a soft introspective variational autoencoder's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.detectors.sivae.architecture import SivaeArchitecture
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets

PRESETS = presets(
    small={"widths": (16, 32, 64, 128), "latent": 64, "learning_rate": 2e-4, "negative": 512.0, "steps": 20_000},
    smoke={"widths": (8, 16, 16), "latent": 16},
)


@dataclass
class SivaeTraining(RestorerSettings):
    """Train an autoencoder whose encoder also tells real images from what its decoder makes up."""

    detector: ClassVar[str] = "sivae"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    widths: tuple[int, ...] = option_of(SivaeArchitecture, "widths")
    latent: int = option_of(SivaeArchitecture, "latent")
    learning_rate: float = setting("Step size.", default=5e-5, above=0)
    reconstruction: float = setting("Weight of the reconstruction.", default=0.5, above=0)
    divergence: float = setting("Weight of the divergence of images.", default=1.0, low=0)
    negative: float = setting("Weight of the divergence of what is generated.", default=128.0, low=0)
    again: float = setting("Weight of what is generated again.", default=1e-8, low=0)
    slower_after: float | None = setting("Epochs after which steps are a tenth; never, if not given.", above=0)


SETTINGS = SivaeTraining
