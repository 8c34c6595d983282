"""A result as MRML nodes: right values, right place, replaced by a re-run, and nobody else's nodes touched."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest
from example_result import LEVEL, WINDOW, make_result, tilted
from vtkmodules.util.numpy_support import vtk_to_numpy

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.score_units import CALIBRATED
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.display import show
from GANAnomalyLib.scene.roles import FINGERPRINT, ROLE, remove_result, result_folders, role_nodes, subject_hierarchy
from GANAnomalyLib.scene.volume_nodes import add_volume, volume_of

pytest.importorskip("slicer")


def test_every_volume_lies_on_the_cts_own_grid(volume, result, app):
    nodes = build_scene(app.scene, volume, result)
    for node in (nodes.ct, nodes.heatmap, nodes.reconstruction, nodes.difference):
        image = volume_of(node)
        assert image.voxels.shape == volume.voxels.shape
        assert np.allclose(image.ijk_to_ras, volume.ijk_to_ras, atol=1e-6)
    assert np.array_equal(volume_of(nodes.ct).voxels, volume.voxels)


def test_an_oblique_volume_keeps_its_place(volume, app, tmp_path):
    oblique = tilted(volume)
    result = make_result(tmp_path, oblique)
    nodes = build_scene(app.scene, oblique, result)
    heat = volume_of(nodes.heatmap)
    hottest = np.array(np.unravel_index(np.argmax(heat.voxels), heat.voxels.shape))[::-1]
    assert np.allclose(heat.ras(hottest), oblique.ras(hottest), atol=1e-3)


def test_difference_is_ct_minus_reconstruction_through_the_window(volume, result, app):
    nodes = build_scene(app.scene, volume, result)
    low, high = LEVEL - WINDOW / 2, LEVEL + WINDOW / 2
    reconstruction = volume_of(nodes.reconstruction).voxels.astype(float)
    expected = np.clip(volume.voxels, low, high) - np.clip(reconstruction, low, high)
    assert np.abs(volume_of(nodes.difference).voxels - expected).max() <= 1.0


def test_slices_that_were_not_analysed_do_not_differ(volume, result, app):
    part = dataclasses.replace(result, scores=[row for row in result.scores if 20 <= row["slice"] < 40])
    difference = volume_of(build_scene(app.scene, volume, part).difference).voxels
    assert np.any(difference[20:40])
    assert not np.any(difference[:20])
    assert not np.any(difference[40:])


def test_display_is_what_a_reader_expects(volume, result, app):
    nodes = build_scene(app.scene, volume, result)
    ct, heat = nodes.ct.GetDisplayNode(), nodes.heatmap.GetDisplayNode()
    assert (ct.GetWindow(), ct.GetLevel()) == (WINDOW, LEVEL)
    assert heat.GetApplyThreshold()
    assert heat.GetLowerThreshold() == 60.0 == heat.GetWindowLevelMin()
    assert heat.GetUpperThreshold() > volume_of(nodes.heatmap).voxels.max()
    assert heat.GetColorNode().GetNumberOfColors() == 256
    outline = nodes.findings.GetDisplayNode()
    assert outline.GetVisibility2DOutline()
    assert not outline.GetVisibility2DFill()


def test_threshold_comes_from_the_heat_where_the_manifest_names_none(volume, app, tmp_path):
    nodes = build_scene(app.scene, volume, make_result(tmp_path, volume, threshold=None))
    heat = volume_of(nodes.heatmap).voxels
    assert nodes.heatmap.GetDisplayNode().GetLowerThreshold() == pytest.approx(np.percentile(heat[heat > 0], 95))


def test_tables_hold_the_numbers(volume, result, app):
    nodes = build_scene(app.scene, volume, result)
    scores, findings = nodes.scores.GetTable(), nodes.findings_table.GetTable()
    assert scores.GetNumberOfRows() == len(result.scores) == 56
    assert scores.GetValueByName(7, "score").ToDouble() == pytest.approx(result.scores[7]["score"])
    assert findings.GetNumberOfRows() == len(result.findings)
    for n, finding in enumerate(result.findings):
        place = [findings.GetValueByName(n, axis).ToDouble() for axis in "RAS"]
        assert place == pytest.approx(finding.centre_ras)
        assert nodes.findings.GetSegmentation().GetSegment(findings.GetValueByName(n, "segment").ToString())


def test_a_finding_within_a_better_one_is_outlined_too(volume, result, app):
    """Its box holds nothing that the better one's does not, so that a volume of labels has none of it."""
    best, second, *others = result.findings
    within = tuple((first + 1, stop - 1) for first, stop in best.box_ijk)
    told = dataclasses.replace(result, findings=[best, dataclasses.replace(second, box_ijk=within), *others])
    nodes = build_scene(app.scene, volume, told)
    for finding in told.findings[:2]:
        ijk = [(first + stop - 1) / 2 for first, stop in finding.box_ijk]
        segment = nodes.findings.GetSegmentation().GetSegment(f"Finding_{finding.label}")
        image = segment.GetRepresentation("Binary labelmap")
        held = vtk_to_numpy(image.GetPointData().GetScalars())
        assert (held == finding.label).all()
        assert held.size == np.prod(np.diff(finding.box_ijk, axis=1))
        extent = np.array(image.GetExtent()).reshape(3, 2)
        assert extent.mean(axis=1) == pytest.approx(ijk)


def test_calibrated_scores_are_named_as_such(volume, result, app):
    settings = {**result.manifest["settings"], "score_unit": CALIBRATED}
    told = dataclasses.replace(result, manifest={**result.manifest, "settings": settings})
    nodes = build_scene(app.scene, volume, told)
    assert nodes.legend.GetTitleText().split() == ["Anomaly,", "x", "usual"]
    segmentation = nodes.findings.GetSegmentation()
    for n, finding in enumerate(result.findings):
        assert segmentation.GetNthSegment(n).GetName() == f"{finding.rank} - {finding.score:.1f}x usual"
    assert nodes.findings_table.GetColumnUnitLabel("score") == "x usual"
    assert nodes.findings_table.GetColumnTitle("score") == "score (x usual)"
    assert nodes.scores.GetColumnTitle("patch_score") == "patch_score (x usual)"
    # The score of a whole slice is not calibrated.
    assert nodes.scores.GetColumnTitle("score") == "score (sq. grey levels)"
    assert nodes.scores.GetColumnTitle("position_mm") == "position (mm)"


def test_one_folder_holds_it_all(volume, result, app):
    nodes = build_scene(app.scene, volume, result)
    hierarchy = subject_hierarchy(app.scene)
    assert hierarchy.GetItemName(nodes.folder) == "GANAnomaly: smooth-1cm"
    for node in (nodes.ct, nodes.heatmap, nodes.difference, nodes.findings, nodes.scores, nodes.findings_table):
        assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == nodes.folder
    assert {node.GetAttribute(FINGERPRINT) for node in role_nodes(app.scene)} == {"0123abcd"}


def test_a_rerun_replaces_its_own_nodes_and_nobody_elses(volume, result, app):
    theirs = add_volume(app.scene, "mine", np.ones((2, 3, 4), dtype=np.int16), np.eye(4))
    build_scene(app.scene, volume, result)
    before = app.scene.GetNumberOfNodes()
    nodes = build_scene(app.scene, volume, result)
    assert app.scene.GetNumberOfNodes() == before
    assert len(role_nodes(app.scene, "heatmap")) == len(role_nodes(app.scene, "findings")) == 1
    assert result_folders(app.scene) == [nodes.folder]
    assert app.scene.IsNodePresent(theirs)


def test_removing_leaves_the_scene_as_it_was(volume, result, app):
    theirs = add_volume(app.scene, "mine", np.ones((2, 3, 4), dtype=np.int16), np.eye(4))
    hierarchy = subject_hierarchy(app.scene)
    before = app.scene.GetNumberOfNodes()
    nodes = build_scene(app.scene, volume, result)
    item = hierarchy.CreateItem(nodes.folder, theirs)
    assert remove_result(app.scene) > 8
    assert role_nodes(app.scene) == result_folders(app.scene) == []
    assert app.scene.GetNumberOfNodes() == before
    assert hierarchy.GetItemDataNode(item) is theirs
    assert hierarchy.GetItemParent(item) == hierarchy.GetSceneItemID()


def test_a_ct_already_in_the_scene_is_used_and_left_alone(volume, result, app):
    ct = add_volume(app.scene, "the reader's CT", volume.voxels, volume.ijk_to_ras)
    ct.GetDisplayNode().AutoWindowLevelOff()
    ct.GetDisplayNode().SetWindowLevel(1500, -600)
    transform = app.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    ct.SetAndObserveTransformNodeID(transform.GetID())
    nodes = build_scene(app.scene, ct, result)
    assert nodes.ct is ct
    assert ct.GetAttribute(ROLE) is None
    assert ct.GetDisplayNode().GetWindow() == 1500
    assert nodes.heatmap.GetTransformNodeID() == nodes.findings.GetTransformNodeID() == transform.GetID()
    remove_result(app.scene)
    assert app.scene.IsNodePresent(ct)


def test_our_own_ct_analysed_again_stays(volume, result, app):
    first = build_scene(app.scene, volume, result)
    again = build_scene(app.scene, first.ct, result)
    assert again.ct is first.ct
    assert again.ct.GetDisplayNode() is not None
    assert np.array_equal(volume_of(again.ct).voxels, volume.voxels)


def test_overlay_is_set_in_every_slice_view(volume, result, app):
    composites = [app.scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode") for _ in range(2)]
    nodes = build_scene(app.scene, volume, result)
    show(app.scene, nodes)
    for composite in composites:
        assert composite.GetBackgroundVolumeID() == nodes.ct.GetID()
        assert composite.GetForegroundVolumeID() == nodes.heatmap.GetID()


def test_a_result_without_findings_is_a_scene_too(volume, app, tmp_path):
    nodes = build_scene(app.scene, volume, make_result(tmp_path, volume, top=0))
    assert nodes.findings.GetSegmentation().GetNumberOfSegments() == 0
    assert nodes.findings_table.GetTable().GetNumberOfRows() == 0


@pytest.mark.parametrize("name", ["heatmap", "reconstruction", "findings_segmentation"])
@pytest.mark.parametrize("how", ["missing", "broken"])
def test_a_damaged_result_leaves_the_scene_alone(volume, result, app, tmp_path, name, how):
    shutil.copytree(result.folder, tmp_path / "copy")
    damaged = AnalysisResult.read(tmp_path / "copy")
    damaged.path(name).unlink() if how == "missing" else damaged.path(name).write_bytes(b"NRRD0004\nno more")
    subject_hierarchy(app.scene)
    before = app.scene.GetNumberOfNodes()
    with pytest.raises(InputError, match="run the analysis again"):
        build_scene(app.scene, volume, damaged)
    assert app.scene.GetNumberOfNodes() == before


def test_another_volume_is_refused(volume, result, app):
    with pytest.raises(InputError, match="another volume"):
        build_scene(app.scene, tilted(volume), result)
    assert role_nodes(app.scene) == []


def test_a_finding_without_a_segment_is_refused(volume, result, app, tmp_path):
    shutil.copytree(result.folder, tmp_path / "copy")
    path = tmp_path / "copy" / "findings.json"
    found = json.loads(path.read_text())
    found["findings"][0]["label"] = 77
    path.write_text(json.dumps(found))
    with pytest.raises(InputError, match="lacks finding"):
        build_scene(app.scene, volume, AnalysisResult.read(tmp_path / "copy"))
    assert role_nodes(app.scene) == []
