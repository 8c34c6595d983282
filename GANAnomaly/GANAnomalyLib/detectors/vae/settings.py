"""The settings of a variational autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import Settings, setting


@dataclass
class VaeSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "vae"

    as_published: bool = setting("restore from one random latent, as published, instead of from many", default=False)
    draws: int = setting(
        "mean of so many restorations, each from a random latent of the slice's; 0: one, from the latents' mean, which "
        "a decoder without biases that never saw it makes too dark",
        default=8,
        low=0,
        high=256,
    )


SETTINGS = VaeSettings
