"""A fingerprint of image data, by which results name their input without naming the patient."""

from __future__ import annotations

import hashlib

import numpy as np

from .volume import Volume


def hash_volume(volume: Volume) -> str:
    """SHA-256 (hex) over a volume's geometry (to a millionth of a millimetre), voxel type, voxels and colours."""
    digest = hashlib.sha256()
    voxels = volume.voxels
    digest.update(f"{voxels.shape} {voxels.dtype.newbyteorder('<').str}".encode())
    # Adding zero turns -0.0, which rounding makes of tiny negative numbers, into 0.0.
    digest.update((np.round(volume.ijk_to_ras.astype("<f8"), 6) + 0.0).tobytes())
    for plane in voxels:
        digest.update(np.ascontiguousarray(plane, dtype=voxels.dtype.newbyteorder("<")).data)
    if volume.colours is not None:
        digest.update(np.ascontiguousarray(volume.colours).data)
    return digest.hexdigest()
