"""The settings of a variational autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting


@dataclass
class VaeSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "vae"

    as_published: bool = setting(
        "restore from one random latent, as published, instead of from the mean", default=False
    )


SETTINGS = VaeSettings
