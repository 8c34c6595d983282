"""A result folder made elsewhere, put on the CT it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..results.result import AnalysisResult
from ..review.added_findings import CaseVerdict, ReaderFinding
from ..review.decisions import Decision, load_reading
from ..volume.hashing import hash_volume
from ..volume.volume import Volume
from .build import build_steps
from .case_verdict import put_verdict
from .finding_review import apply_decisions
from .reader_marks import add_reader_findings
from .result_nodes import ReviewNodes
from .scene_maps import ResultMaps, load_maps
from .steps import Steps, run_through
from .volume_nodes import volume_of

_TYPES = ("<i2", "<f4", "<i4", "<u2", "|u1", "|i1", "<f8", "<u4")


@dataclass
class Opened:
    """A result that was read for a CT, and what a reader said of it that is kept in its folder."""

    result: AnalysisResult
    maps: ResultMaps
    decisions: list[Decision]
    added: list[ReaderFinding] = field(default_factory=list)
    verdict: CaseVerdict = field(default_factory=CaseVerdict)


def read_result(scene: Any, folder: Path | str, volume_node: Any = None) -> ReviewNodes:
    """Open a result folder on a CT of the scene, with the decisions kept in it; its earlier result is replaced.

    Raises :class:`InputError`, the scene being as it was, when no CT is given, the folder holds no whole result, the
    result is of another CT (another place or size, or other voxels), or the decisions in it cannot be read.
    """
    return run_through(open_steps(scene, volume_node, reader(folder, volume_node)()))


def reader(folder: Path | str, volume_node: Any) -> Callable[[], Opened]:
    """A function that reads a result for :func:`open_steps`, which may run in another thread. Both raise as
    :func:`read_result` does."""
    result = AnalysisResult.read(folder)
    if volume_node is None:
        raise InputError("Open the scan that this result was made from first, then open the result on it.")
    node = volume_node.GetImageData()
    if node is None or node.GetNumberOfPoints() == 0 or node.GetNumberOfScalarComponents() != 1:
        raise InputError("The chosen volume is not a scan with one value a voxel: choose the one that was analysed.")
    image = volume_of(volume_node)

    def read() -> Opened:
        kept = load_reading(folder)
        if not same_voxels(image, result):
            raise InputError(f"The result in {folder} was made from another scan: choose the one that was analysed.")
        return Opened(result, load_maps(result, image), list(kept.decisions), list(kept.added), kept.verdict)

    return read


def open_steps(scene: Any, volume_node: Any, opened: Opened) -> Steps[ReviewNodes]:
    """Put what :func:`reader` read into a scene, as :func:`GANAnomalyLib.scene.build.build_steps` does."""
    nodes = yield from build_steps(scene, volume_node, opened.result, opened.maps)
    apply_decisions(nodes, opened.decisions)
    add_reader_findings(scene, nodes, opened.added)
    if opened.verdict.verdict:
        put_verdict(nodes, opened.verdict)
    return nodes


def same_voxels(volume: Volume, result: AnalysisResult) -> bool:
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
