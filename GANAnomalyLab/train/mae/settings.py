"""The settings of a masked autoencoder's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.mae.architecture import MaeArchitecture
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets

SMALL = {
    **{"resolution": 128, "patch": 8, "width": 128, "depth": 6, "heads": 4},
    **{"decoder_width": 128, "decoder_depth": 2, "decoder_heads": 4},
}
SMOKE = {
    **{"patch": 8, "width": 32, "depth": 2, "heads": 4},
    **{"decoder_width": 32, "decoder_depth": 1, "decoder_heads": 4},
}
PRESETS = presets(small={**SMALL, "learning_rate": 1e-3, "steps": 20_000}, smoke={**SMOKE, "learning_rate": 1e-3})


@dataclass
class MaeTraining(RestorerSettings):
    """Train a masked autoencoder: hidden patches of a normal slice are predicted from the others."""

    detector: ClassVar[str] = "mae"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    patch: int = option_of(MaeArchitecture, "patch")
    groups: int = option_of(MaeArchitecture, "groups")
    width: int = option_of(MaeArchitecture, "width")
    depth: int = option_of(MaeArchitecture, "depth")
    heads: int = option_of(MaeArchitecture, "heads")
    decoder_width: int = option_of(MaeArchitecture, "decoder_width")
    decoder_depth: int = option_of(MaeArchitecture, "decoder_depth")
    decoder_heads: int = option_of(MaeArchitecture, "decoder_heads")


SETTINGS = MaeTraining
