"""One result a CT: replaced by its own re-run alone, known again from the scene, removable when the CT is gone."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest
from example_result import LEVEL, UNIT, WINDOW, hip, make_result
from scenes import add_ct, add_transform, reopened

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.scene import build
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.finding_review import decide, rows
from GANAnomalyLib.scene.result_nodes import facts_of, remove, result_of, results_in
from GANAnomalyLib.scene.roles import result_folders, role_nodes, subject_hierarchy
from GANAnomalyLib.scene.session import save_scene
from GANAnomalyLib.volume.volume import Volume

pytest.importorskip("slicer")


def _ids(scene):
    return {scene.GetNthNode(n).GetID() for n in range(scene.GetNumberOfNodes())}


@pytest.fixture
def other():
    volume = hip()
    return Volume(volume.voxels[::-1].copy(), volume.ijk_to_ras, volume.modality)


def test_a_rerun_replaces_the_result_of_its_own_ct_alone(small, other, small_result, app, tmp_path):
    first, second = add_ct(app.scene, small), add_ct(app.scene, other)
    build_scene(app.scene, first, small_result)
    theirs = build_scene(app.scene, second, make_result(tmp_path, other))
    before = app.scene.GetNumberOfNodes()
    again = build_scene(app.scene, first, small_result)
    assert app.scene.GetNumberOfNodes() == before
    assert all(app.scene.IsNodePresent(node) for node in theirs.own())
    assert len(theirs.own()) == 9
    assert {nodes.folder for nodes in results_in(app.scene)} == set(result_folders(app.scene))
    assert result_of(app.scene, first).heatmap is again.heatmap
    assert result_of(app.scene, second).heatmap is theirs.heatmap


def test_the_nodes_of_a_result_are_found_again(small, small_result, app):
    ct = add_ct(app.scene, small)
    assert result_of(app.scene, ct) is None
    assert result_of(app.scene, None) is None
    built = build_scene(app.scene, ct, small_result)
    found = result_of(app.scene, ct)
    for field in dataclasses.fields(built):
        assert getattr(found, field.name) is getattr(built, field.name) or field.name == "folder"
    assert found.folder == built.folder > 0


@pytest.mark.parametrize(
    "name", ["heatmap", "reconstruction", "difference", "findings", "findings_table", "scores", "legend"]
)
def test_what_the_user_deleted_is_none_and_the_rest_stays(small, small_result, app, name):
    ct = add_ct(app.scene, small)
    built = build_scene(app.scene, ct, small_result)
    app.scene.RemoveNode(getattr(built, name))
    found = result_of(app.scene, ct)
    assert getattr(found, name) is None
    # A legend goes with the volume it explains.
    assert len(found.own()) == (7 if name == "heatmap" else 8)
    assert facts_of(found).model == "smooth-1cm"
    remove(app.scene, found)
    assert role_nodes(app.scene) == result_folders(app.scene) == []


def test_facts_are_those_of_the_manifest(small, small_result, app):
    manifest = {
        **small_result.manifest,
        "slice_thresholds": {"0.05": 2.5},
        "created": "2026-01-02T03:04:05+00:00",
        "warnings": ['Slices; tilted: 100 % "sure"\nso', "für Ü"],
    }
    nodes = build_scene(app.scene, add_ct(app.scene, small), dataclasses.replace(small_result, manifest=manifest))
    facts = facts_of(nodes)
    assert (facts.unit, facts.metric, facts.model, facts.model_title) == (
        UNIT,
        "mse",
        "smooth-1cm",
        "Smoothed CT, 1 cm",
    )
    assert (facts.window, facts.level, facts.heatmap_threshold) == (WINDOW, LEVEL, 60.0)
    assert facts.slice_thresholds == {"0.05": 2.5}
    assert (facts.fingerprint, facts.created) == ("0123abcd", "2026-01-02T03:04:05+00:00")
    assert facts.warnings == manifest["warnings"]
    assert facts.folder == str(small_result.folder.resolve())


def test_facts_survive_a_saved_scene_whose_folder_is_gone(small, app, tmp_path):
    result = make_result(tmp_path / "result", small)
    manifest = {**result.manifest, "warnings": ['One; two: 3 % "four"\nfive', "Ümlaut 漢字"]}
    ct = add_ct(app.scene, small)
    before = facts_of(build_scene(app.scene, ct, dataclasses.replace(result, manifest=manifest)))
    shutil.rmtree(tmp_path / "result")
    with reopened(app, tmp_path / "scene.mrb") as again:
        (nodes,) = results_in(again.scene)
        assert nodes.ct.GetName() == "CT of the user"
        # Those of this session, and those of a CT that has changed.
        fields = {field.name for field in dataclasses.fields(nodes)} - {"files", "earlier_ct", "earlier_colours"}
        assert None not in [getattr(nodes, name) for name in fields]
        assert facts_of(nodes) == before
        assert result_of(again.scene, nodes.ct).heatmap is nodes.heatmap
        remove(again.scene, nodes)
        assert results_in(again.scene) == result_folders(again.scene) == []
        assert again.scene.IsNodePresent(nodes.ct)


def test_a_scene_imported_twice_keeps_its_results_apart(small, small_result, app, tmp_path):
    from vtkmodules.vtkCommonCore import vtkObject

    build_scene(app.scene, add_ct(app.scene, small), small_result)
    save_scene(app, tmp_path / "scene.mrb")
    vtkObject.GlobalWarningDisplayOff()
    assert app.scene.ReadFromMRB(str(tmp_path / "scene.mrb"), False)
    first, second = results_in(app.scene)
    assert first.ct is not second.ct
    assert first.folder != second.folder
    assert {node.GetID() for node in first.own()} & {node.GetID() for node in second.own()} == set()
    decide(second, 1, "accepted")
    assert rows(first)[0].decision == ""
    remove(app.scene, second)
    assert [nodes.heatmap for nodes in results_in(app.scene)] == [first.heatmap]
    assert len(first.own()) == 9
    assert all(app.scene.IsNodePresent(node) for node in first.own())


def test_the_result_of_a_deleted_ct_can_be_removed(small, other, small_result, app, tmp_path):
    ct, stays = add_ct(app.scene, small), add_ct(app.scene, other)
    build_scene(app.scene, stays, make_result(tmp_path, other))
    alone = _ids(app.scene)
    built = build_scene(app.scene, ct, small_result)
    app.scene.RemoveNode(ct)
    orphans = [nodes for nodes in results_in(app.scene) if nodes.ct is None]
    assert [nodes.heatmap for nodes in orphans] == [built.heatmap]
    assert remove(app.scene, orphans[0]) > 9
    assert _ids(app.scene) <= alone
    assert result_of(app.scene, stays) is not None


def test_removing_keeps_the_ct_and_what_the_user_put_into_the_folder(small, small_result, app):
    ct = add_ct(app.scene, small)
    before = _ids(app.scene)
    nodes = build_scene(app.scene, ct, small_result)
    theirs = app.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "mine")
    hierarchy = subject_hierarchy(app.scene)
    item = hierarchy.CreateItem(nodes.folder, theirs)
    remove(app.scene, nodes)
    assert _ids(app.scene) - before <= {theirs.GetID(), *[theirs.GetDisplayNodeID()], hierarchy.GetID()}
    assert hierarchy.GetItemDataNode(item) is theirs
    assert app.scene.IsNodePresent(ct)


def test_our_own_ct_given_again_as_a_volume_is_used_again(small, small_result, app):
    first = build_scene(app.scene, small, small_result)
    again = build_scene(app.scene, small, small_result)
    assert again.ct is first.ct
    assert len(role_nodes(app.scene, "ct")) == 1
    hierarchy = subject_hierarchy(app.scene)
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(again.ct)) == again.folder
    assert hierarchy.GetItemParent(again.folder) == hierarchy.GetSceneItemID()


@pytest.mark.parametrize("step", ["_add_maps", "add_score_table", "claim", "keep_facts", "_add_folder"])
def test_a_failure_in_the_middle_leaves_the_scene_as_it_was(small, small_result, app, monkeypatch, step):
    ct = add_ct(app.scene, small)
    earlier = build_scene(app.scene, ct, small_result)
    before, folders = _ids(app.scene), result_folders(app.scene)
    right = getattr(build, step)

    def breaks(*arguments):
        right(*arguments)
        raise MemoryError

    monkeypatch.setattr(build, step, breaks)
    with pytest.raises(MemoryError):
        build_scene(app.scene, ct, small_result)
    assert _ids(app.scene) == before
    assert result_folders(app.scene) == folders
    assert result_of(app.scene, ct).heatmap is earlier.heatmap


def test_a_refused_result_leaves_the_earlier_one(small, small_result, app, tmp_path):
    ct = add_ct(app.scene, small)
    build_scene(app.scene, ct, small_result)
    shutil.copytree(small_result.folder, tmp_path / "copy")
    (tmp_path / "copy" / "heatmap.nrrd").write_bytes(b"NRRD0004\n")
    before = _ids(app.scene)
    with pytest.raises(InputError, match="run the analysis again"):
        build_scene(app.scene, ct, AnalysisResult.read(tmp_path / "copy"))
    assert _ids(app.scene) == before


def test_the_same_result_again_keeps_its_decisions_and_another_does_not(small, small_result, app):
    ct = add_ct(app.scene, small)
    kept = decide(build_scene(app.scene, ct, small_result), 2, "accepted", "a needle")
    again = build_scene(app.scene, ct, small_result)
    assert rows(again)[1] == kept
    manifest = {**small_result.manifest, "fingerprint": "ffff"}
    fresh = build_scene(app.scene, ct, dataclasses.replace(small_result, manifest=manifest))
    assert {row.decision for row in rows(fresh)} == {""}


def test_damaged_facts_give_a_sentence(small, small_result, app):
    nodes = build_scene(app.scene, add_ct(app.scene, small), small_result)
    for text in ("{", "[1]", json.dumps({"window": "wide"}), json.dumps({"unit": 3}), "[" * 100_000):
        nodes.findings_table.SetAttribute("GANAnomaly.Facts", text)
        with pytest.raises(InputError, match="damaged"):
            facts_of(nodes)


def test_a_moved_ct_takes_its_result_along(small, small_result, app):
    ct = add_ct(app.scene, small)
    transform = add_transform(app.scene)
    ct.SetAndObserveTransformNodeID(transform.GetID())
    nodes = build_scene(app.scene, ct, small_result)
    moving = (nodes.heatmap, nodes.reconstruction, nodes.difference, nodes.findings)
    assert {node.GetTransformNodeID() for node in moving} == {transform.GetID()}
    assert np.allclose(nodes.findings.GetSegmentation().GetNumberOfSegments(), 4)
