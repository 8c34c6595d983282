"""A result as MRML nodes: CT, heatmap, reconstruction, difference, findings and tables, in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..pictures import facts
from ..pictures.maps import read_map
from ..pictures.overlay import heat_limits
from ..result import AnalysisResult
from ..units import short_unit
from ..volume.orient import AxialStack
from ..volume.types import Volume
from .findings import add_findings_table, add_score_table, add_segmentation, segment_ids
from .roles import FINGERPRINT, ROLE, mark, remove_result, subject_hierarchy
from .volumes import (
    add_difference_colours,
    add_heat_colours,
    add_legend,
    add_volume,
    show_coloured,
    show_grey,
    volume_of,
)

OVERLAY_OPACITY = 0.6


@dataclass
class SceneNodes:
    """The nodes of one result. ``folder`` is a subject hierarchy item; ``legend`` is None in a Slicer without them."""

    ct: Any
    heatmap: Any
    reconstruction: Any
    difference: Any
    findings: Any
    scores: Any
    findings_table: Any
    heat_colours: Any
    difference_colours: Any
    legend: Any
    folder: int


def build_scene(scene: Any, volume: Volume | Any, result: AnalysisResult) -> SceneNodes:
    """Put a result into a scene, in place of an earlier one.

    Parameters
    ----------
    scene: a vtkMRMLScene, the application's or any other.
    volume: the analysed volume, or the scene's scalar volume node that holds it (which stays as it is).
    result: an open result folder; its maps must lie on the volume's grid.

    Raises :class:`InputError` when the result is damaged or of another volume; the scene is then as it was.
    """
    own_ct = isinstance(volume, Volume)
    image = volume if own_ct else volume_of(volume)
    # Everything that can fail on the result's files comes before the first change to the scene.
    heat = read_map(result.path("heatmap"), image)
    reconstruction = read_map(result.path("reconstruction"), image)
    # Slicer's own reader ends the process on a damaged file, so that ours looks first.
    read_map(result.path("findings_segmentation"), image)
    fingerprint = facts.fingerprint(result)
    findings = add_segmentation(scene, result.path("findings_segmentation"), result, "")
    remove_result(scene, keep=[findings] if own_ct else [findings, volume])
    mark(findings, "findings", fingerprint)

    ct = _add_ct(scene, image, result, fingerprint) if own_ct else volume
    nodes = _add_maps(scene, image, heat, reconstruction, result, fingerprint)
    findings.SetReferenceImageGeometryParameterFromVolumeNode(ct)
    scene_nodes = SceneNodes(
        ct=ct,
        findings=findings,
        scores=add_score_table(scene, result, fingerprint),
        findings_table=add_findings_table(scene, result, segment_ids(findings), fingerprint),
        folder=0,
        **nodes,
    )
    _follow_transform(scene_nodes)
    scene_nodes.folder = _add_folder(scene, scene_nodes, result, own_ct)
    return scene_nodes


def show_overlay(scene: Any, nodes: SceneNodes, opacity: float = OVERLAY_OPACITY) -> None:
    """CT behind, heatmap before it, in every slice view of a scene."""
    for n in range(scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")):
        composite = scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode")
        composite.SetBackgroundVolumeID(nodes.ct.GetID())
        composite.SetForegroundVolumeID(nodes.heatmap.GetID())
        composite.SetForegroundOpacity(opacity)


def _add_ct(scene: Any, image: Volume, result: AnalysisResult, fingerprint: str) -> Any:
    # Not the file's name: it may hold the patient's.
    ct = add_volume(scene, "CT" if image.modality in ("", "CT") else image.modality, image.voxels, image.ijk_to_ras)
    show_grey(ct, *facts.window_level(result))
    mark(ct, "ct", fingerprint)
    return ct


def _add_maps(
    scene: Any,
    image: Volume,
    heat: np.ndarray,
    reconstruction: np.ndarray,
    result: AnalysisResult,
    fingerprint: str,
) -> dict[str, Any]:
    low, high = heat_limits(heat, facts.heatmap_threshold(result))
    heat_colours = add_heat_colours(scene, fingerprint)
    heatmap = add_volume(scene, "GANAnomaly heatmap", heat, image.ijk_to_ras)
    show_coloured(heatmap, heat_colours, low, high, threshold=low)
    mark(heatmap, "heatmap", fingerprint)

    # Whole Hounsfield units: the network sees 256 grey levels in a window of some hundred.
    normal = add_volume(scene, "GANAnomaly reconstruction", np.rint(reconstruction), image.ijk_to_ras)
    show_grey(normal, *facts.window_level(result))
    mark(normal, "reconstruction", fingerprint)

    difference_colours = add_difference_colours(scene, fingerprint)
    window, level = facts.window_level(result)
    left_over = np.rint(_left_over(image, reconstruction, result, window, level))
    difference = add_volume(scene, "GANAnomaly difference (CT - reconstruction)", left_over, image.ijk_to_ras)
    show_coloured(difference, difference_colours, -window / 2, window / 2)
    mark(difference, "difference", fingerprint)
    return {
        "heatmap": heatmap,
        "reconstruction": normal,
        "difference": difference,
        "heat_colours": heat_colours,
        "difference_colours": difference_colours,
        "legend": add_legend(heatmap, _legend_title(result), fingerprint),
    }


def _legend_title(result: AnalysisResult) -> str:
    unit = short_unit(facts.unit(result))
    # Two short lines: a long one would lie across the picture.
    return f"Anomaly,\n{unit}" if unit else "Anomaly"


def _left_over(
    image: Volume, reconstruction: np.ndarray, result: AnalysisResult, window: float, level: float
) -> np.ndarray:
    """CT minus reconstruction in HU, both as the network saw them: through its window, in the slices it was shown.

    Without the window every bone would differ by what the network could never have known; slices that were not
    analysed have no reconstruction and differ by nothing.
    """
    low, high = level - window / 2, level + window / 2
    left_over = np.clip(image.voxels.astype(np.float32), low, high) - np.clip(reconstruction, low, high)
    slices = AxialStack.from_volume(image.like(left_over)).slices
    analysed = {row.get("slice") for row in result.scores}
    slices[[n for n in range(len(slices)) if n not in analysed]] = 0.0
    return left_over


def _follow_transform(nodes: SceneNodes) -> None:
    """A CT that the user moved takes its maps along."""
    transform = nodes.ct.GetTransformNodeID()
    if transform:
        for node in (nodes.heatmap, nodes.reconstruction, nodes.difference, nodes.findings):
            node.SetAndObserveTransformNodeID(transform)


def _add_folder(scene: Any, nodes: SceneNodes, result: AnalysisResult, own_ct: bool) -> int:
    """The folder with everything of ours; beside the user's own CT, where that is in the hierarchy."""
    hierarchy = subject_hierarchy(scene)
    parent = hierarchy.GetSceneItemID()
    if not own_ct and hierarchy.GetItemByDataNode(nodes.ct):
        parent = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(nodes.ct))
    folder = hierarchy.CreateFolderItem(parent, f"GANAnomaly: {facts.model_name(result)}")
    hierarchy.SetItemAttribute(folder, ROLE, "folder")
    hierarchy.SetItemAttribute(folder, FINGERPRINT, facts.fingerprint(result))
    inside = [nodes.heatmap, nodes.reconstruction, nodes.difference, nodes.findings]
    inside += [nodes.findings_table, nodes.scores]
    for node in [nodes.ct, *inside] if own_ct else inside:
        item = hierarchy.GetItemByDataNode(node)
        if item:
            hierarchy.SetItemParent(item, folder)
        else:
            hierarchy.CreateItem(folder, node)
    return folder
