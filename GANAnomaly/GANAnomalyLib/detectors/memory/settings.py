"""The memory detector's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting


@dataclass
class MemorySettings(Settings):
    """Settings of one run; None: as the model's card says."""

    detector: ClassVar[str] = "memory"

    candidates: int | None = setting("remembered slices that each slice is compared with", low=1, high=1 << 20)


SETTINGS = MemorySettings
