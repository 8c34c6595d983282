"""The settings of AnoDDPM's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.diffusion.architecture import UNetArchitecture
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets

PRESETS = presets(
    # At 64 pixels a core learns from an image in 0.05 s, at 128 in 0.17. More than the usual level of noise (250) is
    # seldom asked for, and a small network learns less of it in vain.
    small={
        "widths": (16, 32, 64, 128),
        "attention": 1,
        "head": 64,
        "groups": 8,
        "learnt": 400,
        "learning_rate": 5e-4,
        "steps": 20_000,
    },
    smoke={"widths": (8, 16), "attention": 0, "head": 16, "groups": 4},
)


@dataclass
class AnoDdpmTraining(RestorerSettings):
    """Train AnoDDPM: a network learns to find the noise that normal slices are hidden in."""

    detector: ClassVar[str] = "anoddpm"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    widths: tuple[int, ...] = option_of(UNetArchitecture, "widths")
    attention: int = option_of(UNetArchitecture, "attention")
    blocks: int = option_of(UNetArchitecture, "blocks")
    head: int = option_of(UNetArchitecture, "head")
    groups: int = option_of(UNetArchitecture, "groups")
    noise: str = option_of(UNetArchitecture, "noise")
    learnt: int = option_of(UNetArchitecture, "learnt")


SETTINGS = AnoDdpmTraining
