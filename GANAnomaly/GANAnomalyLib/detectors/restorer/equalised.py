"""Pictures whose contrast is brought to the same everywhere, so that dark places count as much as bright ones."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..needs import needing


def equalised(images: Tensor) -> Tensor:
    """Images (n, C, R, R) around [0, 1] by contrast limited adaptive histogram equalisation (Pizer et al. 1987, as
    scikit-image has it), each channel by itself; the same shape, in [0, 1], on the same device.

    Raises :class:`InputError` where scikit-image is not installed.
    """
    with needing("Adaptive equalisation"):
        from skimage.exposure import equalize_adapthist
    flat = images.detach().float().clamp(0, 1).cpu().flatten(0, 1).numpy()
    out = np.stack([_equalised(picture, equalize_adapthist) for picture in flat])
    return torch.from_numpy(out).to(images).view_as(images)


def _equalised(picture: np.ndarray, equalise) -> np.ndarray:  # type: ignore[no-untyped-def]
    if picture.min() == picture.max():
        return picture  # there is no contrast to bring to anything
    made: np.ndarray = equalise(picture).astype(np.float32)
    return made
