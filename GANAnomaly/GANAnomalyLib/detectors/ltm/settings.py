"""The settings of a latent transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting

SHARE = 0.03


@dataclass
class LtmSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "ltm"

    share: float = setting(
        "share of a slice's codes, the least likely ones, that is replaced", default=SHARE, low=0, high=1
    )


SETTINGS = LtmSettings
