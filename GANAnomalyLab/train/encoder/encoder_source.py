"""What an encoder learns from: the generator it is for, and normal images where they are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from ...images import Draws, ImageSet, split_by_patient
from ...images.normals import normal_images
from ..run_models import find_snapshot
from .encoder_config import EncoderConfig


def read_model(name: str, device: str) -> StyleGAN2Model:
    """The model of a run's folder (its newest snapshot), of a file or of a name.

    Raises :class:`InputError` when there is none, or when it is no StyleGAN2 model.
    """
    if Path(name).is_dir():
        name = str(find_snapshot(name))
    model = load_model(name, device)
    if not isinstance(model, StyleGAN2Model):
        raise InputError(
            f"The model {model.card.name} is of kind {model.card.kind}: encoders are for stylegan2 models."
        )
    return model


@dataclass
class Data:
    """Training images by the step's number, and others (M, C, R, R) in [-1, 1] that are only measured on."""

    draws: Draws
    held_out: np.ndarray

    def mark(self) -> str:
        """What tells these images from others."""
        return self.draws.set.mark()


def read_data(
    config: EncoderConfig,
    model: StyleGAN2Model,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Callable[[str], None],
) -> Data | None:
    """The images that ``config.data`` names, framed as the model's card says, split by patient; None without any."""
    if config.data is None:
        return None
    rules: dict[str, Any] = {
        "patients": config.patients,
        "split": config.split,
        "part": config.part,
        "allow_any": config.allow_any,
        "hu_offset": config.hu_offset,
    }
    images = normal_images(model, config.data, Path(config.out) / "images", progress, cancel, say, **rules)
    return split(images, config, say)


def split(images: ImageSet, config: EncoderConfig, say: Callable[[str], None]) -> Data:
    """Most patients to learn from, the others to measure on."""
    training, others = split_by_patient(images, config.held_out, config.seed, say)
    chosen = np.unique(np.linspace(0, len(others) - 1, config.measured).astype(int))
    return Data(Draws(training, config.batch, config.seed), others.batch(chosen))
