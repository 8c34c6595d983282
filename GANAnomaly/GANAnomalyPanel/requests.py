"""From a volume node to a request the engine runs, and from its result folder back to nodes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer

from GANAnomalyPanel.workspace import Workspace


@dataclass
class Prepared:
    """A request whose files are written, for a CT that is at ``ijk_to_ras`` (4, 4) now: it may be moved meanwhile.

    ``volume_file`` may go once the analysis has ended.
    """

    request: Any
    node_id: str
    voxels_time: int
    ijk_to_ras: Any
    volume_file: Path


def prepare(
    workspace: Workspace,
    node: Any,
    segmentation: Any = None,
    segment_id: str = "",
    output: Path | str | None = None,
    **settings: Any,
) -> Prepared:
    """Write a CT (and a segment to score inside) for the engine and make the request.

    ``settings`` are fields of :class:`GANAnomalyLib.AnalysisRequest`. Without ``output`` the result goes to the
    session's folder, where the same question about the same voxels finds its answer, or its finished slices, again.
    Raises :class:`GANAnomalyLib.errors.InputError` for what cannot be analysed.
    """
    from GANAnomalyLib.analysis.request import AnalysisRequest
    from GANAnomalyLib.errors import InputError
    from GANAnomalyLib.scene.volume_nodes import matrix_of

    if node is None:
        raise InputError("There is no scan to analyse: load one, or choose it in the list.")
    volume, mask = workspace.export(node, segmentation, segment_id)
    try:
        if mask is not None:
            settings.update(mask=str(mask), region="mask")
        if output is None:
            output = workspace.result_folder(_key(node, segmentation, segment_id, settings))
        request = AnalysisRequest(str(volume), output=str(output), **settings)
        request.validate()
    except BaseException as error:
        workspace.discard_input(volume)
        if isinstance(error, TypeError):
            raise InputError(f"A setting of the analysis is not known: {error}.") from error
        raise
    return Prepared(request, node.GetID(), _voxels_time(node), matrix_of(node), volume)


def show_result(folder: Path | str, prepared: Prepared) -> Any:
    """Put a result into the scene over its CT; returns the nodes (GANAnomalyLib.scene.result_nodes.ReviewNodes).

    Raises :class:`GANAnomalyLib.errors.InputError` when the CT has gone or was changed meanwhile; the scene is then
    as it was.
    """
    return show_loaded(loader(folder, prepared)(), prepared)


def loader(folder: Path | str, prepared: Prepared) -> Callable[[], Any]:
    """A function that reads a result for :func:`show_loaded`; it may run in another thread. Raises as that does."""
    from GANAnomalyLib.results.result import AnalysisResult
    from GANAnomalyLib.scene.scene_maps import load_maps
    from GANAnomalyLib.scene.volume_nodes import array_of
    from GANAnomalyLib.volume.volume import Volume

    image = Volume(array_of(_unchanged(prepared)), prepared.ijk_to_ras)

    def load() -> Any:
        result = AnalysisResult.read(folder)
        return result, load_maps(result, image)

    return load


def show_loaded(loaded: Any, prepared: Prepared) -> Any:
    """Put what :func:`loader` read into the scene; returns the nodes."""
    from GANAnomalyLib.scene.steps import run_through

    return run_through(show_steps(loaded, prepared))


def show_steps(loaded: Any, prepared: Prepared) -> Generator[None, None, Any]:
    """What :func:`show_loaded` does, in steps that leave the window free; closed half way, the scene is as it was."""
    from GANAnomalyLib.scene.build import build_steps

    result, maps = loaded
    return (yield from build_steps(slicer.mrmlScene, _unchanged(prepared), result, maps))


def _unchanged(prepared: Prepared) -> Any:
    """The CT's node, as it was when the analysis began."""
    from GANAnomalyLib.errors import InputError

    node = slicer.mrmlScene.GetNodeByID(prepared.node_id)
    if node is None:
        raise InputError("The scan was closed during the analysis: its result is not shown.")
    if _voxels_time(node) != prepared.voxels_time:
        raise InputError("The scan was changed during the analysis: analyse it again.")
    return node


def _voxels_time(node: Any) -> int:
    image = node.GetImageData()
    return image.GetMTime() if image is not None else 0


def _key(node: Any, segmentation: Any, segment_id: str, settings: dict[str, Any]) -> str:
    """Another question, or changed voxels, get another folder."""
    asked = {name: value for name, value in settings.items() if name not in ("mask", "batch")}
    parts = [node.GetID(), _voxels_time(node), segment_id, asked]
    if segmentation is not None and segment_id:
        parts += [segmentation.GetID(), segmentation.GetSegmentation().GetMTime()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]
