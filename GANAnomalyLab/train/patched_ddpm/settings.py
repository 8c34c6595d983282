"""The settings of the patched diffusion model's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.patched_ddpm.architecture import PatchedArchitecture
from GANAnomalyLib.option_fields import option_of

from ..loop.trainer_settings import Presets, preset_setting
from ..restorer.settings import RestorerSettings, presets

PRESETS = presets(
    small={
        "resolution": 128,
        "width": 16,
        "times": (1, 2, 4, 8),
        "blocks": 1,
        "attention": 1,
        "head": 64,
        "groups": 8,
        "batch": 8,
        "learning_rate": 5e-4,
        "steps": 20_000,
    },
    smoke={"width": 8, "times": (1, 2), "blocks": 1, "attention": 0, "head": 16, "groups": 4, "box": 24},
)


@dataclass
class PatchedDdpmTraining(RestorerSettings):
    """Train a patched diffusion model: a network learns to see a box that is hidden in noise from what is around it."""

    detector: ClassVar[str] = "patched_ddpm"
    PRESETS: ClassVar[Presets] = PRESETS

    preset: str = preset_setting(PRESETS)
    width: int = option_of(PatchedArchitecture, "width")
    times: tuple[int, ...] = option_of(PatchedArchitecture, "times")
    blocks: int = option_of(PatchedArchitecture, "blocks")
    attention: int = option_of(PatchedArchitecture, "attention")
    head: int = option_of(PatchedArchitecture, "head")
    groups: int = option_of(PatchedArchitecture, "groups")
    box: int = option_of(PatchedArchitecture, "box")
    noise: str = option_of(PatchedArchitecture, "noise")


SETTINGS = PatchedDdpmTraining
