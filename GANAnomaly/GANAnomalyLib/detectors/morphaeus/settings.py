"""The settings of MorphAEus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting


@dataclass
class MorphAEusSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "morphaeus"

    bend: bool = setting("bend the autoencoder's image onto the slice", default=True)


SETTINGS = MorphAEusSettings
