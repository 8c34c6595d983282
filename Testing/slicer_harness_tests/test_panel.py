"""The harness driven with a sample module: what a panel does in Slicer it does here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SAMPLE = Path(__file__).parent / "sample" / "Sample.py"
CT = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


@pytest.fixture
def sample(slicer_app):
    return slicer_app.load_module(SAMPLE)


def test_the_panel_is_built_entered_and_described(slicer_app, sample):
    module, widget = sample
    assert widget.events == ["enter"]
    assert module.title == "Sample"
    assert slicer_app.slicer.modules.sample is module
    assert slicer_app.slicer.util.getModuleWidget("Sample") is widget
    assert len(slicer_app.slicer.modules.sampleDataSources["Sample"]) == 1


def test_a_volume_is_listed_chosen_and_used(slicer_app, sample):
    _, widget = sample
    assert not widget.ui.applyButton.isEnabled()
    slicer_app.add_volume(CT, "Chest")
    slicer_app.choose(widget.ui.inputSelector, "Chest")
    slicer_app.press(widget.ui.applyButton)
    assert widget.ui.resultLabel.text() == "Chest at 2.5"
    assert widget.events[-1] == "Chest"
    assert slicer_app.app.window.statusBar().currentMessage() == "Done"


def test_a_removed_volume_leaves_the_list(slicer_app, sample):
    _, widget = sample
    volume = slicer_app.add_volume(CT)
    slicer_app.choose(widget.ui.inputSelector, "CT")
    assert widget._parameterNode.inputVolume is volume
    slicer_app.scene.RemoveNode(volume)
    assert widget.ui.inputSelector.currentNode() is None
    assert widget._parameterNode.inputVolume is None
    assert widget.events[-1] is None


def test_a_hidden_or_greyed_button_cannot_be_pressed(slicer_app, sample):
    _, widget = sample
    with pytest.raises(AssertionError, match="applyButton is disabled"):
        slicer_app.press(widget.ui.applyButton)
    widget.ui.section.setCollapsed(True)
    with pytest.raises(AssertionError, match="askButton is hidden"):
        slicer_app.press(widget.ui.askButton)


def test_a_section_opens_as_it_was(slicer_app, sample):
    _, widget = sample
    widget.ui.askButton.hide()
    for collapsed in (True, False):
        widget.ui.section.setCollapsed(collapsed)
        assert widget.ui.countButton.isVisible() is not collapsed
    assert not widget.ui.askButton.isVisible()


def test_questions_are_answered_as_the_test_says(slicer_app, sample):
    _, widget = sample
    slicer_app.dialogs.answer("cancel", "ok")
    slicer_app.press(widget.ui.askButton)
    assert widget.ui.resultLabel.text() == ""
    slicer_app.press(widget.ui.askButton)
    assert widget.ui.resultLabel.text() == "sure"
    assert slicer_app.dialogs.texts == ["Are you sure?"] * 2


def test_a_question_without_an_answer_fails(slicer_app, sample):
    _, widget = sample
    slicer_app.press(widget.ui.askButton)
    with pytest.raises(AssertionError, match="no answer prepared: Are you sure"):
        slicer_app.check()


def test_an_exception_in_a_slot_is_shown_and_fails_the_test(slicer_app, sample):
    _, widget = sample
    slicer_app.press(widget.ui.failButton)
    assert slicer_app.dialogs.texts == ["That did not work.\n\na bad thing"]
    assert "ValueError" in slicer_app.dialogs.shown[0].details
    with pytest.raises(AssertionError, match="a bad thing"):
        slicer_app.check()


def test_an_expected_exception_does_not_fail_the_test(slicer_app, sample):
    _, widget = sample
    slicer_app.expect_error("a bad thing")
    slicer_app.press(widget.ui.failButton)
    slicer_app.check()


def test_an_exception_in_an_observer_fails_too(slicer_app):
    volume = slicer_app.add_volume(CT)
    volume.AddObserver("ModifiedEvent", lambda *_: {}["nothing"])
    volume.Modified()
    with pytest.raises(AssertionError, match="KeyError: 'nothing'"):
        slicer_app.check()


def test_packages_beside_the_module_are_pythonqt_too(slicer_app, sample):
    _, widget = sample
    slicer_app.press(widget.ui.countButton)
    slicer_app.type_keys(widget.ui.section.window(), "Ctrl+N")
    assert widget.ui.countButton.text() == "Count: 2"
    widget.counter.stop()
    slicer_app.press(widget.ui.countButton)
    assert widget.counter.count == 2


def test_typing_reaches_the_parameters(slicer_app, sample):
    _, widget = sample
    widget.ui.labelEdit.clear()
    slicer_app.type_keys(widget.ui.labelEdit, "liver")
    assert widget._parameterNode.label == "liver"


def test_enter_exit_reload_and_quit(slicer_app, sample):
    module, widget = sample
    slicer_app.leave(module)
    assert widget.events[-1] == "exit"
    again = slicer_app.reload_module("Sample")
    assert widget.events[-1] == "cleanup"
    assert again is not widget
    slicer_app.press(again.ui.countButton)
    assert again.counter.count == 1
    assert widget.counter.count == 0
    slicer_app.quit()
    assert again.events[-1] == "cleanup"


def test_the_self_test_runs(slicer_app, sample):
    slicer_app.slicer.selfTests["Sample"]()
    import Sample

    assert Sample.SampleTest.ran == 1


def test_the_panel_is_drawn(slicer_app, sample, tmp_path):
    module, _ = sample
    slicer_app.screenshot(module.widgetRepresentation(), tmp_path / "panel.png")
    from PIL import Image

    picture = np.asarray(Image.open(tmp_path / "panel.png").convert("L"))
    assert picture.shape[1] >= 300
    assert picture.std() > 5


def test_every_test_begins_with_an_empty_scene(slicer_app):
    assert slicer_app.scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
    assert not hasattr(slicer_app.slicer.modules, "sample")
