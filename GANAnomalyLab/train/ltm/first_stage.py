"""The VQ-VAE that a latent transformer is given: a model, or the last one of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.restorer.load import RestorerModel
from GANAnomalyLib.errors import InputError

from ..run_models import snapshots

if TYPE_CHECKING:
    from ...images import ImageSet
    from ..loop.trainer_settings import TrainerSettings

KIND = "vqvae"


def first_stage(source: str, images: ImageSet, settings: TrainerSettings) -> RestorerModel:
    """The VQ-VAE that ``source`` names: a run's folder, a model's file or its name.

    Raises :class:`InputError` where it is none, or was made for other images than those that are trained on.
    """
    model = load_model(snapshots(source)[-1] if Path(source).is_dir() else source)
    card = model.card
    if card.kind != KIND or not isinstance(model, RestorerModel):
        raise InputError(f"{card.name} is a {card.kind} model: give a VQ-VAE with --vqvae, or leave it out.")
    sees: dict[str, Any] = {"pixels": card.resolution, "channels": card.channels}
    wanted: dict[str, Any] = {"pixels": images.resolution, "channels": images.channels}
    if images.kind == "volumes":
        sees |= {"window": card.window, "level": card.level, "framing": card.framing}
        wanted |= {"window": settings.window, "level": settings.level, "framing": settings.framing}
    for name, value in sees.items():
        if value != wanted[name]:
            raise InputError(
                f"The VQ-VAE {card.name} is for images with {name} {value}, and these have {wanted[name]}: make them "
                "alike."
            )
    return model
