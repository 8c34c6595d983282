"""The settings of a context-encoding variational autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import setting
from ..vae.settings import VaeSettings


@dataclass
class CevaeSettings(VaeSettings):
    """Settings of one run."""

    detector: ClassVar[str] = "cevae"

    draws: int = setting(
        "mean of so many restorations, each from a random latent of the slice's; 0: one, from the latents' mean, which "
        "this decoder was shown, too",
        default=0,
        low=0,
        high=256,
    )


SETTINGS = CevaeSettings
