"""autoDDPM's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...errors import InputError
from ..diffusion.architecture import STEPS
from ..diffusion.settings import DiffusionSettings
from ..restorer.mask_threshold import check_mask_threshold, mask_setting
from ..settings import setting


@dataclass
class AutoDdpmSettings(DiffusionSettings):
    """Settings of one run."""

    detector: ClassVar[str] = "autoddpm"

    mask_threshold: float | None = mask_setting(
        "where a slice differs from its first restoration by more than this (0 to 2; the pixels' difference, times how "
        "unlike the pair looks)",
        high=2,
    )
    fill_level: int = setting(
        "step of a thousand from which what is masked is filled in", default=50, low=1, high=STEPS - 1
    )
    fill_steps: int | None = setting(
        "looks of the network on the way down while it fills in, for ddim (5, if not given)", low=1, high=STEPS
    )
    rounds: int | None = setting(
        "how often each of these is taken, so that what is filled in goes with what is around; if not given, 2 for "
        "ddim, 5 for ddpm",
        low=1,
        high=100,
    )
    as_published: bool = setting(
        "percentiles of all slices of a batch together, resampling with the noise of one step earlier, and no last "
        "look, as published",
        default=False,
    )

    def check_together(self) -> None:
        """See :class:`Settings`."""
        super().check_together()
        if self.sampler == "ddpm" and self.fill_steps is not None:
            raise InputError("The sampler ddpm takes every step: leave fill_steps out.", field="settings")
        check_mask_threshold(self.mask_threshold)


SETTINGS = AutoDdpmSettings
