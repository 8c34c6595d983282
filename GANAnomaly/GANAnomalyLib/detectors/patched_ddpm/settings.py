"""The settings of the patched diffusion model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..diffusion.architecture import STEPS
from ..settings import Settings, setting


@dataclass
class PatchedDdpmSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "patched_ddpm"

    noise_level: int = setting(
        "step of a thousand up to which a box is hidden in noise: more leaves less of it, normal or not",
        default=499,
        low=1,
        high=STEPS - 1,
    )
    shared_noise: bool = setting(
        "all slices are hidden in the same noise, so that heat does not flicker from slice to slice", default=True
    )


SETTINGS = PatchedDdpmSettings
