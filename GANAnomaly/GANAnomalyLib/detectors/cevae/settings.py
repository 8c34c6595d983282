"""The settings of a context-encoding variational autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..vae.settings import VaeSettings


@dataclass
class CevaeSettings(VaeSettings):
    """Settings of one run."""

    detector: ClassVar[str] = "cevae"


SETTINGS = CevaeSettings
