"""The settings of autoDDPM's training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..anoddpm.settings import AnoDdpmTraining


@dataclass
class AutoDdpmTraining(AnoDdpmTraining):
    """Train autoDDPM: AnoDDPM's network, and the threshold from which a slice is filled in anew."""

    detector: ClassVar[str] = "autoddpm"


SETTINGS = AutoDdpmTraining
