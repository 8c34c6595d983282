"""Normal images as a model sees them: framed, windowed and sized as its card says, so as analysis does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from GANAnomalyLib.detectors.loaded_model import LoadedModel
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
    hu_offset: float | None = None,
) -> ImageSet:
    """The images below ``path`` as a model sees them; the rest as in ``ImageSource`` and ``open_images``."""
    card = model.card
    source = ImageSource(
        path,
        resolution=card.resolution,
        channels=model.channels,
        hu_window=card.window,
        hu_level=card.level,
        framing=card.framing,
        patients=patients,
        split=split,
        part=part,
        allow_any=allow_any,
        hu_offset=hu_offset,
    )
    return open_images(source, store, progress, cancel, say)
