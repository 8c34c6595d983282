"""What the panel offers for a changed CT: to see it as it was, to analyse it again; and scenes saved meanwhile."""

from __future__ import annotations

import pytest
from panel.changes import SENTENCE, box, edit, layers, settled, show_as_it_was


@pytest.mark.slow
def test_shown_as_it_was_it_says_so_and_can_be_read_and_left(slicer_app, reviewed):
    ui, nodes = reviewed.ui, reviewed.nodes()
    edit(slicer_app, nodes.ct)
    settled(slicer_app, reviewed)
    show_as_it_was(slicer_app, reviewed)
    earlier = reviewed.nodes().earlier_ct
    assert box(reviewed)
    assert "not the CT as it is now" in ui.changedLabel.text()
    assert ui.asItWasButton.text() == "Show the CT as it is now"
    for name in ("Red", "Yellow", "Green"):
        assert layers(slicer_app)[name] == (earlier.GetID(), nodes.heatmap.GetID())
    assert "not as it is now" in earlier.GetName()
    assert nodes.legend.GetTitleText().startswith("Earlier CT.")
    reviewed.click_finding(2)
    reviewed.panel.findings.decide("rejected")
    assert reviewed.rows()[2].decision == "rejected"
    ui.heatCheckBox.setChecked(False)
    assert layers(slicer_app)["Red"] == (earlier.GetID(), None)
    ui.heatCheckBox.setChecked(True)
    assert layers(slicer_app)["Red"] == (earlier.GetID(), nodes.heatmap.GetID())
    slicer_app.choose(ui.layoutCombo, 2)
    assert layers(slicer_app)["GANAnomalyOverlay"] == (earlier.GetID(), nodes.heatmap.GetID())
    assert layers(slicer_app)["GANAnomalyCT"][0] == earlier.GetID()
    from PySide6.QtWidgets import QComboBox

    combo = ui.inputSelector.findChild(QComboBox)
    assert earlier.GetName() not in [combo.itemText(row) for row in range(combo.count())], "it is no CT to analyse"
    assert reviewed.parameters.inputVolume is nodes.ct

    slicer_app.press(ui.asItWasButton)
    assert not slicer_app.scene.IsNodePresent(earlier)
    assert ui.changedLabel.text().startswith(SENTENCE)
    assert ui.asItWasButton.text() == "Show the result as it was"
    assert layers(slicer_app)["GANAnomalyOverlay"] == (nodes.ct.GetID(), None)
    assert layers(slicer_app)["GANAnomalyReconstruction"] == (None, None)
    edit(slicer_app, nodes.ct, -1)
    settled(slicer_app, reviewed)
    assert not box(reviewed)
    assert layers(slicer_app)["GANAnomalyOverlay"] == (nodes.ct.GetID(), nodes.heatmap.GetID())
    assert layers(slicer_app)["GANAnomalyReconstruction"][0] == nodes.reconstruction.GetID()


def test_the_button_is_never_greyed(slicer_app, reviewed):
    """Greyed, it hands the focus on, and Slicer scrolls to whichever widget has it then."""
    from PySide6.QtCore import QEvent, QObject

    class Seen(QObject):
        def __init__(self, widget) -> None:
            super().__init__()
            self.kinds = []
            widget.installEventFilter(self)

        def eventFilter(self, _watched, event):
            self.kinds.append(event.type())
            return False

    edit(slicer_app, reviewed.nodes().ct)
    settled(slicer_app, reviewed)
    seen = Seen(reviewed.ui.asItWasButton)
    show_as_it_was(slicer_app, reviewed)
    assert seen.kinds
    assert QEvent.Type.EnabledChange not in seen.kinds


def test_undone_while_shown_as_it_was(slicer_app, reviewed):
    nodes = reviewed.nodes()
    edit(slicer_app, nodes.ct)
    settled(slicer_app, reviewed)
    show_as_it_was(slicer_app, reviewed)
    edit(slicer_app, nodes.ct, -1)
    settled(slicer_app, reviewed)
    assert not box(reviewed)
    assert reviewed.nodes().earlier_ct is None
    assert layers(slicer_app)["Red"] == (nodes.ct.GetID(), nodes.heatmap.GetID())
    reviewed.click_finding(0)
    assert reviewed.panel.findings.rank == 1


def test_what_cannot_be_shown_as_it_was_is_said(slicer_app, reviewed):
    edit(slicer_app, reviewed.nodes().ct)
    settled(slicer_app, reviewed)
    slicer_app.scene.RemoveNode(reviewed.nodes().difference)
    slicer_app.process()
    slicer_app.press(reviewed.ui.asItWasButton)
    slicer_app.wait_until(lambda: "analyse the scan again" in reviewed.ui.statusLabel.text())
    assert reviewed.ui.asItWasButton.isEnabled()
    assert box(reviewed)


@pytest.mark.minutes
@pytest.mark.slow
def test_analysed_again_it_is_shown_over_the_ct_as_it_is_now(slicer_app, reviewed):
    ui, old = reviewed.ui, reviewed.nodes()
    reviewed.few_slices()
    slicer_app.choose(ui.layoutCombo, 2)
    edit(slicer_app, old.ct)
    settled(slicer_app, reviewed)
    show_as_it_was(slicer_app, reviewed)
    slicer_app.press(ui.analyseAgainButton)
    assert not ui.analyseAgainButton.isEnabled()
    slicer_app.wait_until(lambda: not reviewed.panel.runner.running)
    settled(slicer_app, reviewed)
    assert ui.statusLabel.text().startswith("Done.")
    assert not box(reviewed)
    nodes = reviewed.nodes()
    assert nodes.heatmap is not old.heatmap
    assert nodes.earlier_ct is None
    for name in ("Red", "GANAnomalyOverlay"):
        assert layers(slicer_app)[name] == (nodes.ct.GetID(), nodes.heatmap.GetID())
    assert layers(slicer_app)["GANAnomalyReconstruction"][0] == nodes.reconstruction.GetID()


@pytest.mark.parametrize("way", ["hidden", "as it was", "over its CT"])
def test_a_saved_scene_opens_in_the_same_state(slicer_app, reviewed, tmp_path, way):
    if way != "over its CT":
        edit(slicer_app, reviewed.nodes().ct)
        settled(slicer_app, reviewed)
    if way == "as it was":
        show_as_it_was(slicer_app, reviewed)
    text, path = reviewed.ui.changedLabel.text(), tmp_path / "scene.mrb"
    slicer_app.save_scene(path)
    slicer_app.close_scene()
    assert not box(reviewed)
    slicer_app.load_scene(path)
    reviewed.widget.enter()
    nodes = reviewed.nodes()
    under = nodes.ct if nodes.earlier_ct is None else nodes.earlier_ct
    over = None if way == "hidden" else nodes.heatmap.GetID()
    for _ in range(2):
        assert box(reviewed) == (way != "over its CT")
        assert layers(slicer_app)["Red"] == (under.GetID(), over)
        assert reviewed.ui.findingsSection.isEnabled() == (way != "hidden")
        settled(slicer_app, reviewed)
    assert reviewed.ui.changedLabel.text() == text
    if way != "over its CT":
        edit(slicer_app, nodes.ct, -1)
        settled(slicer_app, reviewed)
    assert not box(reviewed)
    assert layers(slicer_app)["Red"] == (nodes.ct.GetID(), nodes.heatmap.GetID())
