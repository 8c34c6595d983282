"""The parameter node: widgets, scene files, limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SAMPLE = Path(__file__).parent / "sample" / "Sample.py"
CT = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


@pytest.fixture
def widget(slicer_app):
    return slicer_app.load_module(SAMPLE)[1]


def test_the_panel_shows_the_defaults(widget):
    ui = widget.ui
    assert (ui.thresholdSlider.value, ui.countBox.value(), ui.labelEdit.text()) == (2.5, 3, "none")
    assert (ui.thresholdSlider.minimum, ui.thresholdSlider.maximum, ui.countBox.maximum()) == (-10, 10, 20)
    assert [ui.sizeBox.itemText(i) for i in range(2)] == ["small", "large"]
    assert [ui.moodBox.itemText(i) for i in range(2)] == ["at ease", "in haste"]


def test_widgets_and_parameters_follow_each_other(slicer_app, widget):
    import Sample

    parameters = widget._parameterNode
    widget.ui.thresholdSlider.setValue(-3)
    slicer_app.press(widget.ui.invertBox)
    slicer_app.choose(widget.ui.moodBox, "in haste")
    assert (parameters.threshold, parameters.invert, parameters.mood) == (-3, True, Sample.Mood.BRISK)
    parameters.size = "large"
    parameters.count = 20
    assert (widget.ui.sizeBox.currentText(), widget.ui.countBox.value()) == ("large", 20)


def test_they_are_written_as_slicer_writes_them(slicer_app, widget):
    volume = slicer_app.add_volume(CT)
    widget._parameterNode.inputVolume = volume
    widget._parameterNode.invert = True
    node = widget._parameterNode.parameterNode
    assert node.GetAttribute("ModuleName") == "Sample"
    assert [node.GetParameter(n) for n in ("invert", "mood", "threshold")] == ["True", "CALM", "2.5"]
    assert node.GetNodeReferenceID("inputVolume") == volume.GetID()


@pytest.mark.parametrize("ending", ["mrb", "mrml"])
def test_a_saved_scene_restores_the_panel(slicer_app, widget, tmp_path, ending):
    slicer_app.add_volume(CT, "Kept")
    slicer_app.choose(widget.ui.inputSelector, "Kept")
    widget.ui.thresholdSlider.setValue(7)
    slicer_app.choose(widget.ui.moodBox, 1)
    if ending == "mrml":
        slicer_app.slicer.util.saveNode(slicer_app.slicer.util.getNode("Kept"), str(tmp_path / "Kept.nrrd"), {})
    slicer_app.save_scene(tmp_path / f"scene.{ending}")
    slicer_app.close_scene()
    assert widget.ui.thresholdSlider.value == 2.5
    assert widget.ui.inputSelector.currentNode() is None
    slicer_app.load_scene(tmp_path / f"scene.{ending}")
    assert widget.ui.thresholdSlider.value == 7
    assert widget.ui.moodBox.currentText() == "in haste"
    kept = widget.ui.inputSelector.currentNode()
    assert kept.GetName() == "Kept"
    assert slicer_app.slicer.util.arrayFromVolume(kept).sum() == sum(range(24))


def test_values_beyond_the_limits_are_refused(widget):
    for name, value, error in (
        ("threshold", 11.0, ValueError),
        ("size", "huge", ValueError),
        ("count", "3", TypeError),
    ):
        with pytest.raises(error):
            setattr(widget._parameterNode, name, value)
    assert widget._parameterNode.threshold == 2.5


def test_a_disconnected_panel_stays_as_it_is(widget):
    widget._parameterNode.disconnectGui(widget._tag)
    widget._parameterNode.count = 9
    widget.ui.thresholdSlider.setValue(1)
    assert widget.ui.countBox.value() == 3
    assert widget._parameterNode.threshold == 2.5


def test_observers_hear_of_changes(widget):
    heard = []
    tag = widget._parameterNode.AddObserver("ModifiedEvent", lambda *_: heard.append(widget._parameterNode.count))
    widget._parameterNode.count = 5
    widget._parameterNode.RemoveObserver(tag)
    widget._parameterNode.count = 6
    assert heard == [5]


def test_a_widget_that_fits_no_parameter_is_refused(slicer_app):
    from slicer.parameterNodeWrapper import createGuiConnector

    qt, ctk = slicer_app.qt, slicer_app.ctk
    for widget, datatype, words in (
        (qt.QLineEdit(), int, "Unable to create GUI connector"),
        (type("MyBox", (qt.QSpinBox,), {})(), int, "Unable to create GUI connector"),
        (ctk.ctkSliderWidget(), float, "both ends"),
        (qt.QComboBox(), str, "Choice"),
    ):
        with pytest.raises(RuntimeError, match=words):
            createGuiConnector(widget, datatype)
