"""The CT changes after the analysis: the panel carries the result along, or hides it and says what can be done."""

from __future__ import annotations

import numpy as np
import pytest
from panel.changes import SENTENCE, TURN, add_transform, bend, box, edit, layers, on_ct, settled, world


def test_another_module_moves_the_ct_and_the_result_goes_along(slicer_app, reviewed):
    """As in the module Transforms: ours is not shown meanwhile."""
    slicer_app.leave(reviewed.module)
    nodes = reviewed.nodes()
    before = world(nodes.ct, [30, 20, 76])
    transform = add_transform(slicer_app)
    nodes.ct.SetAndObserveTransformNodeID(transform.GetID())
    settled(slicer_app, reviewed)
    assert on_ct(nodes)
    transform.SetMatrixTransformToParent(slicer_app.slicer.util.vtkMatrixFromArray(TURN @ TURN))
    settled(slicer_app, reviewed)
    assert on_ct(nodes)
    nodes.ct.HardenTransform()
    settled(slicer_app, reviewed)
    assert on_ct(nodes)
    assert nodes.heatmap.GetTransformNodeID() is None
    assert np.allclose(world(nodes.heatmap, [30, 20, 76]), (TURN @ TURN @ [*before, 1.0])[:3], atol=1e-3)
    slicer_app.enter(reviewed.module)
    assert not box(reviewed)
    assert layers(slicer_app)["Red"] == (nodes.ct.GetID(), nodes.heatmap.GetID())
    reviewed.click_finding(1)
    from GANAnomalyLib.scene import finding_review as review

    red = slicer_app.scene.GetSingletonNode("Red", "vtkMRMLSliceNode").GetSliceToRAS()
    assert red.GetElement(2, 3) == pytest.approx(review.centre_ras(nodes, 2)[2], abs=0.01)


def test_edited_voxels_hide_the_result_and_say_so_and_undone_it_is_back(slicer_app, reviewed):
    ui, nodes = reviewed.ui, reviewed.nodes()
    reviewed.click_finding(1)
    assert not box(reviewed)
    edit(slicer_app, nodes.ct)
    settled(slicer_app, reviewed)
    assert box(reviewed)
    assert ui.changedLabel.text().startswith(SENTENCE)
    assert "voxels" in ui.changedLabel.text()
    assert ui.analyseAgainButton.isEnabled()
    assert ui.asItWasButton.isEnabled()
    assert layers(slicer_app)["Red"] == (nodes.ct.GetID(), None)
    assert not nodes.findings.GetDisplayNode().GetVisibility()
    assert not nodes.legend.GetVisibility()
    assert not ui.findingsSection.isEnabled()
    assert not ui.displaySection.isEnabled()
    assert ui.saveTableButton.isEnabled(), "what was found and decided can still be saved"
    reviewed.panel.findings.decide("accepted")
    reviewed.panel.display.toggle_heat()
    assert {row.decision for row in reviewed.rows()} == {""}, "no decision on what is not seen"
    assert layers(slicer_app)["Red"] == (nodes.ct.GetID(), None)

    edit(slicer_app, nodes.ct, -1)
    settled(slicer_app, reviewed)
    assert not box(reviewed)
    assert layers(slicer_app)["Red"] == (nodes.ct.GetID(), nodes.heatmap.GetID())
    assert nodes.findings.GetDisplayNode().GetVisibility()
    assert ui.findingsSection.isEnabled()
    assert not ui.findingsSection.collapsed
    assert ui.findingsTable.rowCount() == len(reviewed.rows()) > 0
    assert reviewed.panel.findings.rank == 2, "the same finding as before"


def test_said_to_be_changed_without_a_change_nothing_blinks(slicer_app, reviewed):
    seen = []
    reviewed.nodes().findings.GetDisplayNode().AddObserver("ModifiedEvent", lambda *_: seen.append(1))
    reviewed.nodes().ct.GetImageData().Modified()
    reviewed.nodes().ct.Modified()
    settled(slicer_app, reviewed)
    assert not box(reviewed)
    assert not seen


def test_voxels_are_read_a_little_at_a_time_between_other_events(slicer_app, reviewed, monkeypatch):
    from GANAnomalyLib.scene import voxel_prints

    ct, taken = reviewed.nodes().ct, []
    monkeypatch.setattr(voxel_prints, "STEP", 200_000)
    add = voxel_prints.QuickHash.add
    monkeypatch.setattr(
        voxel_prints.QuickHash, "add", lambda self, planes: (taken.append(planes.size), add(self, planes))
    )
    edit(slicer_app, ct)
    assert not taken, "nothing within the event itself"
    settled(slicer_app, reviewed)
    assert box(reviewed)
    assert len(taken) > 5
    assert max(taken) <= 200_000
    taken.clear()
    ct.SetAndObserveTransformNodeID(add_transform(slicer_app).GetID())
    settled(slicer_app, reviewed)
    assert not taken, "a transform changes no voxels"


def test_under_a_bending_transform_it_is_hidden_and_not_analysed(slicer_app, reviewed):
    ui, ct = reviewed.ui, reviewed.nodes().ct
    ct.SetAndObserveTransformNodeID(bend(slicer_app).GetID())
    settled(slicer_app, reviewed)
    assert box(reviewed)
    assert "bends" in ui.changedLabel.text()
    slicer_app.press(ui.analyseAgainButton)
    assert not reviewed.panel.runner.running
    assert "harden the transform first" in ui.statusLabel.text()
    ct.SetAndObserveTransformNodeID(None)
    settled(slicer_app, reviewed)
    assert not box(reviewed)


def test_a_result_opened_over_a_bent_ct_is_hidden(slicer_app, gananomaly, finished):
    ct = gananomaly.load()
    ct.SetAndObserveTransformNodeID(bend(slicer_app).GetID())
    gananomaly.panel.open_result(finished)
    slicer_app.process()
    assert box(gananomaly)
    assert layers(slicer_app)["Red"] == (ct.GetID(), None)
    ct.SetAndObserveTransformNodeID(None)
    settled(slicer_app, gananomaly)
    assert not box(gananomaly)
    assert on_ct(gananomaly.nodes())
    assert layers(slicer_app)["Red"] == (ct.GetID(), gananomaly.nodes().heatmap.GetID())


def test_another_file_in_the_same_node(slicer_app, reviewed):
    nodes = reviewed.nodes()
    other = slicer_app.add_volume(np.zeros((20, 30, 40), np.int16), "another")
    nodes.ct.CopyContent(other)
    settled(slicer_app, reviewed)
    assert box(reviewed)
    assert "another size" in reviewed.ui.changedLabel.text()
    assert layers(slicer_app)["Red"][1] is None


def test_another_time_point_of_a_sequence_and_back(slicer_app, reviewed):
    slicer, scene, nodes = slicer_app.slicer, slicer_app.scene, reviewed.nodes()
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "phases")
    for n in range(2):
        phase = slicer.vtkMRMLScalarVolumeNode()
        phase.CopyContent(nodes.ct)
        if n:
            slicer.util.updateVolumeFromArray(phase, slicer.util.arrayFromVolume(nodes.ct)[:, ::-1].copy())
        sequence.SetDataNodeAtValue(phase, str(n))
    logic = slicer.vtkSlicerSequencesLogic()
    logic.SetMRMLScene(scene)
    browser = scene.AddNode(slicer.vtkMRMLSequenceBrowserNode())
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    browser.AddProxyNode(nodes.ct, sequence, False)
    for item in (1, 0, 1, 0):
        browser.SetSelectedItemNumber(item)
        logic.UpdateProxyNodesFromSequences(browser)
        settled(slicer_app, reviewed)
        assert reviewed.nodes().ct is browser.GetProxyNode(sequence)
        assert box(reviewed) == bool(item)
        assert layers(slicer_app)["Red"] == (nodes.ct.GetID(), None if item else nodes.heatmap.GetID())


@pytest.mark.minutes
@pytest.mark.slow
def test_a_ct_hardened_during_its_analysis_gets_its_result_where_it_is(slicer_app, gananomaly):
    ct = gananomaly.load()
    gananomaly.few_slices()
    slicer_app.press(gananomaly.ui.analyzeButton)
    ct.SetAndObserveTransformNodeID(add_transform(slicer_app).GetID())
    ct.HardenTransform()
    slicer_app.wait_until(lambda: not gananomaly.panel.runner.running)
    settled(slicer_app, gananomaly)
    assert gananomaly.ui.statusLabel.text().startswith("Done.")
    assert on_ct(gananomaly.nodes())
    assert not box(gananomaly)


def test_the_ct_that_is_not_chosen_is_watched_too(slicer_app, reviewed):
    first = reviewed.nodes()
    second = reviewed.load("GANAnomalyTorso")
    second.SetName(first.ct.GetName())
    edit(slicer_app, first.ct)
    settled(slicer_app, reviewed)
    assert not box(reviewed), "the one that is chosen has no result"
    assert not first.findings.GetDisplayNode().GetVisibility()
    reviewed.ui.inputSelector.setCurrentNode(first.ct)
    slicer_app.process()
    assert box(reviewed)
    reviewed.ui.inputSelector.setCurrentNode(second)
    slicer_app.process()
    assert not box(reviewed)


def test_another_ct_in_the_views_does_not_stay_under_the_heatmap(slicer_app, reviewed):
    nodes = reviewed.nodes()
    second = slicer_app.add_volume(np.zeros((20, 30, 40), np.int16), "another")
    view = slicer_app.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    view.SetBackgroundVolumeID(second.GetID())
    assert layers(slicer_app)["Red"] == (second.GetID(), nodes.heatmap.GetID())
    settled(slicer_app, reviewed)
    assert layers(slicer_app)["Red"] == (second.GetID(), None)
    assert layers(slicer_app)["Green"] == (nodes.ct.GetID(), nodes.heatmap.GetID())
    edit(slicer_app, nodes.ct)
    settled(slicer_app, reviewed)
    edit(slicer_app, nodes.ct, -1)
    settled(slicer_app, reviewed)
    assert layers(slicer_app)["Red"] == (second.GetID(), None), "nor when the result is back"
    view.SetBackgroundVolumeID(nodes.ct.GetID())
    settled(slicer_app, reviewed)
    assert layers(slicer_app)["Red"] == (nodes.ct.GetID(), nodes.heatmap.GetID())
    view.SetBackgroundVolumeID(second.GetID())
    settled(slicer_app, reviewed)
    view.SetForegroundVolumeID(nodes.heatmap.GetID())
    settled(slicer_app, reviewed)
    assert layers(slicer_app)["Red"] == (second.GetID(), nodes.heatmap.GetID()), "what the reader lays over stays"
    slicer_app.scene.RemoveNode(nodes.ct)
    settled(slicer_app, reviewed)
    view = slicer_app.app.layoutManager().sliceWidget("Green").mrmlSliceCompositeNode()
    view.SetBackgroundVolumeID(second.GetID())
    settled(slicer_app, reviewed)
    assert layers(slicer_app)["Green"] == (second.GetID(), None), "nor where its own CT is gone"


def test_a_result_that_a_script_put_into_the_scene_is_watched(slicer_app, gananomaly, finished):
    ct = gananomaly.load()
    nodes = gananomaly.logic.openResult(finished, ct)
    settled(slicer_app, gananomaly)
    assert gananomaly.ui.findingsTable.rowCount() > 0
    edit(slicer_app, ct)
    settled(slicer_app, gananomaly)
    assert box(gananomaly)
    assert not nodes.findings.GetDisplayNode().GetVisibility()


def test_a_scene_opened_while_another_module_is_shown(slicer_app, reviewed, tmp_path):
    path = tmp_path / "scene.mrb"
    slicer_app.save_scene(path)
    slicer_app.leave(reviewed.module)
    slicer_app.load_scene(path)
    changed_without_the_module(slicer_app)


@pytest.mark.parametrize("way", ["a script", "a scene"])
def test_where_nobody_opens_the_module_a_result_is_watched_too(slicer_app, finished, tmp_path, way):
    from panel.conftest import MODULE

    slicer_app.load_module(MODULE, show=False)
    import SampleData

    import GANAnomaly as module_file

    ct = SampleData.SampleDataLogic().downloadSamples("GANAnomalyTorsoWithAnomalies")[0]
    if way == "a script":
        module_file.GANAnomalyLogic().openResult(finished, ct)
    else:
        from GANAnomalyLib.scene.open_result import read_result

        read_result(slicer_app.scene, finished, ct)
        slicer_app.save_scene(tmp_path / "scene.mrb")
        slicer_app.close_scene()
        assert not hasattr(slicer_app.slicer.modules, "GANAnomalyWidget")
        slicer_app.load_scene(tmp_path / "scene.mrb")
    changed_without_the_module(slicer_app)


def changed_without_the_module(slicer_app):
    from GANAnomalyLib.scene.result_nodes import results_in

    slicer_app.wait_until(lambda: hasattr(slicer_app.slicer.modules, "GANAnomalyWidget"))
    (nodes,) = results_in(slicer_app.scene)
    nodes.ct.SetAndObserveTransformNodeID(add_transform(slicer_app).GetID())
    nodes.ct.HardenTransform()
    slicer_app.wait_until(lambda: on_ct(nodes))
    edit(slicer_app, nodes.ct)
    slicer_app.wait_until(lambda: not nodes.findings.GetDisplayNode().GetVisibility())


def test_closing_and_reloading_leave_nothing_at_work(slicer_app, reviewed):
    ct = reviewed.nodes().ct
    edit(slicer_app, ct)
    slicer_app.reload_module("GANAnomaly")
    slicer_app.process()
    edit(slicer_app, ct)
    slicer_app.close_scene()
    slicer_app.process()
