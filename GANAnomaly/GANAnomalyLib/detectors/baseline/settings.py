"""The baseline detector's one setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting


@dataclass
class BaselineSettings(Settings):
    """Settings of one run; None: as the model's card says."""

    detector: ClassVar[str] = "baseline"

    warp: bool | None = setting("move the explanation onto the slice by the smooth warp")


SETTINGS = BaselineSettings
