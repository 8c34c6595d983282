"""The settings of a soft introspective variational autoencoder: none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings


@dataclass
class SivaeSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "sivae"


SETTINGS = SivaeSettings
