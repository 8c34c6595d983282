"""The 3-D view on demand: chosen in the list, computed beside the window, gone with "Nothing"."""

from __future__ import annotations

from GANAnomalyLib.scene.three_d_nodes import BODY, BOX, HEAT, models_of


def chosen(slicer_app, panel, row):
    slicer_app.choose(panel.ui.threeDCombo, row)
    slicer_app.wait_until(lambda: not panel.panel.three_d.running)
    return panel.nodes()


def test_findings_in_3d_come_and_go(slicer_app, reviewed, monkeypatch):
    from GANAnomalyLib.scene import three_d

    computed = []
    monkeypatch.setattr(three_d, "body_surface", lambda *a, own=three_d.body_surface: (computed.append(1), own(*a))[1])
    ui = reviewed.ui
    assert ui.threeDCombo.currentText() == "Nothing"
    assert models_of(reviewed.nodes()) == []
    before = slicer_app.scene.GetNumberOfNodes()
    assert computed == [], "nothing is computed before it is asked for"
    nodes = chosen(slicer_app, reviewed, 1)
    assert len(computed) == 1
    assert len(models_of(nodes, BOX)) == ui.findingsTable.rowCount()
    assert len(models_of(nodes, BODY)) == 1
    reviewed.click_finding(2)
    bright = [box.GetDisplayNode().GetOpacity() > 0.8 for box in models_of(nodes, BOX)]
    assert bright.index(True) == 2
    assert sum(bright) == 1
    nodes = chosen(slicer_app, reviewed, 2)
    assert len(models_of(nodes, HEAT)) == 1
    chosen(slicer_app, reviewed, 0)
    assert slicer_app.scene.GetNumberOfNodes() == before
    assert len(computed) == 1


def test_a_scene_closed_while_it_is_computed_stays_empty(slicer_app, reviewed):
    combo = reviewed.ui.threeDCombo
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    slicer_app.close_scene()
    reviewed.widget.enter()
    slicer_app.process()
    assert not reviewed.panel.three_d.running
    assert slicer_app.scene.GetFirstNodeByName("GANAnomaly body") is None


def test_models_deleted_by_hand_are_noticed(slicer_app, reviewed):
    nodes = chosen(slicer_app, reviewed, 1)
    assert reviewed.ui.threeDCombo.currentText() == "Boxes"
    for node in models_of(nodes):
        slicer_app.scene.RemoveNode(node)
    slicer_app.process()
    assert reviewed.ui.threeDCombo.currentText() == "Nothing"
