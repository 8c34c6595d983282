"""The settings of a reversed autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting


@dataclass
class RaSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "ra"

    saliency: bool = setting("weigh differences by how unlike the pair looks, as published", default=True)


SETTINGS = RaSettings
