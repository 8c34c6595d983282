"""The settings that all trainers of restorers have, and their presets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from GANAnomalyLib.detectors.settings import setting

from ..loop.trainer_settings import Presets, TrainerSettings

SMALL = {
    "resolution": 64,
    "minutes": 20.0,
    "ema": 2000.0,
    "log_every": 50,
    "sample_every": 500,
    "snapshot_every": 2000,
}
"""Learns something in 20 minutes on two cores."""
SMOKE = {"resolution": 64, "steps": 8, "batch": 4, "log_every": 4, "sample_every": 8, "snapshot_every": 8}
"""Runs through everything in less than a minute."""


def presets(small: Mapping[str, Any] | None = None, smoke: Mapping[str, Any] | None = None) -> Presets:
    """The three presets, a kind's own values over the common ones; "published" are the defaults of its settings."""
    return {"published": {}, "small": {**SMALL, **(small or {})}, "smoke": {**SMOKE, **(smoke or {})}}


@dataclass
class RestorerSettings(TrainerSettings):
    """Defaults are the published configuration. A kind also has the fields of its architecture that may be chosen,
    under the same names, and ``PRESETS`` with ``preset``."""

    resolution: int | None = setting("Pixels of a side, a power of two.", default=128, low=16)
    ema: float = setting(
        "Images over which half of the averaged weights is forgotten; 0: no average.", default=0.0, low=0
    )
    steps: int = setting("Stop after so many steps.", default=100_000, low=1, free=True)
    learning_rate: float = setting("Step size.", default=1e-4, above=0)
