"""The settings of a latent transformer's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.ltm.architecture import LtmArchitecture
from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.files.typed_values import Named
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets
from ..vqvae import settings as vqvae

PRESETS = presets(
    small={
        **vqvae.SMALL,
        **{"token_width": 128, "depth": 6, "heads": 4},
        **{"learning_rate": 1e-3, "vqvae_learning_rate": 1e-3, "steps": 20_000},
    },
    smoke={
        **vqvae.SMOKE,
        **{"token_width": 32, "depth": 2, "heads": 4},
        **{"learning_rate": 1e-3, "vqvae_learning_rate": 1e-3},
    },
)


@dataclass
class LtmTraining(RestorerSettings):
    """Train a latent transformer: what follows what in the codes of normal slices.

    The codes are those of a VQ-VAE that is given, or of one that learns first, in the same run.
    """

    detector: ClassVar[str] = "ltm"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    vqvae: Named | None = setting("A VQ-VAE to take, a model or a run of train vqvae; its sizes win.")
    first: float = setting(
        "Share of the run in which the VQ-VAE learns, where none is given.", default=0.5, above=0, below=1
    )
    width: int = option_of(LtmArchitecture, "width")
    levels: int = option_of(LtmArchitecture, "levels")
    residual: int = option_of(LtmArchitecture, "residual")
    codes: int = option_of(LtmArchitecture, "codes")
    code_width: int = option_of(LtmArchitecture, "code_width")
    token_width: int = option_of(LtmArchitecture, "token_width")
    depth: int = option_of(LtmArchitecture, "depth")
    heads: int = option_of(LtmArchitecture, "heads")
    learning_rate: float = setting("Step size of the transformer.", default=5e-4, above=0)
    vqvae_learning_rate: float = setting("Step size of the VQ-VAE.", default=1e-4, above=0)


SETTINGS = LtmTraining
