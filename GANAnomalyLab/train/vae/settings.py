"""The settings of a variational autoencoder's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.detectors.vae.architecture import VaeArchitecture
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets

PRESETS = presets(small={"learning_rate": 1e-3, "divergence": 0.01, "steps": 20_000})


@dataclass
class VaeTraining(RestorerSettings):
    """Train a variational autoencoder: a few numbers say what a normal slice looks like."""

    detector: ClassVar[str] = "vae"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    widths: tuple[int, ...] = option_of(VaeArchitecture, "widths")
    latent: int = option_of(VaeArchitecture, "latent")
    learning_rate: float = setting("Step size.", default=5e-4, above=0)
    divergence: float | None = setting(
        "Weight of the divergence from the normal distribution; at 128 pixels 1, at others as much a pixel, if not "
        "given.",
        low=0,
    )
    as_published: bool = setting(
        "Take the standard deviation for its logarithm in the divergence, as published.", default=False
    )


SETTINGS = VaeTraining
