"""The fields of the detector at work, made from its settings: what shows, what reaches the request, what is saved."""

from __future__ import annotations

import dataclasses
import json
import sys
import types

import pytest

from GANAnomalyLib.files.typed_values import Named
from GANAnomalyLib.models.card import ModelCard


@pytest.fixture
def opened(gananomaly):
    """The panel with its advanced section open."""
    gananomaly.ui.advancedSection.setCollapsed(False)
    return gananomaly


def field(panel, name: str):
    return panel.panel.advanced.settings.widget(name)


def asked(panel) -> dict:
    from GANAnomalyPanel.parameters import request_settings

    return request_settings(panel.parameters, panel.panel.advanced.kind)


COMMON = ("modeCombo", "stepsSpin", "metricCombo", "patchSpin", "calibrateCheckBox", "seedSpin")


@pytest.mark.parametrize(
    ("detector", "common", "own"),
    [
        ("stylegan2", set(COMMON), []),
        ("picard", {"modeCombo", "seedSpin"}, ["stride", "completions", "space", "skip_background", "mode"]),
        ("baseline", {"metricCombo", "patchSpin", "calibrateCheckBox", "seedSpin"}, []),
    ],
)
def test_what_the_detector_reads_is_shown(slicer_app, opened, detector, common, own):
    from GANAnomalyLib.detectors.kinds import find_kind

    ui = opened.ui
    slicer_app.choose(ui.modelCombo, ui.modelCombo.findData("demo"))
    form = ui.detectorCombo.parentWidget().layout()
    slicer_app.choose(ui.detectorCombo, find_kind(detector).title)
    assert opened.parameters.detector == detector
    assert {name for name in COMMON if getattr(ui, name).isVisible()} == common
    assert form.labelForField(ui.stepsSpin).isVisible() == ("stepsSpin" in common)
    fields = opened.panel.advanced.settings._fields
    assert list(fields) == own
    for name in own:
        widget = field(opened, name)
        assert widget.isVisible()
        assert form.labelForField(widget).text().endswith(":")
        assert widget.toolTip().endswith(".")
    slicer_app.choose(ui.detectorCombo, 0)
    assert ui.stepsSpin.isVisible(), "the demo model is a StyleGAN2"
    assert not opened.panel.advanced.settings._fields


def test_what_is_chosen_reaches_the_request_and_comes_back_with_the_scene(slicer_app, opened, tmp_path):
    slicer_app.choose(opened.ui.detectorCombo, "PICARD completion")
    assert asked(opened)["settings"] == {}, "all is left to the model"
    assert field(opened, "stride").text() == "the model's"
    assert field(opened, "space").currentText() == "the model's"
    field(opened, "completions").setValue(5)
    field(opened, "stride").setValue(16)
    slicer_app.choose(field(opened, "space"), "features")
    slicer_app.choose(field(opened, "mode"), "everywhere (as published)")
    slicer_app.choose(field(opened, "skip_background"), "no")
    chosen = {"completions": 5, "mode": "exact", "skip_background": False, "space": "feature", "stride": 16}
    assert asked(opened)["settings"] == chosen
    slicer_app.choose(opened.ui.detectorCombo, "StyleGAN2 projection")
    assert asked(opened)["settings"] == {}
    slicer_app.choose(opened.ui.detectorCombo, "PICARD completion")
    assert asked(opened)["settings"] == chosen, "each detector keeps its own"

    slicer_app.save_scene(tmp_path / "scene.mrb")
    field(opened, "stride").setValue(8)
    slicer_app.load_scene(tmp_path / "scene.mrb")
    assert asked(opened)["settings"] == chosen
    assert field(opened, "stride").value() == 16
    assert field(opened, "space").currentText() == "features"
    field(opened, "stride").setValue(field(opened, "stride").minimum())
    slicer_app.choose(field(opened, "skip_background"), 0)
    assert asked(opened)["settings"] == {"completions": 5, "mode": "exact", "space": "feature"}


def test_a_script_sets_them_too(slicer_app, opened):
    opened.parameters.detector = "picard"
    opened.parameters.detectorSettings = json.dumps({"picard": {"stride": 4}})
    slicer_app.process()
    assert field(opened, "stride").value() == 4


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '{"picard": 3}', '{"picard": {"stride": -3, "other": 1}}'])
def test_settings_that_cannot_be_are_left_out(slicer_app, opened, text):
    opened.parameters.detectorSettings = text
    slicer_app.choose(opened.ui.detectorCombo, "PICARD completion")
    assert asked(opened)["settings"] == {}


def test_a_scene_of_the_version_before_opens_with_its_values(slicer_app, opened, tmp_path):
    from GANAnomalyPanel.detector_settings import PARAMETER

    node = opened.parameters.parameterNode
    node.UnsetParameter(PARAMETER)
    old = {"completions": "5", "stride": "16", "space": "FEATURE", "effort": "EXACT", "skipBackground": "False"}
    for name, value in {**old, "detector": "picard"}.items():
        node.SetParameter(name, value)
    slicer_app.save_scene(tmp_path / "old.mrb")
    slicer_app.load_scene(tmp_path / "old.mrb")
    assert opened.parameters.detector == "picard"
    assert asked(opened)["settings"] == {
        "completions": 5,
        "mode": "exact",
        "skip_background": False,
        "space": "feature",
        "stride": 16,
    }
    assert field(opened, "completions").value() == 5
    assert not set(old) & set(opened.parameters.parameterNode.GetParameterNames())


def test_fields_hidden_while_the_section_was_closed_stay_hidden(slicer_app, gananomaly):
    ui = gananomaly.ui
    slicer_app.choose(ui.modelCombo, ui.modelCombo.findData("demo"))
    slicer_app.choose(ui.modelCombo, ui.modelCombo.findData("demo_memory"))
    ui.advancedSection.setCollapsed(False)
    assert not ui.stepsSpin.isVisible(), "a memory searches nothing in steps"
    slicer_app.choose(ui.modelCombo, ui.modelCombo.findData("demo"))
    assert ui.stepsSpin.isVisible()


@pytest.mark.parametrize(("kind", "most"), [("autoddpm", 2), ("phanes", 4)])
def test_the_masking_threshold_says_what_it_is_and_what_the_card_has(slicer_app, opened, kind, most):
    advanced, form = opened.panel.advanced, opened.ui.detectorCombo.parentWidget().layout()
    advanced.show(opened.parameters, ModelCard("masks", kind))
    box = field(opened, "mask_threshold")
    assert form.labelForField(box).text() == "Masking threshold:"
    assert "-1 takes each slice's own 95th percentile" in box.toolTip()
    assert "as the model's card says" in box.toolTip()
    assert box.text() == "the model's"
    advanced.show(opened.parameters, ModelCard("masks", kind, recommended={"mask_threshold": 0.1301}))
    assert box.text() == "the model's (0.1301)"
    assert box.maximum() == most
    assert asked(opened)["settings"] == {}
    box.setValue(-1)
    assert asked(opened)["settings"] == {"mask_threshold": -1}
    box.setValue(0.25)
    assert asked(opened)["settings"] == {"mask_threshold": 0.25}


def test_another_packages_detector_has_its_fields(slicer_app, gananomaly, monkeypatch):
    """Every kind of setting, and one of another mode, without a line about it in the panel."""
    from GANAnomalyLib.detectors import kinds
    from GANAnomalyLib.detectors.settings import Settings, setting

    @dataclasses.dataclass
    class TheirSettings(Settings):
        detector = "theirs"
        share: float | None = setting("a share", above=0, high=1, label="Share")
        depth: int | None = setting("how deep", low=0, label="Depth")
        quick: bool | None = setting("hurry", label="Quick")
        words: tuple[str, ...] | None = setting("names of layers", label="Layers")
        weights: Named | None = setting("a file", label="Weights")
        late: int | None = setting("only as published", low=1, mode="reference", label="Late")
        hidden: int | None = setting("for the terminal only")

    module = types.ModuleType("theirs.settings")
    module.SETTINGS = TheirSettings
    monkeypatch.setitem(sys.modules, "theirs", types.ModuleType("theirs"))
    monkeypatch.setitem(sys.modules, "theirs.settings", module)
    theirs = kinds.DetectorKind("theirs", "Their detector", "theirs", published_mode=True)
    everything = {**kinds.detector_kinds(), "theirs": theirs}
    monkeypatch.setattr(kinds, "detector_kinds", lambda: everything)

    gananomaly.widget.enter()
    ui = gananomaly.ui
    ui.advancedSection.setCollapsed(False)
    gananomaly.panel.advanced.show(gananomaly.parameters, ModelCard("any"))
    slicer_app.choose(ui.detectorCombo, "Their detector")
    assert list(gananomaly.panel.advanced.settings._fields) == ["share", "depth", "quick", "words", "weights", "late"]
    assert asked(gananomaly)["settings"] == {}
    share = field(gananomaly, "share")
    share.selectAll()
    slicer_app.type_keys(share, "0.")
    assert share.text() == "0.", "typing goes on undisturbed"
    slicer_app.type_keys(share, "25")
    field(gananomaly, "depth").setValue(0)
    slicer_app.choose(field(gananomaly, "quick"), "yes")
    slicer_app.type_keys(field(gananomaly, "words"), "first, second")
    slicer_app.type_keys(field(gananomaly, "weights"), "weights.pt")
    chosen = {"share": 0.25, "depth": 0, "quick": True, "words": ("first", "second"), "weights": "weights.pt"}
    assert asked(gananomaly)["settings"] == chosen
    late = field(gananomaly, "late")
    assert not late.isVisible()
    slicer_app.choose(ui.modeCombo, 1)
    assert late.isVisible()
    late.setValue(2)
    assert asked(gananomaly)["settings"] == {**chosen, "late": 2}
    slicer_app.choose(ui.modeCombo, 0)
    assert asked(gananomaly)["settings"] == chosen, "not of this mode"


def test_a_detector_that_is_gone_is_said_to_be(slicer_app, opened):
    opened.parameters.detector = "theirs"
    opened.panel.advanced.show(opened.parameters, ModelCard("any"))
    assert opened.ui.detectorCombo.currentText() == "theirs (not installed)"
    assert opened.parameters.detector == "theirs"
