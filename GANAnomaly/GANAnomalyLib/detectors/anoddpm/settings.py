"""AnoDDPM's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..diffusion.settings import DiffusionSettings


@dataclass
class AnoDdpmSettings(DiffusionSettings):
    """Settings of one run."""

    detector: ClassVar[str] = "anoddpm"


SETTINGS = AnoDdpmSettings
