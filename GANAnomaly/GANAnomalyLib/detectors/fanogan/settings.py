"""The settings of f-AnoGAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings


@dataclass
class FAnoGANSettings(Settings):
    """It has none."""

    detector: ClassVar[str] = "fanogan"


SETTINGS = FAnoGANSettings
