"""The settings that AnoDDPM and autoDDPM share."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ..settings import Settings, setting
from .architecture import STEPS

FAST = 20
"""Looks of a network at a slice on its way from noise to a clean image."""


@dataclass
class DiffusionSettings(Settings):
    """Settings of one run."""

    sampler: str | None = setting(
        "ddim: a few even steps, without noise; ddpm: every step, as published; if not given, ddim, in mode reference "
        "ddpm",
        choices=("ddim", "ddpm"),
    )
    sampling_steps: int | None = setting(
        f"looks of the network on the way from noise to a clean slice, for ddim ({FAST}, if not given)",
        low=1,
        high=STEPS,
    )
    noise_level: int | None = setting(
        "step of a thousand up to which a slice is hidden in noise: more hides larger anomalies, and more of what is "
        "normal; if not given, as published or as far as the model has learnt",
        low=1,
        high=STEPS - 1,
    )
    shared_noise: bool = setting(
        "all slices are hidden in the same noise, so that heat does not flicker from slice to slice", default=True
    )

    def check_together(self) -> None:
        """See :class:`Settings`."""
        if self.sampler == "ddpm" and self.sampling_steps is not None:
            raise InputError("The sampler ddpm takes every step: leave sampling_steps out.", field="settings")
