"""autoDDPM's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...errors import InputError
from ..diffusion.architecture import STEPS
from ..diffusion.settings import DiffusionSettings
from ..settings import setting

OWN = -1.0
"""The threshold that each slice finds for itself."""


@dataclass
class AutoDdpmSettings(DiffusionSettings):
    """Settings of one run."""

    detector: ClassVar[str] = "autoddpm"

    mask_threshold: float | None = setting(
        "what differs by more between a slice and its first restoration is filled in anew: decisive, and another one "
        "for other images; -1 takes each slice's own 95th percentile, so that a twentieth of any slice is filled in; "
        "if not given, as the model's card says, else -1",
        low=OWN,
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
        if self.mask_threshold is not None and OWN < self.mask_threshold < 0:
            raise InputError("mask_threshold is 0 or more, or -1.", field="settings.mask_threshold")


SETTINGS = AutoDdpmSettings
