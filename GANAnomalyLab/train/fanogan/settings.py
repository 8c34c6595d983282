"""The settings of f-AnoGAN's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.fanogan.architecture import FAnoGANArchitecture
from GANAnomalyLib.detectors.fanogan.settings import MOST
from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets

PRESETS = presets(
    small={"resolution": 128, "width": 64, "critic_width": 16, "learning_rate": 5e-4, "steps": 20_000},
    smoke={"steps": 16, "width": 16, "critic_width": 4, "latent": 16},
)


@dataclass
class FAnoGANTraining(RestorerSettings):
    """Train f-AnoGAN: a Wasserstein GAN that makes normal slices, then an encoder that finds a slice's latent."""

    detector: ClassVar[str] = "fanogan"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    gan_share: float = setting(
        "Share of the run in which the GAN is trained; the encoder gets the rest.", default=0.7, above=0, below=1
    )
    latent: int = option_of(FAnoGANArchitecture, "latent")
    width: int = option_of(FAnoGANArchitecture, "width")
    critic_width: int = option_of(FAnoGANArchitecture, "critic_width")
    critic_steps: int = setting("Steps of the critic for one of the generator.", default=5, low=1, high=100)
    penalty: float = setting("Weight of the gradient penalty.", default=10.0, low=0)
    feature_weight: float = setting(
        "Weight of the critic's features in the encoder's loss, beside the images.", default=1.0, low=0
    )
    score_features: float = setting(
        "Weight of the critic's features in the score that the model's card recommends; 0: the difference alone.",
        default=0.0,
        low=0,
        high=MOST,
        free=True,
    )


SETTINGS = FAnoGANTraining
