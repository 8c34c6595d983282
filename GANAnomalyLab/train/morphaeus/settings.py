"""The settings of MorphAEus' training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.morphaeus.architecture import MorphAEusArchitecture
from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets

PRESETS = presets(small={"resolution": 128, "perceptual_weight": 0.0, "steps": 20_000}, smoke={"width": 4})


@dataclass
class MorphAEusTraining(RestorerSettings):
    """Train MorphAEus: an autoencoder's image of what is normal, and a smooth field that bends it onto the slice."""

    detector: ClassVar[str] = "morphaeus"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    width: int = option_of(MorphAEusArchitecture, "width")
    learning_rate: float = setting("Step size.", default=5e-4, above=0)
    prior_share: float = setting(
        "Share of the run in which the autoencoder is trained alone; published: 500 of 1500 epochs.",
        default=1 / 3,
        low=0,
        below=1,
        shown="a third",
    )
    smoothness: float = setting(
        "Weight that the field's roughness has at the end, to which it grows evenly.", default=3.0, low=0
    )
    perceptual_weight: float = setting("Weight of the perceptual distance.", default=0.1, low=0)


SETTINGS = MorphAEusTraining
