"""A detector of another package in the panel: in the menu, chosen, and at work in the worker."""

from __future__ import annotations

import os
from pathlib import Path

import outside_package
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def blur(tmp_path, monkeypatch):
    """The example package installed, with a model called "mine" in a folder of models."""
    with outside_package.installed(tmp_path / "site") as found:
        from gananomaly_blur.load import BlurModel
        from gananomaly_blur.network import Blur

        from GANAnomalyLib.models.card import ModelCard
        from GANAnomalyLib.models.store import save_model

        card = ModelCard("mine", "blur", title="Mine", resolution=64, architecture={"shrink": 4, "width": 4})
        folder = tmp_path / "models"
        folder.mkdir()
        save_model(folder / "mine.safetensors", BlurModel(card, Blur(1, 4, 4)).tensors(), card)
        monkeypatch.setenv("GANANOMALY_MODELS", str(folder))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*found, str(ROOT / "GANAnomaly"), os.environ["PYTHONPATH"]]))
        yield


@pytest.mark.slow
def test_it_is_listed_chosen_and_analyses(slicer_app, blur, gananomaly):
    ui, panel = gananomaly.ui, gananomaly
    ui.advancedSection.setCollapsed(False)
    slicer_app.choose(ui.detectorCombo, "Blurred copy")
    assert panel.parameters.detector == "blur"
    names = [ui.modelCombo.itemData(row) for row in range(ui.modelCombo.count())]
    slicer_app.choose(ui.modelCombo, names.index("mine"))
    assert panel.parameters.model == "mine"
    panel.load()
    panel.few_slices((74, 76))
    panel.analyse()
    from GANAnomalyLib.scene.result_nodes import facts_of

    assert facts_of(panel.nodes()).model == "mine"
