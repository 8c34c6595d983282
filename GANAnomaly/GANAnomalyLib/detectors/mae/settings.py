"""The settings of a masked autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting

ROUNDS = 4


@dataclass
class MaeSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "mae"
    MODE_HINTS: ClassVar[dict[str, str]] = {
        "reference": "The setting {name!r} belongs to mode fast: the published way draws 30 maskings.",
    }

    rounds: int = setting(
        "rounds of maskings that together hide every patch equally often; more are smoother and take longer",
        default=ROUNDS,
        low=1,
        high=100,
        mode="fast",
    )


SETTINGS = MaeSettings
