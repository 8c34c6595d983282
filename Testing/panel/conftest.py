"""The real panel on the harness, the real worker behind it, and one finished result for tests that only review."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from slicer_harness.fixture import slicer_app  # noqa: F401 - a fixture

MODULE = Path(__file__).resolve().parents[2] / "GANAnomaly" / "GANAnomaly.py"
DATA = MODULE.parent / "GANAnomalyLib" / "data"
SLICES = (74, 80)
"""Slices (first, stop) of the bundled CT with anomalies through its needle."""


class Panel:
    """The module's panel and what tests do with it."""

    def __init__(self, app, module, widget) -> None:
        self.app, self.module, self.widget = app, module, widget
        self.panel, self.ui, self.logic = widget.panel, widget.ui, widget.logic

    @property
    def parameters(self):
        return self.widget._parameterNode

    def load(self, name: str = "GANAnomalyTorsoWithAnomalies"):
        """A bundled CT, as the Sample data button loads it."""
        self.panel.load_sample(name)
        self.app.process()
        return self.parameters.inputVolume

    def few_slices(self, slices: tuple[int, int] = SLICES) -> None:
        self.ui.someSlicesCheckBox.setChecked(True)
        self.ui.firstSliceSpin.setValue(slices[0])
        self.ui.lastSliceSpin.setValue(slices[1] - 1)

    def analyse(self) -> None:
        """Press Analyse and wait for the end."""
        self.app.press(self.ui.analyzeButton)
        self.app.wait_until(lambda: not self.panel.runner.running)
        self.app.process()

    def nodes(self):
        from GANAnomalyLib.scene.result_nodes import result_of

        return result_of(self.app.scene, self.parameters.inputVolume)

    def rows(self):
        from GANAnomalyLib.scene import finding_review as review

        return review.rows(self.nodes())

    def click_finding(self, row: int) -> None:
        """A click with the mouse on a row of the findings table."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        table = self.ui.findingsTable
        place = table.visualItemRect(table.item(row, 0)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        self.app.process()


def set_thresholds(result: Path, thresholds: dict[str, float]) -> None:
    """What few normal slices score, as if the model's card had said so."""
    manifest = json.loads((result / "result.json").read_text())
    manifest["slice_thresholds"] = thresholds
    (result / "result.json").write_text(json.dumps(manifest))


@pytest.fixture(autouse=True)
def as_in_slicer(without_matplotlib) -> None:
    """Slicer has no matplotlib."""


@pytest.fixture
def speaking(slicer_app):  # noqa: F811
    """A function that has Slicer speak another language, before the module is loaded."""
    yield lambda language: slicer_app.slicer.app.settings().setValue("language", language)
    if "GANAnomalyPanel.language" in sys.modules:
        installed = sys.modules["GANAnomalyPanel.language"]._installed
        for translator in installed.values():
            slicer_app.slicer.app.removeTranslator(translator)
        installed.clear()


@pytest.fixture
def gananomaly(slicer_app):  # noqa: F811
    """The opened panel over an empty scene."""
    return Panel(slicer_app, *slicer_app.load_module(MODULE))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A result folder of a few slices of the bundled CT with anomalies, made by the engine."""
    from GANAnomalyLib import AnalysisRequest, run
    from GANAnomalyLib.analysis import draw_result

    folder = tmp_path_factory.mktemp("finished") / "result"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draw_result, "draw", lambda *given: None)
        run(AnalysisRequest(str(DATA / "torso_3mm_with_anomalies.nii.gz"), output=str(folder), slices=SLICES))
    return folder


@pytest.fixture
def reviewed(gananomaly, finished, tmp_path):
    """The panel with that result opened over its CT, from a copy of its own; all of its findings are shown."""
    folder = shutil.copytree(finished, tmp_path / "opened")
    set_thresholds(folder, {"0.05": 0.0})
    gananomaly.load()
    gananomaly.panel.open_result(folder)
    gananomaly.app.process()
    return gananomaly


@pytest.fixture
def own_user(tmp_path, monkeypatch, slicer_app):  # noqa: F811
    """``own_user(reader, keeps=False)``: folders and a name of a user of its own; the switch is off in the end."""

    def become(reader: str, keeps: bool = False) -> None:
        for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
            monkeypatch.setenv(name, str(tmp_path / "home"))
        monkeypatch.delenv("GANANOMALY_REVIEW", raising=False)
        monkeypatch.setenv("GANANOMALY_READER", reader)
        settings.setValue("GANAnomaly/KeepDecisions", "true" if keeps else "false")

    settings = slicer_app.slicer.app.userSettings()
    yield become
    settings.setValue("GANAnomaly/KeepDecisions", "false")
