"""Voxel types: the smallest usual one that holds a file's values exactly."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..modalities import MR, modality_code

VOXEL_LIMIT = 1 << 31
"""More voxels than this are refused before anything is allocated (512 x 512 x 8192)."""
_WHOLE = 256.0


def kept_as(window: float, level: float, modality: str) -> type[np.number]:
    """The type in which values through a window are written: whole numbers, 16 bits where these hold it; an MR's may
    lie between 0 and 1, and keep their decimals."""
    if modality_code(modality) == MR and window < _WHOLE:
        return np.float32
    return np.int32 if level + window / 2 > np.iinfo(np.int16).max else np.int16


def check_size(shape: tuple[int, ...], name: str) -> None:
    """Refuse a header that asks for more memory than any CT needs."""
    if min(shape, default=0) < 1:
        raise InputError(f"{name} holds no voxels: its size is {' x '.join(map(str, shape))}.")
    if int(np.prod(shape, dtype=object)) > VOXEL_LIMIT:
        raise InputError(f"{name} says it holds {' x '.join(map(str, shape))} voxels, too many to read: crop it first.")


def compact(voxels: np.ndarray) -> np.ndarray:
    """The same values as int16, int32 or float32, little endian (whole numbers too large for int32 become float32)."""
    if voxels.dtype == np.bool_:
        return voxels.astype(np.int16)
    if voxels.dtype.kind == "f":
        return voxels.astype(np.float32, copy=False)
    if voxels.size == 0:
        return voxels.astype(np.int16)
    low, high = int(voxels.min()), int(voxels.max())
    for kind in (np.int16, np.int32):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return voxels.astype(kind, copy=False)
    return voxels.astype(np.float32)
