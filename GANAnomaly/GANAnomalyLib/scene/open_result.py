"""A result folder made elsewhere, put on the CT it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..results.result import AnalysisResult
from ..review.decisions import load_decisions
from ..volume.hashing import hash_volume
from ..volume.volume import Volume
from .build import build_scene
from .finding_review import apply_decisions
from .result_nodes import ReviewNodes
from .volume_nodes import volume_of

_TYPES = ("<i2", "<f4", "<i4", "<u2", "|u1", "|i1", "<f8", "<u4")


def read_result(scene: Any, folder: Path | str, volume_node: Any = None) -> ReviewNodes:
    """Open a result folder on a CT of the scene, with the decisions kept in it; its earlier result is replaced.

    Raises :class:`InputError`, the scene being as it was, when no CT is given, the folder holds no whole result, the
    result is of another CT (another place or size, or other voxels), or the decisions in it cannot be read.
    """
    result = AnalysisResult.read(folder)
    if volume_node is None:
        raise InputError("Open the CT that this result was made from first, then open the result on it.")
    image = volume_node.GetImageData()
    if image is None or image.GetNumberOfPoints() == 0 or image.GetNumberOfScalarComponents() != 1:
        raise InputError("The chosen volume is not a CT with one value a voxel: choose the one that was analysed.")
    decisions = load_decisions(folder)
    if not _same_voxels(volume_of(volume_node), result):
        raise InputError(f"The result in {folder} was made from another CT: choose the one that was analysed.")
    nodes = build_scene(scene, volume_node, result)
    apply_decisions(nodes, decisions)
    return nodes


def _same_voxels(volume: Volume, result: AnalysisResult) -> bool:
    """Whether a volume is the one a manifest names by its hash; True where it names none.

    The number type and the last digits of the geometry depend on who read the file: every type that holds the voxels
    exactly is tried, on the geometry that the manifest gives. Whether that is the volume's own is for
    :func:`build_scene` to tell, which compares the maps' place with it.
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
