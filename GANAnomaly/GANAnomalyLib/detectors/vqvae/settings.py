"""A VQ-VAE has no settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings


@dataclass
class VqvaeSettings(Settings):
    """Settings of one run: none."""

    detector: ClassVar[str] = "vqvae"


SETTINGS = VqvaeSettings
