"""The settings of a VQ-VAE's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.vqvae.architecture import VqvaeArchitecture
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets

SMALL = {"resolution": 128, "width": 32, "levels": 3, "residual": 1, "codes": 64, "code_width": 32}
"""Three halvings leave 16 x 16 codes, which a transformer reads in a moment; a larger codebook makes up for it."""
SMOKE = {"width": 8, "residual": 1, "codes": 16, "code_width": 8}
PRESETS = presets(
    small={**SMALL, "learning_rate": 1e-3, "steps": 20_000},
    smoke={**SMOKE, "learning_rate": 1e-3},
)


@dataclass
class VqvaeTraining(RestorerSettings):
    """Train a VQ-VAE: slices are told in the codes of a small codebook."""

    detector: ClassVar[str] = "vqvae"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    width: int = option_of(VqvaeArchitecture, "width")
    levels: int = option_of(VqvaeArchitecture, "levels")
    residual: int = option_of(VqvaeArchitecture, "residual")
    codes: int = option_of(VqvaeArchitecture, "codes")
    code_width: int = option_of(VqvaeArchitecture, "code_width")


SETTINGS = VqvaeTraining
