"""The settings of PHANES' training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.phanes.architecture import PhanesArchitecture
from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.files.typed_values import Named
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..ra.settings import RaTraining
from ..restorer.settings import presets

PRESETS = presets(
    small={
        "resolution": 128,
        "widths": (16, 32, 64, 128, 128),
        "latent": 64,
        "inpainter_width": 16,
        "blocks": 4,
        "critic_width": 16,
        "learning_rate": 2e-4,
        "inpainting_rate": 5e-4,
        "residual_share": 0.25,
        "perceptual_weight": 0.0,
        "batch": 8,
        "steps": 20_000,
    },
    smoke={"widths": (8, 16, 16), "latent": 16, "inpainter_width": 8, "blocks": 2, "critic_width": 8},
)


@dataclass
class PhanesTraining(RaTraining):
    """Train PHANES: an autoencoder that says what looks wrong, and an inpainter that fills it in."""

    detector: ClassVar[str] = "phanes"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    coarse_share: float = setting(
        "Share of the run in which the autoencoder is trained; the inpainter gets the rest.",
        default=0.5,
        above=0,
        below=1,
    )
    inpainter_width: int = option_of(PhanesArchitecture, "inpainter_width")
    blocks: int = option_of(PhanesArchitecture, "blocks")
    critic_width: int = setting("Channels that the discriminator begins with.", default=64, low=1, high=512)
    inpainting_rate: float = setting("Step size of inpainter and discriminator.", default=1e-4, above=0)
    residual_share: float = setting(
        "Share of the images whose mask is that of their coarse map; the others get a box.", default=0.5, low=0, high=1
    )
    style_weight: float = setting("Weight of the style, where there is vgg.", default=250.0, low=0)
    perceptual_weight: float = setting("Weight of the perceptual distance.", default=0.1, low=0)
    adversarial_weight: float = setting("Weight of what the discriminator says.", default=0.01, low=0)
    vgg: Named | None = setting(
        "torchvision's VGG16 weights, for style and perceptual distance as published; without them there is no style, "
        "and EfficientNet-Lite0 compares.",
        free=True,
    )


SETTINGS = PhanesTraining
