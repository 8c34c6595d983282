"""What every score asks of its input, checked in one place so that the sentences are the same everywhere."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..models.score_units import METRICS
from ..spelling import meant


def check_metric(metric: str, allowed: tuple[str, ...] = METRICS) -> None:
    """Raise :class:`InputError` for a metric that does not exist."""
    if metric not in allowed:
        raise InputError(
            f"There is no metric {metric!r} here{meant(metric, allowed)}; choose one of {', '.join(allowed)}."
        )


def check_pair(original: np.ndarray, reconstruction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays; raises :class:`InputError` unless they are non-empty, 8-bit and of one shape."""
    original, reconstruction = np.asarray(original), np.asarray(reconstruction)
    for name, image in (("original", original), ("reconstruction", reconstruction)):
        if image.dtype != np.uint8:
            raise InputError(
                f"The {name} has {image.dtype} values, but scores are defined on 8-bit grey levels: "
                "convert it first, as to_gray8 does."
            )
    if original.shape != reconstruction.shape:
        raise InputError(
            f"The original is {_size(original)} and the reconstruction {_size(reconstruction)}: "
            "both must have the same size."
        )
    if original.size == 0:
        raise InputError("The images hold no pixels, so there is nothing to compare.")
    return original, reconstruction


def check_mask(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The mask as booleans (non-zero is inside); :class:`InputError` when it selects no pixel of a ``shape`` image."""
    mask = np.asarray(mask)
    if mask.dtype.kind not in "bui":
        raise InputError(f"The mask has {mask.dtype} values; it must be a label image of whole numbers or booleans.")
    if mask.shape != shape:
        raise InputError(f"The mask is {_size(mask)} but the image is {_size(np.empty(shape, bool))}: use one grid.")
    mask = mask.astype(bool, copy=False)
    if not mask.any():
        raise InputError("The mask is empty, so no pixel can be scored: choose another label or region.")
    return mask


def check_patch_size(patch_size: int, shape: tuple[int, int]) -> int:
    """The patch size as int; raises :class:`InputError` unless 1 <= patch_size <= both sides of ``shape``."""
    if isinstance(patch_size, bool) or not isinstance(patch_size, (int, np.integer)) or patch_size < 1:
        raise InputError(f"The patch size must be a whole number of pixels from 1 up, not {patch_size!r}.")
    if patch_size > min(shape):
        raise InputError(
            f"A patch of {patch_size} x {patch_size} pixels does not fit into an image of {shape[0]} x {shape[1]}: "
            "choose a smaller patch size."
        )
    return int(patch_size)


def _size(image: np.ndarray) -> str:
    return " x ".join(str(n) for n in image.shape) or "a single number"
