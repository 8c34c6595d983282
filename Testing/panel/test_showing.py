"""Between reading a result and showing it the window is free: what is done there does no harm."""

from __future__ import annotations

import shutil

import pytest

from GANAnomalyLib.errors import GANAnomalyError


@pytest.fixture
def halfway(slicer_app, gananomaly, monkeypatch):
    """A function that analyses and stops when a number of steps of showing the result were taken."""
    gananomaly.load()
    gananomaly.few_slices((74, 76))

    def analyse(steps: int):
        taken, free = [], []
        show = gananomaly.panel.runner.show

        def held(all_steps):
            try:
                while True:
                    if free or len(taken) < steps:
                        taken.append(1)
                        next(all_steps)
                    yield
            except StopIteration as end:
                return end.value
            finally:
                all_steps.close()

        monkeypatch.setattr(gananomaly.panel.runner, "show", lambda all_steps, on_end: show(held(all_steps), on_end))
        slicer_app.press(gananomaly.ui.analyzeButton)
        slicer_app.wait_until(lambda: len(taken) == steps)
        free.append(True)
        return gananomaly

    return analyse


@pytest.mark.minutes
@pytest.mark.slow
def test_cancelled_while_it_is_shown_the_scene_is_as_it_was(slicer_app, gananomaly, halfway):
    before = slicer_app.scene.GetNumberOfNodes()
    panel = halfway(6)
    assert slicer_app.scene.GetNumberOfNodes() > before
    assert not panel.ui.analyzeButton.isEnabled()
    slicer_app.press(panel.ui.cancelButton)
    slicer_app.wait_until(lambda: not panel.panel.runner.running)
    assert "Cancelled" in panel.ui.statusLabel.text()
    assert slicer_app.scene.GetNumberOfNodes() == before
    assert panel.ui.analyzeButton.isEnabled()
    panel.analyse()
    assert panel.ui.findingsTable.rowCount() > 0


@pytest.mark.slow
def test_a_scene_closed_while_it_is_shown_stays_empty(slicer_app, halfway):
    panel = halfway(6)
    slicer_app.close_scene()
    panel.widget.enter()
    slicer_app.process()
    assert not panel.panel.runner.running
    assert slicer_app.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode") is None
    assert slicer_app.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode") is None
    panel.load()
    assert panel.ui.analyzeButton.isEnabled()


@pytest.mark.slow
def test_a_ct_deleted_while_it_is_shown_is_told(slicer_app, halfway):
    panel = halfway(6)
    slicer_app.scene.RemoveNode(panel.parameters.inputVolume)
    slicer_app.wait_until(lambda: not panel.panel.runner.running)
    assert "closed meanwhile" in panel.ui.statusLabel.text()
    assert slicer_app.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode") is None


def test_a_timer_goes_on_while_a_result_is_opened(slicer_app, gananomaly, finished, tmp_path):
    gananomaly.load()
    heard = []
    timer = slicer_app.qt.QTimer()
    timer.timeout.connect(lambda: heard.append(gananomaly.panel.runner.showing))
    timer.start(0)
    gananomaly.panel.open_result(shutil.copytree(finished, tmp_path / "opened"))
    timer.stop()
    assert heard.count(True) > 9
    assert gananomaly.ui.findingsTable.rowCount() > 0
    assert gananomaly.ui.analyzeButton.isEnabled()


def test_a_scene_closed_while_a_result_is_opened_ends_it(slicer_app, gananomaly, finished):
    gananomaly.load()
    timer = slicer_app.qt.QTimer()
    timer.setSingleShot(True)
    timer.timeout.connect(slicer_app.close_scene)
    timer.start(0)
    with pytest.raises(GANAnomalyError):
        gananomaly.panel.open_result(finished)
    assert slicer_app.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode") is None
