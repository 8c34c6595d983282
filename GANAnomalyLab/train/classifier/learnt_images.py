"""What a classifier learns from: real images, synthetic ones, or both; what is held out is real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from ...images import ImageSet, join_sets, split_by_class
from .synthetic_images import SyntheticShare, synthetic_images

Say = Callable[[str], None]


def divide(
    images: ImageSet,
    held_out: float,
    seed: int,
    synthetic: SyntheticShare | None,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> tuple[ImageSet, ImageSet | None]:
    """What is learnt from, and the share ``held_out`` of the patients of each class (None for 0), of real images.

    Raises :class:`InputError` as :func:`check_classes` and :func:`~.synthetic_images.synthetic_images`.
    """
    if synthetic is not None and synthetic.alone and not held_out:
        raise InputError("Learning from synthetic images alone needs real ones to measure on: give --held-out.")
    check_classes(images)
    learnt, apart = split_by_class(images, held_out, seed, say) if held_out else (images, None)
    if synthetic is None:
        return learnt, apart
    made = synthetic_images(synthetic, learnt, store, progress, cancel, say)
    learnt = made if synthetic.alone else join_sets([learnt, made])
    check_classes(learnt, "images to learn from")
    return learnt, apart


def check_classes(images: ImageSet, what: str = "images") -> None:
    """Raise :class:`InputError` unless images of at least two classes are there, and of each class that is named."""
    if images.classes < 2 or len(np.unique(images.labels.argmax(1))) < 2:
        name = f" ({images.label_names[int(images.labels[0].argmax())]})" if images.classes else ""
        raise InputError(f"All {what} are of one class{name}, so there is nothing to tell apart: give others, too.")
    if not np.array_equal(images.labels.sum(1), np.ones(len(images))) or not np.isin(images.labels, (0, 1)).all():
        raise InputError("The labels are lists of numbers: a classifier learns classes, one for each image.")
    empty = [name for name, count in zip(images.label_names, images.labels.sum(0), strict=True) if not count]
    if empty:
        raise InputError(
            f"No {what} are of the class {', '.join(empty)}: add some, or make the set without this class."
        )
