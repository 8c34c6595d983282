"""Normal images as a model sees them: framed, windowed and sized as its card says, so as analysis does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from GANAnomalyLib.models.registry import LoadedModel
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from . import ImageSet, ImageSource, open_images


def normal_images(
    model: LoadedModel,
    path: str,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Callable[[str], None],
    patients: str = "auto",
    split: str | None = None,
    part: str | None = None,
    allow_any: bool = False,
) -> ImageSet:
    """The images below ``path`` for a StyleGAN2 model; the rest as in ``ImageSource`` and ``open_images``."""
    card, generator = model.card, model.generator
    source = ImageSource(
        path,
        resolution=generator.img_resolution,
        channels=generator.img_channels,
        hu_window=card.window,
        hu_level=card.level,
        framing=card.framing,
        patients=patients,
        split=split,
        part=part,
        allow_any=allow_any,
    )
    return open_images(source, store, progress, cancel, say)
