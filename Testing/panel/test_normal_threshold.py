"""The threshold by the share of normal pixels above it: offered where the model's card knows it."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def open_with(gananomaly, finished, tmp_path):
    """Show the finished result as if its model's card held these thresholds."""
    import shutil

    def show(thresholds):
        folder = tmp_path / f"result{len(list(tmp_path.iterdir()))}"
        shutil.copytree(finished, folder)
        manifest = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        manifest["heatmap_thresholds"] = thresholds
        (folder / "result.json").write_text(json.dumps(manifest), encoding="utf-8")
        gananomaly.load()
        gananomaly.panel.open_result(folder)
        gananomaly.app.process()
        return gananomaly

    return show


def shown(combo) -> list[str]:
    return [combo.itemText(n) for n in range(combo.count())]


def test_a_share_sets_the_threshold_and_a_moved_slider_leaves_it(open_with):
    panel = open_with({"0.05": 0.125, "0.01": 0.35, "0.02": 0.2})
    ui, app = panel.ui, panel.app
    display = panel.nodes().heatmap.GetDisplayNode()
    assert shown(ui.normalCombo) == ["(another share)", "1 %", "2 %", "5 %"]
    assert ui.normalCombo.currentIndex() == 0
    assert not ui.normalCombo.isHidden()
    ui.normalCombo.setCurrentIndex(1)
    ui.normalCombo.activated.emit(1)
    app.process()
    assert display.GetLowerThreshold() == 0.35
    assert ui.thresholdSlider.value == pytest.approx(0.35)
    few = ui.topPercentSpin.value()
    ui.normalCombo.setCurrentIndex(3)
    ui.normalCombo.activated.emit(3)
    app.process()
    assert display.GetLowerThreshold() == 0.125
    assert ui.topPercentSpin.value() > few
    ui.thresholdSlider.setValue(0.19)
    app.process()
    assert ui.normalCombo.currentIndex() == 0, "no share is known of this one"
    assert display.GetLowerThreshold() == pytest.approx(0.19)
    ui.normalCombo.activated.emit(0)
    app.process()
    assert display.GetLowerThreshold() == pytest.approx(0.19), "another share sets nothing"


def test_a_threshold_above_all_heat_can_be_chosen(open_with):
    panel = open_with({"0.01": 5000.0})
    panel.ui.normalCombo.activated.emit(1)
    panel.app.process()
    assert panel.nodes().heatmap.GetDisplayNode().GetLowerThreshold() == 5000.0
    assert panel.ui.thresholdSlider.value == pytest.approx(5000.0)
    assert panel.ui.topPercentSpin.value() == 0.0


@pytest.mark.parametrize("thresholds", [{}, {"often": 2.0}])
def test_without_known_shares_there_is_nothing_to_choose(open_with, thresholds):
    ui = open_with(thresholds).ui
    assert shown(ui.normalCombo) == ["(another share)"]
    assert ui.normalCombo.isHidden()
    assert ui.normalLabel.isHidden()


def test_it_is_kept_in_the_scene(open_with):
    from GANAnomalyLib.scene import display
    from GANAnomalyLib.scene.result_nodes import facts_of

    nodes = open_with({"0.02": 2.0, "0.01": 3.5}).nodes()
    assert facts_of(nodes).heatmap_thresholds == {"0.02": 2.0, "0.01": 3.5}
    assert display.normal_thresholds(nodes) == [(1.0, 3.5), (2.0, 2.0)]
