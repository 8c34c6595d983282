"""Pressing Analyse: a real worker, real progress, a result in the scene; and everything that may go wrong."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


def worker_pids() -> list[int]:
    """This test's own processes that run the worker; other people's, and other tests', are none of its business."""
    parents, workers = {}, []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    command = file.read()
                with open(f"/proc/{name}/stat") as file:
                    state, parent = file.read().rsplit(")", 1)[1].split()[:2]
            except OSError:
                continue
            parents[int(name)] = int(parent)
            if b"GANAnomalyLib.worker" in command and state != "Z":
                workers.append(int(name))
    return [pid for pid in workers if os.getpid() in _ancestors(pid, parents)]


def _ancestors(pid: int, parents: dict[int, int]) -> set[int]:
    found: set[int] = set()
    while pid in parents and parents[pid] not in found:
        pid = parents[pid]
        found.add(pid)
    return found


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="workers are found in /proc")
def test_only_workers_of_this_process_are_found():
    """One started by this process is; one whose parent is gone, as another user's would be, is not."""
    sleeping = [sys.executable, "-c", "import sys; sys.stdin.read()", "GANAnomalyLib.worker"]
    # The one in between ends at once; what it started lives until its input is closed.
    between = f"import subprocess; print(subprocess.Popen({sleeping!r}, stdin=0, stdout=subprocess.DEVNULL).pid)"
    with subprocess.Popen(sleeping, stdin=subprocess.PIPE) as own:
        starter = subprocess.Popen([sys.executable, "-c", between], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        other = int(starter.stdout.readline())
        starter.wait()
        found = worker_pids()
        own.stdin.close()
    starter.stdin.close()
    starter.stdout.close()
    assert own.pid in found
    assert other not in found


def test_nothing_can_be_analysed_before_a_ct_is_there(gananomaly):
    ui = gananomaly.ui
    assert not ui.analyzeButton.isEnabled()
    assert "Load a CT" in ui.analyzeButton.toolTip()
    assert not ui.findingsSection.isEnabled()
    assert ui.noticeLabel.text() == "Research use only. Not a medical device."


def test_the_first_ct_is_chosen_by_itself(slicer_app, gananomaly):
    ct = slicer_app.add_volume(np.zeros((4, 8, 8), np.int16), "Chest")
    gananomaly.widget.enter()
    assert gananomaly.parameters.inputVolume is ct
    assert gananomaly.ui.analyzeButton.isEnabled()


def test_a_picture_in_colours_is_told_of_and_never_taken_for_a_scan(slicer_app, gananomaly):
    ui = gananomaly.ui
    picture = slicer_app.scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "Lesion")
    slicer_app.slicer.util.updateVolumeFromArray(picture, np.zeros((1, 8, 8, 3), np.uint8))
    slicer_app.process()
    assert ui.fitLabel.isVisible()
    assert "Pictures in colours are not analysed here" in ui.fitLabel.text()
    gananomaly.widget.enter()
    assert gananomaly.parameters.inputVolume is None
    assert not ui.analyzeButton.isEnabled()
    ct = slicer_app.add_volume(np.zeros((4, 8, 8), np.int16), "Chest")
    gananomaly.widget.enter()
    assert gananomaly.parameters.inputVolume is ct
    assert "colours" not in ui.fitLabel.text()


def test_analyse_shows_a_result(slicer_app, gananomaly):
    ct = gananomaly.load()
    gananomaly.few_slices()
    heard = []
    tell = gananomaly.panel.tell
    gananomaly.panel.tell = lambda sentence, wrong=False: (heard.append(sentence), tell(sentence, wrong))
    before = slicer_app.scene.GetNumberOfNodes()
    slicer_app.press(gananomaly.ui.analyzeButton)
    assert gananomaly.ui.cancelButton.isEnabled()
    assert not gananomaly.ui.analyzeButton.isEnabled()
    assert slicer_app.scene.GetNumberOfNodes() == before, "nothing of it is in the scene before it is whole"
    slicer_app.wait_until(lambda: len(heard) >= 3)
    assert gananomaly.panel.runner.running, "progress at once, not when all is done"
    slicer_app.wait_until(lambda: not gananomaly.panel.runner.running)
    nodes = gananomaly.nodes()
    assert nodes.ct is ct
    assert gananomaly.ui.statusLabel.text().startswith("Done.")
    # And the line above those within the usual.
    assert gananomaly.ui.findingsTable.rowCount() == len(gananomaly.rows()) + 1 > 1
    assert gananomaly.ui.findingsSection.isEnabled()
    assert gananomaly.ui.findingsSummary.text().startswith("Nothing here is above what 1 of 20 normal slices shows")
    slicer_app.press(gananomaly.ui.nextButton)
    assert gananomaly.panel.findings.rank == 1, "the worst finding is shown first"
    # A few slices may be done between two reports, so that no one sentence is sure to be heard.
    assert len(set(heard)) >= 3
    assert any(word in sentence for sentence in heard for word in ("slice", "Scoring", "Writing", "Reading", "Drawing"))
    # The session's copy of the CT is not kept.
    assert not list(gananomaly.logic.workspace.folder.glob("input_*"))

    gananomaly.analyse()
    from GANAnomalyLib.scene.result_nodes import results_in

    assert len(results_in(slicer_app.scene)) == 1, "the same again replaces itself"


def test_cancel_leaves_the_scene_as_it_was(slicer_app, gananomaly):
    gananomaly.load()
    before = slicer_app.scene.GetNumberOfNodes()
    slicer_app.press(gananomaly.ui.analyzeButton)
    slicer_app.wait_until(lambda: "slice" in gananomaly.ui.statusLabel.text().lower())
    slicer_app.press(gananomaly.ui.cancelButton)
    slicer_app.wait_until(lambda: not gananomaly.panel.runner.running)
    assert "Cancelled" in gananomaly.ui.statusLabel.text()
    assert slicer_app.scene.GetNumberOfNodes() == before
    assert not worker_pids()
    assert gananomaly.ui.analyzeButton.isEnabled()


@pytest.mark.minutes
@pytest.mark.slow
def test_a_mask_is_scored_inside(slicer_app, gananomaly):
    ct = gananomaly.load()
    gananomaly.few_slices()
    segmentation = slicer_app.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "organs")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(ct)
    segment = segmentation.GetSegmentation().AddEmptySegment("half", "half")
    voxels = np.zeros(slicer_app.slicer.util.arrayFromVolume(ct).shape, np.uint8)
    voxels[:, :, : voxels.shape[2] // 2] = 1
    slicer_app.slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, segmentation, segment, ct)
    gananomaly.ui.maskSelector.setCurrentNode(segmentation)
    gananomaly.ui.maskSelector.setCurrentSegmentID(segment)
    slicer_app.process()
    gananomaly.analyse()
    heat = slicer_app.slicer.util.arrayFromVolume(gananomaly.nodes().heatmap)
    centre = heat.shape[2] // 2
    assert heat[:, :, : centre - 12].max() > 0
    assert heat[:, :, centre + 12 :].max() == 0
    slicer_app.reload_module("GANAnomaly")
    assert slicer_app.slicer.modules.GANAnomalyWidget.ui.maskSelector.currentSegmentID() == segment


def test_a_bad_volume_is_refused_in_a_sentence(slicer_app, gananomaly):
    slicer_app.add_volume(np.random.default_rng(0).integers(0, 255, (6, 64, 64)).astype(np.uint8), "photograph")
    gananomaly.widget.enter()
    before = slicer_app.scene.GetNumberOfNodes()
    gananomaly.analyse()
    told = gananomaly.ui.statusLabel.text()
    assert told
    assert "Traceback" not in told
    assert "--" not in told, "no command line options in the panel"
    assert not told.startswith("Done")
    assert slicer_app.scene.GetNumberOfNodes() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals")
def test_a_killed_worker_is_reported_and_can_be_tried_with_less_memory(slicer_app, gananomaly):
    gananomaly.load()
    gananomaly.few_slices()
    slicer_app.press(gananomaly.ui.analyzeButton)
    slicer_app.wait_until(worker_pids)
    for pid in worker_pids():
        os.kill(pid, signal.SIGKILL)
    slicer_app.wait_until(lambda: not gananomaly.panel.runner.running)
    assert "memory" in gananomaly.ui.statusLabel.text()
    assert gananomaly.nodes() is None
    slicer_app.press(gananomaly.ui.lessMemoryButton)
    slicer_app.wait_until(lambda: not gananomaly.panel.runner.running)
    assert gananomaly.ui.statusLabel.text().startswith("Done.")
    assert not gananomaly.ui.lessMemoryButton.isVisible()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["close scene", "reload", "quit", "remove the CT"])
def test_whatever_ends_while_it_runs_ends_cleanly(slicer_app, gananomaly, how):
    ct = gananomaly.load()
    gananomaly.few_slices()
    slicer_app.press(gananomaly.ui.analyzeButton)
    slicer_app.wait_until(worker_pids)
    if how == "close scene":
        slicer_app.close_scene()
    elif how == "reload":
        slicer_app.reload_module("GANAnomaly")
    elif how == "quit":
        folder = gananomaly.logic.workspace.folder
        slicer_app.app.aboutToQuit.emit()
        assert not folder.exists()
    else:
        slicer_app.scene.RemoveNode(ct)
        slicer_app.wait_until(lambda: not gananomaly.panel.runner.running)
        assert "closed during the analysis" in gananomaly.ui.statusLabel.text()
    slicer_app.wait_until(lambda: not worker_pids())


def test_missing_packages_are_offered_once_and_said_plainly(slicer_app, gananomaly, monkeypatch):
    from GANAnomalyPanel import install

    gananomaly.load()
    monkeypatch.setattr(install, "missing", lambda needs=(): ["torch", "safetensors>=0.4.3"])
    slicer_app.dialogs.answer("cancel")
    slicer_app.press(gananomaly.ui.analyzeButton)
    told = gananomaly.ui.statusLabel.text()
    assert "Nothing was installed" in told
    assert "Extensions Manager" in told
    assert "slicer.util.pip_install('safetensors>=0.4.3')" in told
    assert not gananomaly.panel.runner.running
    slicer_app.dialogs.answer("ok")
    slicer_app.press(gananomaly.ui.analyzeButton)
    assert "PyTorch extension" in gananomaly.ui.statusLabel.text()
    assert not gananomaly.panel.runner.running


@pytest.mark.slow
@pytest.mark.minutes
def test_the_modules_own_test_passes(slicer_app, gananomaly):
    slicer_app.slicer.selfTests["GANAnomaly"](msec=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bad input is refused", "in process and in the worker alike"])
def test_what_only_the_modules_own_test_checks(gananomaly, name):
    """Its other checks are of an analysis and of a saved scene, as those here and in test_review.py are."""
    from GANAnomalyPanel import self_test

    import GANAnomaly as module_file

    test = module_file.GANAnomalyTest()
    test.setUp()
    self_test.CHECKS[name](test, module_file.GANAnomalyLogic())


@pytest.mark.slow
def test_a_script_gets_nodes(slicer_app, gananomaly):
    import GANAnomaly as module_file

    ct = gananomaly.load()
    nodes = module_file.GANAnomalyLogic().analyze(ct, model="demo", slices=(76, 79), top=2)
    assert nodes.ct is ct
    assert nodes.heatmap.GetImageData().GetDimensions() == ct.GetImageData().GetDimensions()
    from GANAnomalyLib.scene.result_nodes import facts_of

    files = Path(facts_of(nodes).folder)
    gc.collect()
    assert (files / "heatmap.nrrd").is_file(), "as long as the script has the nodes"
    del nodes
    gc.collect()
    assert not files.exists(), "and no longer: it is a patient's"


def test_a_model_shows_its_card_and_what_does_not_fit(slicer_app, gananomaly):
    ui = gananomaly.ui
    assert "abdomen" in ui.modelCombo.toolTip().lower()
    gananomaly.load()
    assert not ui.fitLabel.isVisible()
    photograph = slicer_app.add_volume(np.random.default_rng(0).integers(0, 255, (6, 64, 64)).astype(np.uint8), "photo")
    ui.inputSelector.setCurrentNode(photograph)
    slicer_app.process()
    assert ui.fitLabel.isVisible()
    assert "Hounsfield" in ui.fitLabel.text()
