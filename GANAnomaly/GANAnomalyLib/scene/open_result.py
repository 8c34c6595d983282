"""A result folder made elsewhere, put on the CT it was made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..results.input_image import is_input_of
from ..results.result import AnalysisResult
from ..review.added_findings import CaseVerdict, ReaderFinding
from ..review.decisions import Decision, load_reading
from .build import build_steps
from .case_verdict import put_verdict
from .finding_review import apply_decisions
from .reader_marks import add_reader_findings
from .result_nodes import ReviewNodes
from .scene_maps import ResultMaps, load_maps
from .steps import Steps, run_through
from .volume_nodes import volume_of


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
        if not is_input_of(image, result):
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
