"""The panel with an MR and a model that was made for MR: its words, its windows, and what does not go together."""

from __future__ import annotations

import re

import numpy as np
import pytest
from detectors import restorers
from heads import LESION, head
from panel.conftest import MODULE, Panel

from GANAnomalyLib.analysis.pipeline import run
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.volume import write_volume
from GANAnomalyLib.volume.modality import tissue_level

ARCHITECTURE = {"widths": [2, 4]}
SIDE = 32


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a model of MR heads, "heads", and the result of one head with it."""
    folder = tmp_path_factory.mktemp("mr")
    model = restorers.made("vae", SIDE, 1, ARCHITECTURE)
    card = ModelCard("heads", "vae", title="Heads", resolution=SIDE, architecture=model.card.architecture)
    card.modality, card.window, card.level, card.anatomy = "MR", 100.0, 50.0, "brain"
    save_model(folder / "models" / "heads.safetensors", model.tensors(), card)
    path = write_volume(head(3, LESION), folder / "head.nii.gz")
    of_few = {"slices": (3, 7), "patch_size": 8, "top": 5}
    run(AnalysisRequest(str(path), str(folder / "models" / "heads.safetensors"), str(folder / "result"), **of_few))
    return folder


@pytest.fixture
def panel(slicer_app, made, monkeypatch):
    """The panel, which knows the model, with the head loaded; nothing says that it is an MR."""
    monkeypatch.setenv("GANANOMALY_MODELS", str(made / "models"))
    opened = Panel(slicer_app, *slicer_app.load_module(MODULE))
    load(opened, head(3, LESION))
    return opened


def load(panel, volume, dicom: str = ""):
    """Put a volume into the scene and choose it."""
    from GANAnomalyLib.scene.volume_nodes import add_volume

    node = add_volume(panel.app.scene, "image", volume.voxels, volume.ijk_to_ras)
    node.CreateDefaultDisplayNodes()
    if dicom:
        hierarchy = panel.app.slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(panel.app.scene)
        item = hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
        hierarchy.SetItemAttribute(item, "DICOM.Modality", dicom)
    panel.parameters.inputVolume = node
    panel.app.process()
    return node


def take(panel, name: str) -> None:
    combo = panel.ui.modelCombo
    panel.app.choose(combo, combo.findData(name))


def said(panel) -> str:
    """All words and tooltips of the panel that speak of its image."""
    from PySide6.QtWidgets import QWidget

    texts = []
    for widget in panel.ui.findingsSection.parentWidget().findChildren(QWidget):
        # What says that a result is of another image has its words once there is one.
        silent = widget is panel.ui.sampleDataButton or widget is panel.ui.changedLabel
        if not widget.isHidden() and not silent:
            texts += [widget.toolTip(), widget.text() if hasattr(widget, "text") and callable(widget.text) else ""]
    return "\n".join(texts)


def test_it_speaks_of_what_is_there(slicer_app, panel, tmp_path):
    ui = panel.ui
    take(panel, "heads")
    ui.advancedSection.setCollapsed(False)
    assert ui.shiftedCheckBox.isHidden(), "also where that was said while the section was closed"
    take(panel, "demo")
    assert ui.analyseLayoutLabel0.text() == "CT volume:"
    assert ui.advancedLayoutLabel9.text() == "Window, level (HU):"
    assert not ui.shiftedCheckBox.isHidden()
    take(panel, "heads")
    assert ui.analyseLayoutLabel0.text() == "MR volume:"
    assert ui.advancedLayoutLabel9.text() == "Window, level:"
    assert ui.heatCheckBox.text() == "Heatmap over the MR"
    assert ui.windowLabel.text() == "MR window:"
    assert "MR | reconstruction | heatmap" in [ui.layoutCombo.itemText(row) for row in range(ui.layoutCombo.count())]
    assert ui.shiftedCheckBox.isHidden()
    assert not re.search(r"\bHU\b|Hounsfield|\bCT\b", said(panel))
    assert "No MR comes along" in ui.sampleDataButton.toolTip()
    ui.windowSpin.setValue(0.25)
    ui.ownWindowCheckBox.setChecked(True)
    ui.levelSpin.setValue(30_000)
    assert (panel.parameters.window, panel.parameters.level) == (0.25, 30_000), "whatever the scanner counts in"
    slicer_app.save_scene(tmp_path / "scene.mrb")
    panel.parameters.window = 20
    slicer_app.load_scene(tmp_path / "scene.mrb")
    panel.widget.enter()
    assert (ui.windowSpin.value(), ui.levelSpin.value()) == (0.25, 30_000)
    take(panel, "demo")
    assert ui.analyseLayoutLabel0.text() == "CT volume:"
    assert "CT | reconstruction | heatmap" in [ui.layoutCombo.itemText(row) for row in range(ui.layoutCombo.count())]


def test_another_window_begins_with_the_scans_own_values(slicer_app, panel):
    ui, parameters = panel.ui, panel.parameters

    def tick(*window: float) -> tuple[float, float]:
        """Tick the box, with window and level as they are, or as they were set."""
        if ui.ownWindowCheckBox.isChecked():
            ui.ownWindowCheckBox.click()
        if window:
            parameters.window, parameters.level = window
        ui.ownWindowCheckBox.click()
        slicer_app.process()
        return ui.windowSpin.value(), ui.levelSpin.value()

    take(panel, "demo")
    ui.advancedSection.setCollapsed(False)
    assert tick() == (350, 50), "of a CT"
    take(panel, "heads")
    values = slicer_app.slicer.util.arrayFromVolume(parameters.inputVolume)
    window, level = tick()
    low, high = float(np.percentile(values, 0.5)), float(values.max())
    assert level - window / 2 == pytest.approx(low, abs=0.02 * high)
    assert 0.5 * high < level + window / 2 <= high
    assert (parameters.window, parameters.level) == (window, level)
    brighter = head(3, LESION)
    brighter.voxels = brighter.voxels * 4
    load(panel, brighter)
    assert tick() == pytest.approx((4 * window, 4 * level), rel=1e-3), "nobody set what the first one had"
    assert tick(123, 45) == (123, 45), "what the reader sets stays"
    take(panel, "demo")
    assert tick() == (123, 45)
    assert tick(350, 50) == (350, 50)


@pytest.mark.parametrize(("dicom", "model", "word"), [("MR", "demo", "MR volume:"), ("CT", "heads", "CT volume:")])
def test_dicom_knows_better_than_the_model(panel, dicom, model, word):
    take(panel, model)
    load(panel, head(4), dicom)
    assert panel.ui.analyseLayoutLabel0.text() == word
    made_for = {"MR": "an MRI, and this model was made for a CT", "CT": "a CT, and this model was made for an MRI"}
    assert f"The image is {made_for[dicom]}" in panel.ui.fitLabel.text()
    assert panel.ui.fitLabel.isVisible()


def test_values_tell_a_ct_from_an_mr(panel):
    take(panel, "demo")
    assert "do not look like Hounsfield units" in panel.ui.fitLabel.text()
    take(panel, "heads")
    assert not panel.ui.fitLabel.text().startswith("The image")
    panel.load("GANAnomalyTorso")
    assert "are not those of an MR" in panel.ui.fitLabel.text()


def test_a_ct_for_a_model_of_mr_is_refused_in_a_sentence(panel):
    take(panel, "heads")
    panel.load("GANAnomalyTorso")
    panel.analyse()
    assert "those of a CT in Hounsfield units" in panel.ui.statusLabel.text()
    assert "'Accept any image'" in panel.ui.statusLabel.text()
    assert panel.nodes() is None


@pytest.fixture
def reviewed(panel, made):
    panel.panel.open_result(made / "result")
    panel.app.process()
    return panel


def test_no_window_in_hu_is_offered(slicer_app, reviewed):
    combo, ct = reviewed.ui.windowCombo, reviewed.nodes().ct
    assert reviewed.ui.windowLabel.text() == "MR window:", "as its result says, whatever the model"
    names = [combo.itemData(row) for row in range(combo.count())]
    assert names == ["automatic", "model", ""]
    ct.GetDisplayNode().SetWindowLevel(5000, 900)
    slicer_app.choose(combo, 0)
    assert combo.currentText().startswith("Automatic (")
    window, level = ct.GetDisplayNode().GetWindow(), ct.GetDisplayNode().GetLevel()
    values = slicer_app.slicer.util.arrayFromVolume(ct)
    head_only = values[values > tissue_level(values)]
    assert 0.004 < np.mean(head_only > level + window / 2) < 0.006, "half a percent of the head is brighter than white"
    assert np.mean(values < level - window / 2) < 0.01
    main = slicer_app.slicer.util.mainWindow()
    main.show()
    main.activateWindow()
    main.setFocus()
    slicer_app.process()
    for key, expected in {"0": 5000, "1": window, "3": window}.items():
        slicer_app.type_keys(main, key)
        assert ct.GetDisplayNode().GetWindow() == expected


def test_the_choice_for_ct_is_another_one(slicer_app, reviewed, made):
    settings = slicer_app.slicer.app.userSettings()
    settings.setValue("GANAnomaly/Window", "lung")
    slicer_app.choose(reviewed.ui.windowCombo, 0)
    assert settings.value("GANAnomaly/Window") == "lung"
    slicer_app.close_scene()
    reviewed.widget.enter()
    load(reviewed, head(3, LESION))
    reviewed.panel.open_result(made / "result")
    slicer_app.process()
    assert reviewed.ui.windowCombo.currentText().startswith("Automatic (")


def test_findings_are_told_without_hu(reviewed):
    table = reviewed.ui.findingsTable
    cells = [table.item(row, column) for row in range(table.rowCount()) for column in range(table.columnCount())]
    words = " ".join(cell.text() + cell.toolTip() for cell in cells if cell is not None)
    assert "brighter" in words or "darker" in words
    assert "HU" not in words


def test_it_says_that_the_mr_has_changed(slicer_app, reviewed):
    ct = reviewed.nodes().ct
    slicer_app.slicer.util.updateVolumeFromArray(ct, slicer_app.slicer.util.arrayFromVolume(ct) * 0.5)
    slicer_app.wait_until(lambda: reviewed.ui.changedBox.isVisible(), 20)
    assert "The MR has changed since the analysis" in reviewed.ui.changedLabel.text()
    slicer_app.press(reviewed.ui.asItWasButton)
    slicer_app.wait_until(lambda: reviewed.nodes().earlier_ct is not None, 20)
    assert reviewed.nodes().earlier_ct.GetName().startswith("MR as analysed")
    assert "Shown is the MR" in reviewed.ui.changedLabel.text()
    assert reviewed.ui.asItWasButton.text() == "Show the MR as it is now"
