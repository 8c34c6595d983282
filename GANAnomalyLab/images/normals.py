"""Normal images as a model sees them: framed, windowed and sized as its card says, so as analysis does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.modalities import modality_code
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from . import ImageSet, ImageSource, open_images

WHOSE = ("patients", "split", "part", "allow_any", "hu_offset")
"""Settings of an :class:`ImageSource` that a model does not decide."""


def normal_images(
    model: LoadedModel,
    path: str,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Callable[[str], None],
    **rules: Any,
) -> ImageSet:
    """The images below ``path`` as a model sees them; ``rules`` are other settings of :class:`ImageSource`."""
    card = model.card
    source = ImageSource(
        path,
        resolution=card.resolution,
        channels=model.channels,
        hu_window=card.window,
        hu_level=card.level,
        framing=card.framing,
        modality=modality_code(card.modality).lower(),
        percentile=card.percentile,
        percentile_of=card.percentile_of,
        **rules,
    )
    return open_images(source, store, progress, cancel, say)
