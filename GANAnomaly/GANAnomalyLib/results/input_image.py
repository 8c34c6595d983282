"""Whether an image is the one that a result was made of, though another program read it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..volume.hashing import hash_volume
from ..volume.volume import Volume
from .result import AnalysisResult

_TYPES = ("<i2", "<f4", "<i4", "<u2", "|u1", "|i1", "<f8", "<u4")


def is_input_of(volume: Volume, result: AnalysisResult) -> bool:
    """Whether a volume is the one a manifest names by its hash; True where it names none.

    The number type and the last digits of the geometry depend on who read the file: every type that holds the voxels
    exactly is tried, on the geometry that the manifest gives. Whether that is the volume's own the caller must tell.
    """
    said, geometry = result.manifest.get("input"), result.manifest.get("geometry")
    wanted = said.get("hash") if isinstance(said, dict) else None
    if not isinstance(wanted, str) or not wanted:
        return True
    matrices = [volume.ijk_to_ras]
    if isinstance(geometry, dict):
        try:
            analysed = np.array(geometry.get("ijk_to_ras"), dtype=np.float64)
        except (TypeError, ValueError):
            analysed = np.empty(0)
        if analysed.shape == (4, 4):
            matrices.insert(0, analysed)
    kinds = dict.fromkeys([volume.voxels.dtype.newbyteorder("<").str, *_TYPES])
    for voxels in _exact_casts(volume.voxels, list(kinds)):
        if any(hash_volume(Volume(voxels, matrix)) == wanted for matrix in matrices):
            return True
    return False


def _exact_casts(voxels: np.ndarray, kinds: list[str]) -> Iterator[np.ndarray]:
    low, high = float(voxels.min()), float(voxels.max())
    whole = voxels.dtype.kind in "iu" or bool(np.array_equal(voxels, np.rint(voxels)))
    for kind in kinds:
        dtype = np.dtype(kind)
        if dtype.kind in "iu" and not (whole and np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max):
            continue
        cast = voxels.astype(dtype, copy=False)
        if dtype == voxels.dtype or np.array_equal(cast, voxels):
            yield cast
