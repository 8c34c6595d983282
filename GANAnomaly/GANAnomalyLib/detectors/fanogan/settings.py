"""The settings of f-AnoGAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting

FEATURE_WEIGHT = "feature_weight"
MOST = 1000.0


@dataclass
class FAnoGANSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "fanogan"

    feature_weight: float | None = setting(
        "weight of how unlike the GAN's critic finds a slice and its restoration, beside the difference of their grey "
        "values: slices are then scored by the sum of both, whatever the metric (1 as published); 0 leaves it out. If "
        "not given, as the model's card says, else 0",
        low=0,
        high=MOST,
        label="Critic's features",
    )


SETTINGS = FAnoGANSettings
