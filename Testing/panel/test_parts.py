"""The panel's small parts: installing, words, and the settings that reach the engine."""

from __future__ import annotations

import importlib.metadata
import sys
import types
from pathlib import Path

import pytest
from panel.conftest import MODULE


@pytest.fixture
def panel_modules(slicer_app):
    """The panel's package on PythonQt, with no panel open."""
    slicer_app.watch(MODULE.parent, "GANAnomaly")
    return slicer_app


def test_what_is_missing_is_named_by_what_is_installed(panel_modules, monkeypatch):
    from GANAnomalyPanel import install

    assert install.missing() == []
    real = importlib.metadata.version
    old = {"safetensors": "0.1.0"}
    monkeypatch.setattr(importlib.metadata, "version", lambda name: old.get(name) or real(name))
    assert [item.split(">")[0] for item in install.missing()] == ["safetensors"]


def test_what_a_kind_of_model_needs_besides_is_installed_with_it(panel_modules, monkeypatch):
    from GANAnomalyPanel import install

    from GANAnomalyLib.detectors.kinds import find_kind

    needs = (*find_kind("ra").needs, "package-of-nobody>=3")
    assert install.missing(needs) == ["package-of-nobody>=3"]
    asked, real = [], install.missing
    monkeypatch.setattr(panel_modules.slicer.packaging, "pip_ensure", lambda names, **_: asked.extend(names))
    monkeypatch.setattr(install, "missing", lambda needs=(): [] if asked else real(needs))
    install.ensure(consent=True, needs=needs)
    assert asked == ["package-of-nobody>=3"]
    assert any(pin.startswith("torch==") for pin in install._pins()), "a second torch would take the first one's place"


@pytest.mark.parametrize("packaging", [True, False], ids=["5.12", "before"])
def test_packages_come_by_slicers_pip_with_its_own_packages_pinned(panel_modules, monkeypatch, packaging):
    from GANAnomalyPanel import install

    lacking, calls = [["nibabel>=5.2"], []], []

    def installed(packages, **options) -> None:
        pins = options.get("constraints") or packages[packages.index("--constraint") + 1]
        calls.append((packages[0], Path(pins).read_text(encoding="utf-8"), options))

    monkeypatch.setattr(install, "missing", lambda *_: lacking.pop(0))
    if packaging:
        monkeypatch.setattr(panel_modules.slicer.packaging, "pip_ensure", installed)
    else:
        monkeypatch.setitem(sys.modules, "slicer.packaging", None)
        monkeypatch.setattr(panel_modules.slicer.util, "pip_install", installed)
    panel_modules.dialogs.answer("ok")
    install.ensure()
    (package, pins, options) = calls[0]
    assert package == "nibabel>=5.2"
    assert f"numpy=={importlib.metadata.version('numpy')}" in pins
    assert "SimpleITK==" in pins
    assert options.get("prompt_install", False) is False, "asked once, by us"
    assert len(panel_modules.dialogs.shown) == 1


def test_torch_comes_by_its_extension_without_a_second_question(panel_modules, monkeypatch):
    from GANAnomalyPanel import install

    asked = []

    class PyTorchUtilsLogic:
        def installTorch(self, askConfirmation):
            asked.append(askConfirmation)
            return object()

    monkeypatch.setitem(sys.modules, "PyTorchUtils", types.SimpleNamespace(PyTorchUtilsLogic=PyTorchUtilsLogic))
    lacking = [["torch"], []]
    monkeypatch.setattr(install, "missing", lambda *_: lacking.pop(0))
    install.ensure(consent=True)
    assert asked == [False]


def test_a_failed_download_says_why_and_what_to_do(panel_modules, monkeypatch):
    from GANAnomalyPanel import install

    def fails(*_arguments, **_options) -> None:
        raise RuntimeError("pages of pip\n\nERROR: No matching distribution found")

    monkeypatch.setattr(install, "missing", lambda *_: ["nibabel>=5.2"])
    monkeypatch.setattr(panel_modules.slicer.packaging, "pip_ensure", fails)
    with pytest.raises(install.InstallError) as caught:
        install.ensure(consent=True)
    assert caught.value.message == "nibabel could not be installed: ERROR: No matching distribution found"
    assert "slicer.util.pip_install('nibabel>=5.2')" in caught.value.by_hand


def test_the_time_left_in_words(panel_modules):
    from GANAnomalyPanel.engine_sentences import time_left

    assert [time_left(seconds) for seconds in (None, 3, 42, 600)] == [
        "",
        "(a few seconds left)",
        "(about 40 s left)",
        "(about 10 min left)",
    ]


def test_every_advanced_field_reaches_the_request(gananomaly):
    from GANAnomalyPanel.parameters import request_settings

    from GANAnomalyLib.analysis.request import AnalysisRequest
    from GANAnomalyLib.detectors.kinds import find_kind

    ui = gananomaly.ui
    for kind in (None, find_kind("stylegan2"), find_kind("picard")):
        untouched = AnalysisRequest("ct", **request_settings(gananomaly.parameters, kind))
        assert untouched.to_dict() == AnalysisRequest("ct", detector="auto").to_dict()
    for combo, row in (("modeCombo", 1), ("metricCombo", 2), ("regionCombo", 1), ("deviceCombo", 1)):
        getattr(ui, combo).setCurrentIndex(row)
    for box in ("allowAny", "shifted", "findingsAnyway", "ownWindow", "someSlices"):
        getattr(ui, f"{box}CheckBox").setChecked(True)
    ui.calibrateCheckBox.setChecked(False)
    values = {"windowSpin": 500, "levelSpin": -100, "firstSliceSpin": 3, "lastSliceSpin": 9, "patchSpin": 12}
    for name, value in {**values, "topSpin": 4, "stepsSpin": 7, "seedSpin": 11}.items():
        getattr(ui, name).setValue(value)
    asked = AnalysisRequest("ct", **request_settings(gananomaly.parameters, find_kind("stylegan2")))
    asked.validate()
    assert (asked.mode, asked.metric, asked.region, asked.device) == ("reference", "mse", "body", "cpu")
    assert (asked.hu_offset, asked.findings_anyway) == (-1024, True)
    assert (asked.allow_any, asked.calibrate, asked.window, asked.level) == (True, False, 500, -100)
    assert (asked.slices, asked.patch_size, asked.top, asked.steps, asked.seed) == ((3, 10), 12, 4, 7, 11)
    picard = AnalysisRequest("ct", **request_settings(gananomaly.parameters, find_kind("picard")))
    assert (picard.mode, picard.metric, picard.patch_size, picard.steps) == ("reference", None, None, None)
    baseline = AnalysisRequest("ct", **request_settings(gananomaly.parameters, find_kind("baseline")))
    assert (baseline.mode, baseline.metric, baseline.steps) == ("fast", "mse", None)
