"""What the panel calls an option that a sentence names, and the field that is at fault."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLib.errors import InputError, in_words, option


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("device", "cpu", "'Device: processor' under Advanced"),
        ("mode", "reference", "'Search: as published (slow)' under Advanced"),
        ("allow_any", "", "'Accept any image' under Advanced"),
        ("hu_offset", -1024, "'Values lack their intercept (add -1024)' under Advanced"),
        ("no_calibration", "", "'Scores as times what is usual' under Advanced"),
        ("slices", "", "'Only some slices (from the feet, starting at 0)' under Advanced"),
        ("mask", "", "'Only inside'"),
        ("device", "abacus", "'Device: abacus' under Advanced"),
        ("series", 3, "the setting 'series = 3'"),
    ],
)
def test_an_option_is_called_by_its_field(gananomaly, name, value, said):
    gananomaly.panel.tell(f"Use {option(name, value)}.")
    assert gananomaly.ui.statusLabel.text() == f"Use {said}."


def test_every_option_that_the_engine_names_is_worded(gananomaly):
    """No mark is left in any of them."""
    for name in ("allow_any", "device", "force", "hu_offset", "mask", "mode", "no_calibration", "scene", "series"):
        said = in_words(option(name), gananomaly.panel.fields.name)
        assert "\u27e8" not in said
        assert "--" not in said


@pytest.mark.slow
def test_the_field_at_fault_is_coloured_until_something_changes(slicer_app, gananomaly):
    ui = gananomaly.ui
    gananomaly.load()
    gananomaly.few_slices()
    slicer_app.choose(ui.modelCombo, ui.modelCombo.findData("demo"))
    ui.patchSpin.setValue(500)
    gananomaly.analyse()
    assert "Patch size 500" in ui.statusLabel.text()
    assert "background-color" in ui.patchSpin.styleSheet()
    assert not ui.advancedSection.property("collapsed"), "it can be seen"
    ui.patchSpin.setValue(0)
    slicer_app.process()
    assert ui.patchSpin.styleSheet() == ""


def test_a_setting_of_the_detector_can_be_at_fault(slicer_app, gananomaly):
    slicer_app.choose(gananomaly.ui.detectorCombo, "PICARD completion")
    gananomaly.panel.tell_error(InputError("No.", field="settings.stride"))
    assert "background-color" in gananomaly.panel.advanced.settings.widget("stride").styleSheet()


def test_a_volume_at_fault(slicer_app, gananomaly):
    slicer_app.add_volume(np.full((6, 32, 32), 40, np.int16))
    gananomaly.widget.enter()
    gananomaly.analyse()
    assert "'Accept any image' under Advanced" in gananomaly.ui.statusLabel.text()
    assert "background-color" in gananomaly.ui.inputSelector.styleSheet()


@pytest.mark.slow
def test_a_remark_names_the_field_too(slicer_app, gananomaly):
    """A CT without its intercept, accepted as any image: the result says so, here in the panel's words."""
    ct = gananomaly.load()
    voxels = slicer_app.slicer.util.arrayFromVolume(ct)
    voxels[:] = np.clip(voxels, -1024, None) + 1024
    slicer_app.slicer.util.arrayFromVolumeModified(ct)
    gananomaly.few_slices((74, 75))
    gananomaly.ui.allowAnyCheckBox.setChecked(True)
    gananomaly.analyse()
    said = gananomaly.ui.statusLabel.text()
    assert said.startswith("Done.")
    assert "Add it with 'Values lack their intercept (add -1024)' under Advanced." in said


def test_progress_is_told_in_slicers_language(slicer_app, gananomaly, monkeypatch):
    from GANAnomalyLib.running.messages import Message

    words = {"Scoring slice {number} of {count}": "Schicht {number} von {count} wird bewertet"}
    app = slicer_app.slicer.app
    monkeypatch.setattr(app, "translate", lambda _context, text: words.get(text, text))
    gananomaly.ui.cancelButton.setEnabled(True)
    gananomaly.panel._progress(0.5, Message("scoring_slice", number=3, count=10), None)
    assert gananomaly.ui.statusLabel.text() == "Schicht 3 von 10 wird bewertet"
