"""What the reader adds in the panel: by click and box, by keys, taken back, saved and opened."""

from __future__ import annotations

import csv
import shutil

import numpy as np
import pytest
from panel.conftest import set_thresholds
from panel.test_keys import active, press_key  # noqa: F401 - a fixture

LABEL, DECISION, SIZE = 7, 5, 4


def world(reviewed, *ijk):
    from GANAnomalyLib.scene.places import Places

    return Places.of(reviewed.nodes()).world(np.array(ijk, float))


def placing(slicer_app, kind):
    """The markups node that Slicer places now."""
    scene = slicer_app.scene
    selection, interaction = (
        scene.GetSingletonNode("Singleton", f"vtkMRML{name}Node") for name in ("Selection", "Interaction")
    )
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    node = scene.GetNodeByID(selection.GetActivePlaceNodeID())
    assert node.IsA(f"vtkMRMLMarkups{kind}Node")
    return node


def click_point(slicer_app, reviewed, ijk):
    """What Slicer does at a click in a view."""
    placing(slicer_app, "Fiducial").AddControlPointWorld(*world(reviewed, *ijk))
    slicer_app.process()


def click_box(slicer_app, reviewed, first, second):
    node = placing(slicer_app, "ROI")
    for ijk in (first, second):
        node.AddControlPointWorld(*world(reviewed, *ijk))
    slicer_app.process()


def own(reviewed):
    from GANAnomalyLib.scene.reader_marks import reader_findings

    return reader_findings(reviewed.nodes())


def cell(reviewed, row, column):
    return reviewed.ui.findingsTable.item(row, column).text()


def row_of(reviewed, name):
    table = reviewed.ui.findingsTable
    return next(row for row in range(table.rowCount()) if table.item(row, 0).text() == name)


def markups(slicer_app):
    return slicer_app.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode")


def test_a_click_makes_a_finding_of_the_readers_own(slicer_app, reviewed):
    ui, before = reviewed.ui, markups(slicer_app)
    slicer_app.press(ui.markPointButton)
    assert ui.markPointButton.isChecked()
    assert "Click the place" in ui.statusLabel.text()
    click_point(slicer_app, reviewed, (50, 40, 77))
    assert not ui.markPointButton.isChecked()
    (made,) = own(reviewed)
    assert made.is_point
    assert markups(slicer_app) == before + 1, "the node that was placed is gone"
    row = row_of(reviewed, "+1")
    assert (cell(reviewed, row, DECISION), cell(reviewed, row, SIZE)) == ("added", "")
    assert reviewed.panel.findings.rank == -1, "it is selected"
    assert not ui.acceptButton.isEnabled()
    assert ui.rejectButton.isEnabled()
    assert "1 added by you" in ui.findingsSummary.text()
    interaction = slicer_app.scene.GetSingletonNode("Singleton", "vtkMRMLInteractionNode")
    assert interaction.GetCurrentInteractionMode() == interaction.ViewTransform


def test_a_box_is_measured_and_dragged(slicer_app, reviewed):
    from GANAnomalyLib.scene.mark_nodes import marks_of

    slicer_app.press(reviewed.ui.markBoxButton)
    click_box(slicer_app, reviewed, (40, 40, 77), (50, 48, 77))
    (made,) = own(reviewed)
    assert made.size_mm == pytest.approx((30, 24, 24), abs=0.1)
    assert cell(reviewed, row_of(reviewed, "+1"), SIZE) == "30 x 24 x 24"
    marks_of(reviewed.nodes())[0].SetSize(33, 24, 24)
    slicer_app.wait_until(lambda: cell(reviewed, row_of(reviewed, "+1"), SIZE) == "33 x 24 x 24")
    slicer_app.press(reviewed.ui.undoButton)
    assert own(reviewed) == [made]
    assert cell(reviewed, row_of(reviewed, "+1"), SIZE) == "30 x 24 x 24"
    slicer_app.press(reviewed.ui.undoButton)
    assert own(reviewed) == []
    assert not reviewed.ui.undoButton.isEnabled()


def test_outside_the_ct_is_told_and_nothing_is_left(slicer_app, reviewed):
    before = markups(slicer_app)
    slicer_app.press(reviewed.ui.markBoxButton)
    click_box(slicer_app, reviewed, (-40, 40, 77), (-20, 48, 77))
    assert "outside the scan" in reviewed.ui.statusLabel.text()
    assert (own(reviewed), markups(slicer_app)) == ([], before)
    slicer_app.press(reviewed.ui.markPointButton)
    click_point(slicer_app, reviewed, (50, 40, 1000))
    assert "outside the scan" in reviewed.ui.statusLabel.text()
    assert (own(reviewed), markups(slicer_app)) == ([], before)


@pytest.mark.parametrize("leave", ["again", "other", "Slicer", "close"])
def test_a_mark_that_is_not_placed_leaves_nothing(slicer_app, reviewed, leave):
    before = markups(slicer_app)
    slicer_app.press(reviewed.ui.markBoxButton)
    node = placing(slicer_app, "ROI")
    node.AddControlPointWorld(*world(reviewed, 40, 40, 77))
    if leave == "again":
        slicer_app.press(reviewed.ui.markBoxButton)
    elif leave == "other":
        slicer_app.press(reviewed.ui.markPointButton)
        click_point(slicer_app, reviewed, (50, 40, 77))
        before += 1
    elif leave == "Slicer":
        interaction = slicer_app.scene.GetSingletonNode("Singleton", "vtkMRMLInteractionNode")
        interaction.SetCurrentInteractionMode(interaction.ViewTransform)
    else:
        slicer_app.scene.Clear(False)
        before = 0
    slicer_app.process()
    assert markups(slicer_app) == before
    assert not reviewed.ui.markBoxButton.isChecked()


def test_all_by_keyboard(slicer_app, active):  # noqa: F811
    active.click_finding(0)
    press_key(slicer_app, "m")
    click_point(slicer_app, active, (50, 40, 77))
    press_key(slicer_app, "l")
    assert active.ui.labelCombo.hasFocus()
    press_key(slicer_app, "nodule")
    press_key(slicer_app, "Return")
    assert active.ui.findingsTable.hasFocus(), "the keys belong to the findings again"
    (made,) = own(active)
    assert (made.label.scheme, made.label.code, made.label.meaning) == ("SCT", "27925004", "Nodule")
    assert cell(active, row_of(active, "+1"), LABEL) == "Nodule"
    press_key(slicer_app, "Alt+4")
    assert own(active)[0].confidence == 4
    assert cell(active, row_of(active, "+1"), DECISION) == "added, 4/5"
    press_key(slicer_app, "Shift+A")
    press_key(slicer_app, "Alt+2")
    from GANAnomalyLib.scene.case_verdict import verdict_of

    said = verdict_of(active.nodes())
    assert (said.verdict, said.confidence) == ("abnormal", 2)
    assert own(active)[0].confidence == 4
    press_key(slicer_app, "c")
    press_key(slicer_app, "seen")
    press_key(slicer_app, "Return")
    press_key(slicer_app, "Alt+5")
    assert (own(active)[0].confidence, verdict_of(active.nodes()).confidence) == (5, 2), "of what was judged last"
    press_key(slicer_app, "Shift+A")
    assert verdict_of(active.nodes()).verdict == "", "the same again takes it back"
    assert active.rows()[0].decision == "", "a verdict is no decision"
    press_key(slicer_app, "Shift+I")
    assert active.ui.verdictCombo.currentText() == "technically inadequate"
    press_key(slicer_app, "c")
    press_key(slicer_app, "mbz")
    press_key(slicer_app, "Return")
    assert "mbz" in own(active)[0].comment, "no key is taken while something is typed"
    press_key(slicer_app, "x")
    assert own(active) == []
    for _step in range(11):
        press_key(slicer_app, "z")
    assert (own(active), verdict_of(active.nodes()).verdict) == ([], "")
    assert not active.ui.undoButton.isEnabled()
    press_key(slicer_app, "b")
    click_box(slicer_app, active, (40, 40, 77), (50, 48, 77))
    assert len(own(active)) == 1


def test_everything_is_taken_back_step_by_step(slicer_app, reviewed):
    from GANAnomalyLib.scene.reading_state import reading_of

    ui, steps = reviewed.ui, []

    def step():
        steps.append(reading_of(reviewed.nodes()))

    step()
    reviewed.click_finding(0)
    slicer_app.press(ui.acceptButton)
    step()
    ui.commentEdit.setText("größer")
    ui.commentEdit.editingFinished.emit()
    step()
    ui.labelCombo.setEditText("my own words")
    ui.labelCombo.lineEdit().editingFinished.emit()
    step()
    slicer_app.choose(ui.confidenceCombo, 3)
    step()
    slicer_app.press(ui.markPointButton)
    click_point(slicer_app, reviewed, (50, 40, 77))
    step()
    slicer_app.press(ui.rejectButton)
    step()
    slicer_app.choose(ui.verdictCombo, 1)
    step()
    slicer_app.choose(ui.caseConfidenceCombo, 5)
    row = reviewed.rows()[0]
    assert (row.decision, row.comment, row.label.meaning, row.confidence) == ("accepted", "größer", "my own words", 3)
    for wanted in reversed(steps):
        slicer_app.press(ui.undoButton)
        assert reading_of(reviewed.nodes()) == wanted
    assert not ui.undoButton.isEnabled()
    assert not ui.acceptButton.isChecked()
    assert (ui.verdictCombo.currentIndex(), ui.labelCombo.currentText()) == (0, "")


def test_another_finding_has_a_label_of_its_own(slicer_app, reviewed):
    reviewed.click_finding(0)
    reviewed.ui.labelCombo.setEditText("Cyst")
    reviewed.ui.labelCombo.lineEdit().editingFinished.emit()
    reviewed.click_finding(1)
    assert reviewed.ui.labelCombo.currentText() == ""
    assert [row.label.meaning for row in reviewed.rows()[:2]] == ["Cyst", ""]
    reviewed.click_finding(0)
    assert reviewed.ui.labelCombo.currentText() == "Cyst"


def test_the_list_goes_to_it_and_through_it(slicer_app, reviewed):
    from GANAnomalyLib.scene import finding_review as review

    slicer_app.press(reviewed.ui.markPointButton)
    click_point(slicer_app, reviewed, (50, 40, 77))
    reviewed.click_finding(0)
    reviewed.click_finding(row_of(reviewed, "+1"))
    assert review.highlighted(reviewed.nodes()) == -1
    view = slicer_app.scene.GetSingletonNode("Red", "vtkMRMLSliceNode")
    assert view.GetSliceToRAS().GetElement(2, 3) == pytest.approx(world(reviewed, 50, 40, 77)[2], abs=0.05)
    slicer_app.press(reviewed.ui.previousButton)
    assert reviewed.panel.findings.rank == len(reviewed.rows())


def test_they_are_never_folded_away(slicer_app, gananomaly, finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "opened")
    set_thresholds(folder, {"0.05": 1e9})
    gananomaly.load()
    gananomaly.panel.open_result(folder)
    slicer_app.process()
    table, count = gananomaly.ui.findingsTable, len(gananomaly.rows())
    for slice in (76, 77, 78):
        slicer_app.press(gananomaly.ui.markPointButton)
        click_point(slicer_app, gananomaly, (50, 40, slice))
    shown = [table.item(row, 0).text() for row in range(table.rowCount()) if not table.isRowHidden(row)]
    assert shown[:3] == ["+1", "+2", "+3"]
    assert str(count) in shown[3]
    assert "within the usual" in shown[3]
    assert len(shown) == 4
    for _step in range(3):
        slicer_app.press(gananomaly.ui.undoButton)
    assert [table.isRowHidden(row) for row in range(table.rowCount())] == [False] + [True] * count


def test_a_mark_that_is_deleted_in_slicer_is_gone_and_comes_back(slicer_app, reviewed):
    from GANAnomalyLib.scene.mark_nodes import marks_of

    slicer_app.press(reviewed.ui.markPointButton)
    click_point(slicer_app, reviewed, (50, 40, 77))
    (made,) = own(reviewed)
    slicer_app.scene.RemoveNode(marks_of(reviewed.nodes())[0])
    slicer_app.wait_until(lambda: "added by you" not in reviewed.ui.findingsSummary.text())
    slicer_app.press(reviewed.ui.undoButton)
    assert own(reviewed) == [made]


def test_saved_and_opened(slicer_app, reviewed, tmp_path):
    from GANAnomalyLib.review.decisions import load_reading

    slicer_app.press(reviewed.ui.markBoxButton)
    click_box(slicer_app, reviewed, (40, 40, 77), (50, 48, 77))
    reviewed.panel.reading.judging.press_verdict("abnormal")
    nodes, made = reviewed.nodes(), own(reviewed)
    reviewed.panel.saving._ask_folder = lambda _title: str(tmp_path)
    reviewed.panel.saving._save_folder()
    folder = tmp_path / "gananomaly_result"
    kept = load_reading(folder)
    assert (list(kept.added), kept.verdict.verdict) == (made, "abnormal")
    with open(folder / "findings.csv", encoding="utf-8-sig", newline="") as file:
        last = list(csv.DictReader(file))[-1]
    assert (last["rank"], last["size (mm)"], last["case verdict"]) == ("R1", "30 x 24 x 24", "abnormal")
    scene = tmp_path / "scene.mrb"
    assert slicer_app.slicer.util.saveScene(str(scene))
    slicer_app.scene.Clear(False)
    slicer_app.process()
    assert not reviewed.ui.markBoxButton.isEnabled()
    slicer_app.slicer.util.loadScene(str(scene))
    slicer_app.process()
    assert reviewed.nodes() is not nodes
    assert own(reviewed) == made
    assert reviewed.ui.verdictCombo.currentText() == "abnormal"
    assert cell(reviewed, row_of(reviewed, "+1"), SIZE) == "30 x 24 x 24"


def test_from_the_console(slicer_app, reviewed):
    from GANAnomalyLib.errors import InputError

    logic, nodes = reviewed.logic, reviewed.nodes()
    box = logic.mark(nodes, world(reviewed, 40, 40, 77), world(reviewed, 50, 48, 80), "nodule", "seen late", 3)
    assert (box.label.code, box.comment, box.confidence) == ("27925004", "seen late", 3)
    assert box.size_mm == pytest.approx((30, 24, 9), abs=0.1)
    with pytest.raises(InputError, match="from 1 to 5"):
        logic.mark(nodes, world(reviewed, 40, 40, 77), confidence=9)
    with pytest.raises(InputError, match="outside the scan"):
        logic.mark(nodes, world(reviewed, -40, 40, 77))
    assert own(reviewed) == [box]
    assert logic.judge(nodes, "normal", 2).confidence == 2
    assert reviewed.ui.verdictCombo.currentText() == "normal"
    assert cell(reviewed, row_of(reviewed, "+1"), LABEL) == "Nodule"
    slicer_app.press(reviewed.ui.undoButton)
    slicer_app.press(reviewed.ui.undoButton)
    assert own(reviewed) == []
