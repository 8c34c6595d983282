"""Going through findings: table, views, decisions, plot, display; and a scene that brings it all back."""

from __future__ import annotations

import numpy as np
import pytest


def view_of(slicer_app, name="Red"):
    return slicer_app.scene.GetSingletonNode(name, "vtkMRMLSliceNode")


def place_of(slicer_app, name="Red"):
    return np.array([view_of(slicer_app, name).GetSliceToRAS().GetElement(row, 3) for row in range(3)])


def normal_of(slicer_app, name="Red"):
    return np.array([view_of(slicer_app, name).GetSliceToRAS().GetElement(row, 2) for row in range(3)])


def test_a_click_goes_to_the_finding_in_all_views(slicer_app, reviewed):
    from GANAnomalyLib.scene import finding_review as review

    for row in (2, 0, 1):
        reviewed.click_finding(row)
        wanted = np.array(review.centre_ras(reviewed.nodes(), reviewed.rows()[row].rank))
        for name in ("Red", "Yellow", "Green"):
            assert normal_of(slicer_app, name) @ (wanted - place_of(slicer_app, name)) == pytest.approx(0, abs=0.01)
        assert review.highlighted(reviewed.nodes()) == row + 1
        assert reviewed.panel.findings.plot.current == reviewed.rows()[row].slice


def test_pan_and_zoom_stay_as_the_reader_has_them(slicer_app, reviewed):
    ct = reviewed.parameters.inputVolume
    bounds = [0.0] * 6
    ct.GetRASBounds(bounds)
    middle, sizes = np.array(bounds).reshape(3, 2).mean(axis=1), np.ptp(np.array(bounds).reshape(3, 2), axis=1)
    held = {}
    for name in ("Red", "Yellow", "Green"):
        view = view_of(slicer_app, name)
        view.JumpSliceByCentering(*middle)
        view.SetXYZOrigin(7.0, -5.0, 0.0)
        view.SetFieldOfView(2 * sizes.max(), 2 * sizes.max(), 1.0)
        along = np.cross(normal_of(slicer_app, name), [1, 2, 3])
        held[name] = view.GetXYZOrigin(), view.GetFieldOfView(), along @ place_of(slicer_app, name), along
    for row in (3, 0, 2, 1):
        reviewed.click_finding(row)
        slicer_app.press(reviewed.ui.nextButton)
        for name, (origin, field, place, along) in held.items():
            view = view_of(slicer_app, name)
            assert (view.GetXYZOrigin(), view.GetFieldOfView()) == (origin, field)
            assert along @ place_of(slicer_app, name) == pytest.approx(place, abs=1e-6), "nothing moved in the plane"


def test_buttons_keys_and_comments_decide(slicer_app, reviewed):
    ui, window = reviewed.ui, slicer_app.slicer.util.mainWindow()
    reviewed.click_finding(0)
    slicer_app.press(ui.acceptButton)
    assert reviewed.rows()[0].decision == "accepted"
    assert ui.acceptButton.isChecked()
    slicer_app.press(ui.nextButton)
    assert reviewed.panel.findings.rank == 2
    assert not ui.acceptButton.isChecked()
    ui.commentEdit.setText('gas in bowel, "usual"')
    ui.commentEdit.editingFinished.emit()
    slicer_app.press(ui.rejectButton)
    row = reviewed.rows()[1]
    assert (row.decision, row.comment) == ("rejected", 'gas in bowel, "usual"')
    assert "2 decided" in ui.findingsSummary.text()
    slicer_app.press(ui.rejectButton)
    assert reviewed.rows()[1].decision == "", "the same again takes it back"
    assert reviewed.rows()[1].comment, "the comment stays"

    window.show()
    window.activateWindow()
    window.setFocus()
    slicer_app.process()
    slicer_app.type_keys(window, "u")
    assert reviewed.rows()[1].decision == "unsure"
    slicer_app.type_keys(window, "p")
    assert reviewed.panel.findings.rank == 1
    slicer_app.type_keys(window, "x")
    assert reviewed.rows()[0].decision == "rejected"
    shown = reviewed.ui.heatCheckBox.isChecked()
    slicer_app.type_keys(window, "h")
    assert reviewed.ui.heatCheckBox.isChecked() is not shown
    slicer_app.leave(reviewed.module)
    slicer_app.type_keys(window, "a")
    assert reviewed.rows()[0].decision == "rejected", "no keys while another module is shown"


def test_letters_typed_as_a_comment_decide_nothing(slicer_app, reviewed):
    reviewed.click_finding(0)
    reviewed.ui.commentEdit.setFocus()
    slicer_app.type_keys(reviewed.ui.commentEdit, "axun")
    assert reviewed.ui.commentEdit.text() == "axun"
    assert reviewed.rows()[0].decision == ""


def test_a_click_into_the_plot_goes_to_that_slice(slicer_app, reviewed):
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from GANAnomalyLib.scene import finding_review as review

    label = reviewed.ui.scorePlot
    QTest.mouseClick(label, Qt.MouseButton.LeftButton, pos=QPoint(label.width() - 10, 30))
    slicer_app.process()
    slices = [row.slice for row in review.slice_rows(reviewed.nodes())]
    assert reviewed.panel.findings.plot.current == slices[-1]
    assert review.slice_at(reviewed.nodes(), tuple(place_of(slicer_app))) == slices[-1]
    assert not label.pixmap().isNull()


def test_the_threshold_follows_the_share_and_the_other_way_round(slicer_app, reviewed):
    ui = reviewed.ui
    heat = slicer_app.slicer.util.arrayFromVolume(reviewed.nodes().heatmap)
    analysed = heat[np.any(heat > 0, axis=(1, 2))]
    display = reviewed.nodes().heatmap.GetDisplayNode()
    ui.topPercentSpin.setValue(5.0)
    slicer_app.process()
    assert ui.thresholdSlider.value == pytest.approx(np.percentile(analysed, 95), rel=0.1)
    assert display.GetLowerThreshold() == pytest.approx(ui.thresholdSlider.value, abs=0.01)
    ui.thresholdSlider.setValue(float(np.percentile(analysed, 99)))
    slicer_app.process()
    assert ui.topPercentSpin.value() == pytest.approx(1.0, abs=0.3)


def test_heatmap_opacity_and_legend(slicer_app, reviewed):
    from GANAnomalyLib.scene import display

    ui, nodes = reviewed.ui, reviewed.nodes()

    def state():
        return display.display_state(slicer_app.scene, nodes)

    assert state().heat_visible
    assert ui.heatCheckBox.isChecked()
    ui.heatCheckBox.setChecked(False)
    assert not state().heat_visible
    ui.heatCheckBox.setChecked(True)
    ui.opacitySlider.setValue(0.25)
    assert state().opacity == pytest.approx(0.25)
    ui.legendCheckBox.setChecked(False)
    assert not state().legend_visible
    others = slicer_app.scene.GetNodeByID("vtkMRMLColorTableNodeRainbow") or nodes.difference_colours
    ui.colorSelector.setCurrentNode(others)
    assert state().colours is others


def test_compared_views_show_ct_reconstruction_and_heatmap(slicer_app, reviewed):
    slicer_app.choose(reviewed.ui.layoutCombo, 2)
    nodes, shown = reviewed.nodes(), {}
    scene = slicer_app.scene
    for n in range(scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")):
        composite = scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode")
        shown[composite.GetLayoutName()] = (composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID())
        if composite.GetLayoutName().startswith("GANAnomaly"):
            assert composite.GetLinkedControl()
    assert shown["GANAnomalyCT"][0] == nodes.ct.GetID()
    assert shown["GANAnomalyReconstruction"][0] == nodes.reconstruction.GetID()
    assert shown["GANAnomalyOverlay"] == (nodes.ct.GetID(), nodes.heatmap.GetID())


def test_a_saved_scene_brings_panel_and_decisions_back(slicer_app, reviewed, tmp_path):
    reviewed.click_finding(1)
    slicer_app.press(reviewed.ui.unsureButton)
    reviewed.ui.commentEdit.setText("noch einmal ansehen; größer")
    reviewed.ui.commentEdit.editingFinished.emit()
    reviewed.ui.topSpin.setValue(7)
    reviewed.ui.topPercentSpin.setValue(2.0)
    threshold = reviewed.ui.thresholdSlider.value
    path = tmp_path / "review.mrb"
    slicer_app.save_scene(path)
    slicer_app.close_scene()
    assert reviewed.ui.findingsTable.rowCount() == 0
    assert not reviewed.ui.findingsSection.isEnabled()
    slicer_app.load_scene(path)
    reviewed.widget.enter()
    slicer_app.process()
    assert reviewed.parameters.top == 7
    assert reviewed.ui.topSpin.value() == 7
    row = reviewed.rows()[1]
    assert (row.decision, row.comment) == ("unsure", "noch einmal ansehen; größer")
    assert reviewed.ui.findingsTable.item(1, 5).text() == "unsure"
    assert reviewed.ui.thresholdSlider.value == pytest.approx(threshold, rel=1e-3)


def test_each_ct_has_its_own_result(slicer_app, reviewed):
    first = reviewed.parameters.inputVolume
    count = reviewed.ui.findingsTable.rowCount()
    second = reviewed.load("GANAnomalyTorso")
    assert reviewed.parameters.inputVolume is second
    assert reviewed.ui.findingsTable.rowCount() == 0
    reviewed.ui.inputSelector.setCurrentNode(first)
    slicer_app.process()
    assert reviewed.ui.findingsTable.rowCount() == count


def test_our_maps_are_not_offered_as_cts(reviewed):
    from PySide6.QtWidgets import QComboBox

    combo = reviewed.ui.inputSelector.findChild(QComboBox)
    names = [combo.itemText(row) for row in range(combo.count())]
    assert not any("GANAnomaly" in name for name in names), names


def test_the_panel_as_a_picture(slicer_app, reviewed, tmp_path):
    from PySide6.QtGui import QImage

    reviewed.click_finding(0)
    slicer_app.press(reviewed.ui.acceptButton)
    path = tmp_path / "panel.png"
    slicer_app.screenshot(reviewed.module.widgetRepresentation(), path)
    picture = QImage(str(path))
    assert picture.width() > 300
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)}
    assert len(colours) > 20
