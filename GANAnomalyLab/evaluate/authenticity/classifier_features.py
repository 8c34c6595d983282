"""What a classifier that the user trained sees of images, for distances between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.classifiers.architecture import FITS
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from .picture_sets import SIDE, PictureSet

if TYPE_CHECKING:
    from torch import Tensor

    from GANAnomalyLib.classifiers.load import ClassifierModel

_AT_ONCE = 16


def check_classifier(model: ClassifierModel) -> None:
    """Raise :class:`InputError` for a classifier of readers' findings: patches are no images."""
    if model.architecture.findings is not None:
        raise InputError(
            f"The classifier {model.card.name} learnt from readers' decisions on findings, not from whole images: give "
            "one that gananomaly train classifier made of images."
        )


def stored_side(model: ClassifierModel) -> int:
    """Pixels of a side at which images are to be stored for a classifier: none that it can see are lost."""
    return max(SIDE, 1 << (model.architecture.side - 1).bit_length())


def classifier_features(
    model: ClassifierModel, pictures: PictureSet, progress: ProgressCallback, cancel: CancelToken, what: str
) -> np.ndarray:
    """(N, K) float32: what the classifier's last layer sees of each image, brought to it as to the ones it learnt from.

    Raises :class:`InputError` for images in colours given to a classifier of grey ones.
    """
    import torch

    channels = pictures.images.images.shape[1]
    if channels > model.card.channels:
        raise InputError(
            f"The classifier {model.card.name} learnt from grey images, and some of these have colours: give one that "
            "learnt from colours, or leave --features out."
        )
    found: list[np.ndarray] = []
    for start in range(0, len(pictures), _AT_ONCE):
        cancel.check()
        progress(start / len(pictures), Message("features_of_images", what=what, number=start, count=len(pictures)))
        stop = min(start + _AT_ONCE, len(pictures))
        shown = torch.stack([shown_to(model, pictures, n) for n in range(start, stop)])
        found.append(model.features(shown).cpu().numpy())
    return np.concatenate(found)


def shown_to(model: ClassifierModel, pictures: PictureSet, index: int) -> Tensor:
    """(C, side, side) float32 in [-1, 1]: a picture as a classifier takes it, whole or its middle square."""
    import torch
    from torch.nn import functional

    planes = pictures.large(index)
    if model.architecture.fit == FITS[1]:
        planes = _middle(planes, pictures.held[index] * (planes.shape[-1] // SIDE))
    shown = torch.from_numpy(np.array(planes))[None].float() / 127.5 - 1
    side = model.architecture.side
    return functional.interpolate(shown, (side, side), mode="bilinear", antialias=True)[0]


def _middle(planes: np.ndarray, held: np.ndarray) -> np.ndarray:
    """The middle square of a picture that lies in a black one; ``held`` as in :class:`PictureSet`, at its size."""
    top, bottom, left, right = held.tolist()
    height, width = bottom - top + 1, right - left + 1
    side = min(height, width)
    top, left = top + (height - side) // 2, left + (width - side) // 2
    return planes[:, top : top + side, left : left + side]
