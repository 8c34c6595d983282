"""A quick hash of voxels by value: whether an image is still the one that was analysed.

Unlike :func:`~.hashing.hash_volume` it does not matter in which number type the voxels are kept, and it can be made in
steps, plane by plane. It tells changes, it proves nothing: results name their input by the other one.
"""

from __future__ import annotations

import hashlib
import zlib

import numpy as np

_SAMPLE = 50_000


class QuickHash:
    """Made from all planes of a (K, J, I) image in order, some at a time."""

    def __init__(self, voxels: np.ndarray) -> None:
        self._sample = sample_hash(voxels)
        self._planes = hashlib.sha256()

    def add(self, planes: np.ndarray) -> None:
        """Take in the next planes, (N, J, I)."""
        for plane in planes:
            # A check sum of each is as good as any hash for telling changes, and several times quicker.
            self._planes.update(zlib.crc32(_bytes(plane)).to_bytes(4, "little"))

    @property
    def value(self) -> str:
        """The hash of what was taken in: the sample's, a dash, and that of the planes."""
        return f"{self._sample}-{self._planes.hexdigest()[:24]}"


def quick_hash(voxels: np.ndarray) -> str:
    """The hash of a (K, J, I) image at once."""
    hashed = QuickHash(voxels)
    hashed.add(voxels)
    return hashed.value


def sample_hash(voxels: np.ndarray) -> str:
    """The part of a quick hash before its dash, of some voxels all over: it takes no time, and tells other images."""
    flat = voxels.reshape(-1)
    some = flat[:: max(flat.size // _SAMPLE, 1)]
    return f"{zlib.crc32(_bytes(some), zlib.crc32(str(voxels.shape).encode())):08x}"


def _bytes(values: np.ndarray) -> memoryview:
    """As 32 bit numbers, which hold every CT; adding zero makes 0.0 of -0.0."""
    numbers = values.astype("<f4")
    if values.dtype.kind == "f":
        numbers += np.float32(0.0)
    return np.ascontiguousarray(numbers).data
