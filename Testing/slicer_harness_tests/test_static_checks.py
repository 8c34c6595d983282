"""The checks of names, words, tooltips and import cost: that they find what is wrong, and that the module passes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6")
from slicer_harness import checks
from slicer_harness.imports import import_cost

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "GANAnomaly" / "GANAnomaly.py"
SAMPLE = Path(__file__).parent / "sample" / "Sample.py"


def files(module: Path) -> tuple[Path, list[Path]]:
    ui = module.parent / "Resources" / "UI" / f"{module.stem}.ui"
    return ui, [module, *sorted((module.parent / f"{module.stem}Panel").glob("*.py"))]


@pytest.fixture(params=[MODULE, SAMPLE], ids=lambda path: path.stem)
def module(request):
    return files(request.param)


@pytest.mark.parametrize("check", [checks.unknown_widgets, checks.unknown_members, checks.unknown_signals])
def test_code_and_ui_fit(module, check):
    assert check(*module) == []


@pytest.mark.parametrize("check", [checks.unknown_classes, checks.wrong_properties])
def test_the_ui_holds_only_what_slicer_has(module, check):
    assert check(module[0]) == []


def test_every_name_of_slicer_qt_and_ctk_exists(module):
    pytest.importorskip("slicer")
    assert checks.unknown_names(module[1]) == []


def test_everything_shown_can_be_translated(module):
    assert checks.untranslated(module[1], names=("GANAnomaly",)) == []


def test_everything_to_act_on_has_a_tooltip(module):
    assert checks.without_tooltip(*module) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", [MODULE, SAMPLE], ids=lambda path: path.stem)
def test_import_is_cheap(path):
    pytest.importorskip("trame_slicer")
    cost = import_cost(path)
    assert cost["heavy"] == []
    own = [name for name in cost["loaded"] if name.split(".")[0] not in sys.stdlib_module_names]
    assert all(name.startswith(path.stem) for name in own)
    assert len(own) <= 3, "the panel's parts come when it is opened"


@pytest.mark.slow
def test_heavy_imports_are_found(tmp_path):
    pytest.importorskip("trame_slicer")
    bad = tmp_path / "Heavy.py"
    bad.write_text("import scipy.ndimage\n", encoding="utf-8")
    assert import_cost(bad)["heavy"] == ["scipy"]


UI = """<ui version="4.0"><class>Bad</class><widget class="qMRMLWidget" name="Bad"><layout class="QVBoxLayout" name="l">
<item><widget class="QPushButton" name="run"/></item>
<item><widget class="ctkSliderWidget" name="slider"><property name="valeu"><double>1</double></property></widget></item>
<item><widget class="ctkNothing" name="nothing"/></item></layout></widget>
<customwidgets><customwidget><class>qMRMLWidget</class></customwidget>
<customwidget><class>ctkNothing</class></customwidget></customwidgets></ui>"""
CODE = """import ctk
import qt
import slicer
from slicer.i18n import tr as _


def use(self, name):
    self.ui.stop.enabled = False
    self.ui.run.checkd = True
    self.ui.slider.value = 3
    self.ui.slider.connect("valueChanged(int)", print)
    self.ui.run.connect("clicked(bool)", print)
    self.ui.run.text = "Start"
    self.ui.run.toolTip = f"Run {name}"
    self.ui.run.setText(_("Go"))
    slicer.util.errorDisplay("It " + name)
    slicer.util.errorDisplay(_(f"It {name}"))
    slicer.util.showEverything()
    slicer.app.explode()
    slicer.vtkMRMLNothingNode()
    slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    ctk.ctkNothing()
    qt.Qt.AlignNowhere
    qt.QHeaderView.ResizeToContents
"""


def test_each_kind_of_mistake_is_found(tmp_path):
    pytest.importorskip("slicer")
    ui, code = tmp_path / "Bad.ui", tmp_path / "Bad.py"
    ui.write_text(UI, encoding="utf-8")
    code.write_text(CODE, encoding="utf-8")
    found = {
        "widgets": checks.unknown_widgets(ui, [code]),
        "classes": checks.unknown_classes(ui),
        "properties": checks.wrong_properties(ui),
        "members": checks.unknown_members(ui, [code]),
        "signals": checks.unknown_signals(ui, [code]),
        "names": checks.unknown_names([code]),
        "words": checks.untranslated([code]),
        "tooltips": checks.without_tooltip(ui),
    }
    assert found == {
        "widgets": ["Bad.py:8: ui.stop is not in Bad.ui"],
        "classes": ["nothing: there is no class ctkNothing", "slider: ctkSliderWidget is not among the custom widgets"],
        "properties": ["slider: ctkSliderWidget has no property valeu"],
        "members": ["Bad.py:9: run is a QPushButton, which has no checkd"],
        "signals": ["Bad.py:11: ctkSliderWidget has no signal valueChanged(int)"],
        "names": [
            "Bad.py:18: there is no slicer.util.showEverything",
            "Bad.py:19: there is no slicer.app.explode",
            "Bad.py:20: there is no slicer.vtkMRMLNothingNode",
            "Bad.py:22: there is no ctk.ctkNothing",
            "Bad.py:23: there is no qt.Qt.AlignNowhere",
        ],
        "words": [
            "Bad.py:13: not translatable: 'Start'",
            "Bad.py:14: not translatable: 'Run '",
            "Bad.py:16: not translatable: 'It '",
            "Bad.py:17: not translatable: f'It {name}'",
        ],
        "tooltips": [
            "run (QPushButton) has no tooltip",
            "slider (ctkSliderWidget) has no tooltip",
            "nothing (ctkNothing) has no tooltip",
        ],
    }
