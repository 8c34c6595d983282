"""What a run was trained on, and what it held out, whoever trained it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

if TYPE_CHECKING:
    from ..images import ImageSet


def run_images(run: Path, progress: ProgressCallback, cancel: CancelToken) -> tuple[ImageSet | None, ImageSet | None]:
    """The training images and the held out ones; None where the run does not say or has none.

    Raises :class:`InputError` where they are not where they were.
    """
    from .loop import train_on_images
    from .stylegan2 import run_folder, stylegan2_plan

    if run_folder.is_run(run):
        options = run_folder.read_options(run)[0]
        store = run.resolve().parent / stylegan2_plan.STORE
        return stylegan2_plan.read_images(options, store, progress, cancel, _nobody)
    known = train_on_images.read_run(run)
    if known is None:
        return None, None
    return train_on_images.read_images(known[1], run / train_on_images.STORE, progress, cancel, _nobody)


def _nobody(sentence: str) -> None:
    """It was said when the run began."""
