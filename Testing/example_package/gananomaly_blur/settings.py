"""The detector's one setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.settings import Settings, setting


@dataclass
class BlurSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "blur"

    detail: float = setting("share of the slice's own detail that is left", default=0.0, low=0, high=1)


SETTINGS = BlurSettings
