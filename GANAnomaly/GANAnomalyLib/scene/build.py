"""A result as MRML nodes: CT, heatmap, reconstruction, difference, findings and tables, in one folder."""

from __future__ import annotations

import logging
import math
import uuid
from typing import Any

import numpy as np

from ..errors import InputError
from ..models.score_units import short_unit
from ..pictures import manifest_facts as facts
from ..results.result import AnalysisResult, domain_of
from ..review.decisions import Decision, decision_of
from ..review.opinions import Opinions, load_opinions
from ..review.result_facts import ResultFacts
from ..volume.orient import AxialStack
from ..volume.volume import Volume
from .belonging import is_bent
from .carry_along import carry_along
from .case_verdict import put_verdict, verdict_of
from .finding_nodes import add_findings_table, add_score_table, add_segmentation, segment_ids
from .finding_review import apply_decisions, rows
from .heat_values import keep as keep_sample
from .reader_marks import take_over
from .result_nodes import ReviewNodes, facts_of, keep_facts, removal_steps, results_in
from .roles import FINGERPRINT, RESULT, ROLE, claim, mark, plain_names, role_nodes, subject_hierarchy
from .scene_maps import ResultMaps, load_maps
from .steps import Steps, all_or_nothing, run_through
from .volume_nodes import (
    add_difference_colours,
    add_heat_colours,
    add_legend,
    add_ready_volume,
    add_volume,
    show_coloured,
    show_grey,
    volume_of,
)
from .voxel_prints import remember


def build_scene(
    scene: Any, volume: Volume | Any, result: AnalysisResult, maps: ResultMaps | None = None
) -> ReviewNodes:
    """Put a result into a scene, in place of an earlier one of the same CT; results of other CTs stay.

    Decisions on the very same result, analysed or opened again, are kept.

    Parameters
    ----------
    scene: a vtkMRMLScene, the application's or any other.
    volume: the scene's scalar volume node that holds the analysed volume (which stays as it is), or the volume
        itself, for which a node is made unless the scene has one of ours with the same voxels.
    result: an open result folder; its maps must lie on the volume's grid.
    maps: of :func:`GANAnomalyLib.scene.scene_maps.load_maps`, where they were read beforehand (they take the longest).

    Raises :class:`InputError` when the result is damaged or of another volume; the scene is then as it was.
    """
    return run_through(build_steps(scene, volume, result, maps))


def build_steps(
    scene: Any, volume: Volume | Any, result: AnalysisResult, maps: ResultMaps | None = None
) -> Steps[ReviewNodes]:
    """What :func:`build_scene` does, in steps of which none takes long where ``maps`` were read beforehand.

    Closed half way, the scene is as it was. An earlier result is seen until the new one is whole.
    """
    image = volume if isinstance(volume, Volume) else volume_of(volume)
    # Everything that can fail on the result's files comes before the first change to the scene.
    maps, opinions = maps or load_maps(result, image), _opinions(result)
    # All is built where the CT was then, and goes where it is now at the end.
    image = Volume(image.voxels, maps.ijk_to_ras, image.modality)
    ct = _own_ct(scene, image) if isinstance(volume, Volume) else volume
    nodes = yield from all_or_nothing(
        scene, _add_all(scene, ct, image, maps, result, opinions), lambda: _still_there(scene, ct)
    )
    earlier = [other for other in results_in(scene) if other.ct is nodes.ct and other.findings is not nodes.findings]
    # Now, not at the beginning: the user may have decided on something meanwhile.
    apply_decisions(nodes, _decisions(earlier, facts.fingerprint(result)))
    _keep_reading(scene, nodes, earlier)
    nodes.findings.GetDisplayNode().SetVisibility(True)
    yield from _replace(scene, earlier)
    plain_names(scene, nodes.own())
    return nodes


def _add_all(
    scene: Any, ct: Any, image: Volume, maps: ResultMaps, result: AnalysisResult, opinions: Opinions | None
) -> Steps[ReviewNodes]:
    fingerprint = facts.fingerprint(result)
    findings = yield from add_segmentation(scene, maps.labels, image.ijk_to_ras, result, fingerprint)
    yield
    if ct is None:
        ct = _add_ct(scene, image, maps, result, fingerprint)
        yield
    nodes = ReviewNodes(ct=ct, findings=findings, **(yield from _add_maps(scene, image, maps, result, fingerprint)))
    nodes.scores = add_score_table(scene, result, fingerprint)
    yield
    given = {} if opinions is None else opinions.by_rank()
    nodes.findings_table = add_findings_table(scene, result, segment_ids(findings), fingerprint, given)
    yield
    # The heatmap's grid, which is the CT's when it was analysed and under no transform yet.
    findings.SetReferenceImageGeometryParameterFromVolumeNode(nodes.heatmap)
    findings.SetNodeReferenceID(findings.GetReferenceImageGeometryReferenceRole(), ct.GetID())
    own_ct = ct.GetAttribute(ROLE) == "ct"
    result_id = uuid.uuid4().hex
    claim([*nodes.own(), ct] if own_ct else nodes.own(), ct, result_id)
    told = _facts(result, image, maps.voxels)
    told.opinions = opinions.source if opinions is not None and given else None
    keep_facts(nodes, told)
    remember(ct, maps.voxels)
    if not is_bent(ct):
        carry_along(nodes)
    keep_sample(nodes, maps.sample)
    yield
    nodes.folder = _add_folder(scene, nodes, result, own_ct, result_id)
    return nodes


def _still_there(scene: Any, ct: Any) -> None:
    if ct is not None and not scene.IsNodePresent(ct):
        raise InputError("The scan was closed meanwhile: its result is not shown.")


def _replace(scene: Any, earlier: list[ReviewNodes]) -> Steps[None]:
    """Remove earlier results; once begun, to the end."""
    steps = (step for old in earlier for step in removal_steps(scene, old))
    try:
        for _step in steps:
            yield
    finally:
        for _step in steps:
            pass


def _opinions(result: AnalysisResult) -> Opinions | None:
    """Second opinions beside a result; a file that cannot be read keeps no finding from being shown."""
    try:
        return load_opinions(result.folder)
    except InputError as error:
        logging.warning("GANAnomaly: no second opinions are shown: %s", error.message)
        return None


def _facts(result: AnalysisResult, image: Volume, voxels: str) -> ResultFacts:
    window, level = facts.window_level(result)
    warnings = result.manifest.get("warnings")
    stack = AxialStack.from_volume(image)
    return ResultFacts(
        unit=facts.unit(result),
        metric=facts.metric(result),
        model=facts.model_name(result),
        model_title=facts.model_title(result),
        window=window,
        level=level,
        modality=facts.modality(result),
        heatmap_threshold=facts.heatmap_threshold(result),
        slice_thresholds=_numbers(result.manifest.get("slice_thresholds")),
        heatmap_thresholds=_numbers(result.manifest.get("heatmap_thresholds")),
        fingerprint=facts.fingerprint(result),
        created=str(result.manifest.get("created", "")),
        warnings=[str(text) for text in warnings] if isinstance(warnings, list) else [],
        domain=domain_of(result.manifest).to_dict(),
        folder=str(result.folder.resolve()),
        stack={
            "axes": list(stack.axes),
            "flips": [bool(flip) for flip in stack.flips],
            "shape": list(image.voxels.shape),
            "ijk_to_ras": image.ijk_to_ras.tolist(),
        },
        voxels=voxels,
    )


def _numbers(values: object) -> dict[str, float]:
    """What of a manifest's thresholds is usable."""
    held = values.items() if isinstance(values, dict) else ()
    return {str(k): float(v) for k, v in held if isinstance(v, int | float) and math.isfinite(v)}


def _own_ct(scene: Any, image: Volume) -> Any:
    """The node of ours that holds this very volume, from an earlier result; None where there is none."""
    for node in role_nodes(scene, "ct"):
        if node.GetImageData() is None:
            continue
        there = volume_of(node)
        same_grid = there.voxels.shape == image.voxels.shape and np.allclose(there.ijk_to_ras, image.ijk_to_ras)
        if same_grid and np.array_equal(there.voxels, image.voxels):
            return node
    return None


def _decisions(earlier: list[ReviewNodes], fingerprint: str) -> list[Decision]:
    """What was decided on the same result before; nothing on another one, whose ranks mean other findings."""
    for nodes in earlier:
        try:
            if fingerprint and facts_of(nodes).fingerprint == fingerprint:
                return [decision_of(row) for row in rows(nodes)]
        except InputError:
            continue
    return []


def _keep_reading(scene: Any, nodes: ReviewNodes, earlier: list[ReviewNodes]) -> None:
    """What the reader marked is of the CT and stays; the verdict, where it was given on this very result."""
    for old in earlier:
        try:
            take_over(scene, nodes, old)
            if facts_of(old).fingerprint == facts_of(nodes).fingerprint:
                put_verdict(nodes, verdict_of(old))
        except InputError as error:
            logging.warning("GANAnomaly: what was marked over an earlier result is not kept: %s", error.message)


def _add_ct(scene: Any, image: Volume, maps: ResultMaps, result: AnalysisResult, fingerprint: str) -> Any:
    # Not the file's name: it may hold the patient's.
    name = facts.modality(result) or image.modality or "CT"
    if maps.ct is not None:
        ct = add_ready_volume(scene, name, maps.ct, image.ijk_to_ras)
    else:
        ct = add_volume(scene, name, image.voxels, image.ijk_to_ras)
    show_grey(ct, *facts.window_level(result))
    mark(ct, "ct", fingerprint)
    return ct


def _add_maps(
    scene: Any, image: Volume, maps: ResultMaps, result: AnalysisResult, fingerprint: str
) -> Steps[dict[str, Any]]:
    window, level = facts.window_level(result)
    heat_colours = add_heat_colours(scene, fingerprint)
    yield
    heatmap = add_ready_volume(scene, "GANAnomaly heatmap", maps.heat, image.ijk_to_ras)
    show_coloured(heatmap, heat_colours, *maps.limits, threshold=maps.limits[0])
    mark(heatmap, "heatmap", fingerprint)
    yield

    normal = add_ready_volume(scene, "GANAnomaly reconstruction", maps.reconstruction, image.ijk_to_ras)
    show_grey(normal, window, level)
    mark(normal, "reconstruction", fingerprint)
    yield

    difference_colours = add_difference_colours(scene, fingerprint)
    yield
    name = f"GANAnomaly difference ({facts.modality(result) or 'CT'} - reconstruction)"
    difference = add_ready_volume(scene, name, maps.difference, image.ijk_to_ras)
    show_coloured(difference, difference_colours, -window / 2, window / 2)
    mark(difference, "difference", fingerprint)
    yield
    legend = add_legend(heatmap, _legend_title(result), fingerprint)
    yield
    return {
        "heatmap": heatmap,
        "reconstruction": normal,
        "difference": difference,
        "heat_colours": heat_colours,
        "difference_colours": difference_colours,
        "legend": legend,
    }


def _legend_title(result: AnalysisResult) -> str:
    unit = short_unit(facts.unit(result))
    # Two short lines: a long one would lie across the picture.
    return f"Anomaly,\n{unit}" if unit else "Anomaly"


def _add_folder(scene: Any, nodes: ReviewNodes, result: AnalysisResult, own_ct: bool, result_id: str) -> int:
    """The folder with everything of ours; beside the user's own CT, where that is in the hierarchy."""
    hierarchy = subject_hierarchy(scene)
    parent = hierarchy.GetSceneItemID()
    if not own_ct and hierarchy.GetItemByDataNode(nodes.ct):
        parent = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(nodes.ct))
    folder: int = hierarchy.CreateFolderItem(parent, f"GANAnomaly: {facts.model_name(result)}")
    hierarchy.SetItemAttribute(folder, ROLE, "folder")
    hierarchy.SetItemAttribute(folder, FINGERPRINT, facts.fingerprint(result))
    hierarchy.SetItemAttribute(folder, RESULT, result_id)
    inside = [nodes.heatmap, nodes.reconstruction, nodes.difference, nodes.findings]
    inside += [nodes.findings_table, nodes.scores]
    for node in [nodes.ct, *inside] if own_ct else inside:
        item = hierarchy.GetItemByDataNode(node)
        if item:
            hierarchy.SetItemParent(item, folder)
        else:
            hierarchy.CreateItem(folder, node)
    return folder
