"""A study of readers in the panel: blind where its condition says so, timed, rated, gone on with where it stopped."""

from __future__ import annotations

import datetime
import shutil

import numpy as np
import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from dicom.made import stored  # noqa: E402
from panel.small_results import whole_result  # noqa: E402

from GANAnomalyLib import write_volume  # noqa: E402
from GANAnomalyLib.errors import InputError  # noqa: E402
from GANAnomalyLib.review.store.case_facts import case_of_folder  # noqa: E402
from GANAnomalyLib.review.store.exchange_results import import_result  # noqa: E402
from GANAnomalyLib.review.store.judgements import Judged  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.reader_study_tables import closed_reading, reading_mark, reading_moment  # noqa: E402
from GANAnomalyLib.review.store.record_decisions import record_decision, record_verdict  # noqa: E402
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.store.review_tables import added_finding, decision, verdict  # noqa: E402
from GANAnomalyLib.review.study.assign_readings import assign_study  # noqa: E402
from GANAnomalyLib.review.study.study_design import design_of  # noqa: E402
from GANAnomalyLib.review.study.study_record import create_study  # noqa: E402
from GANAnomalyLib.volume import Volume  # noqa: E402

NAME = 'Dr. "J" Müßig'
ANSWERS = (
    *("acceptButton", "rejectButton", "unsureButton", "commentEdit", "labelCombo", "confidenceCombo", "verdictCombo"),
    *("caseConfidenceCombo", "markPointButton", "markBoxButton", "undoButton", "secondOpinionButton"),
)
HIDDEN = ("analyseSection", "findingsSection", "displaySection", "advancedSection", "saveSection")


@pytest.fixture(autouse=True)
def user(own_user):
    own_user(NAME, keeps=True)


def make_study(tmp_path, **more) -> None:
    """One case, read once without the heatmap and once with it."""
    folder = tmp_path / "patient_doe_abnormal"
    volume = Volume(stored(10, 24, 32).astype(np.int16) - 1024, np.diag([0.75, 1.5, 2.5, 1.0]))
    whole_result(folder, write_volume(volume, tmp_path / "doe.nrrd"), slice_thresholds={"0.05": 0.0})
    design = {
        "name": "heat",
        "cases": [{"result": str(folder), "name": "C1", "truth": 1}],
        "readers": [NAME],
        "conditions": [{"name": "without", "heatmap": False}, {"name": "with", "heatmap": True}],
        "order": "apart",
        "washout_days": 0,
        "seed": 1,
        **more,
    }
    head = ReaderName("Head")
    with ReviewDatabase.open() as database:
        create_study(database, design_of(design), head)
        assign_study(database, design["name"], head)


@pytest.fixture
def study(tmp_path):
    make_study(tmp_path)


def settle(slicer_app, panel) -> None:
    study = panel.panel.reading.study
    slicer_app.wait_until(lambda: not study._busy and not study._aside.running and not panel.panel.runner.running)
    slicer_app.process()


@pytest.fixture
def reading(slicer_app, study, gananomaly):
    settle(slicer_app, gananomaly)
    return gananomaly


def rows(table) -> list:
    with ReviewDatabase.open() as database, database.reading() as connection:
        return list(connection.execute(sa.select(table)).mappings())


def next_case(slicer_app, panel) -> None:
    slicer_app.press(panel.ui.studyNextButton)
    settle(slicer_app, panel)


def shown(panel) -> list[str]:
    return [name for name in HIDDEN if getattr(panel.ui, name).isVisible()]


def answers(ui) -> list[str]:
    """What of the ordinary answers can be given in the section of findings, opened if it is not."""
    ui.findingsSection.collapsed = False
    return [name for name in ANSWERS if getattr(ui, name).isVisible()]


def ours(slicer_app) -> list[str]:
    from GANAnomalyLib.scene.roles import role_nodes

    return [node.GetName() for node in role_nodes(slicer_app.scene)]


def test_the_section_is_there_only_for_readers_of_a_study(slicer_app, reading, monkeypatch):
    assert reading.ui.studySection.isVisible()
    assert reading.ui.studyCombo.currentText() == "heat"
    monkeypatch.setenv("GANANOMALY_READER", "Somebody else")
    reading.ui.keepCheckBox.setChecked(False)
    settle(slicer_app, reading)
    assert not reading.ui.studySection.isVisible()
    reading.ui.keepCheckBox.setChecked(True)
    settle(slicer_app, reading)
    assert not reading.ui.studySection.isVisible()


def test_a_study_from_the_first_case_to_the_last(slicer_app, reading, tmp_path):
    ui = reading.ui
    next_case(slicer_app, reading)
    first = "without" if not ours(slicer_app) else "with"
    assert "Case C1, 1 of 1 in session 1" in ui.studyLabel.text()
    for number, condition in enumerate((first, "with" if first == "without" else "without")):
        heatmap = condition == "with"
        assert condition in ui.studyLabel.text()
        assert shown(reading) == (["findingsSection", "displaySection"] if heatmap else [])
        assert bool(ours(slicer_app)) is heatmap, "without the heatmap there is nothing of the result in the scene"
        volumes = slicer_app.slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        assert {node.GetName() for node in volumes if not node.GetAttribute("GANAnomaly.Role")} <= {"C1"}
        slicer_app.press(ui.studyDoneButton)
        assert "Rate the case first" in ui.statusLabel.text()
        if heatmap:
            reading.click_finding(0)
            assert ui.studyAloneLabel.isVisible()
            assert answers(ui) == []
            assert [ui.findingsTable.isColumnHidden(column) for column in (4, 5, 8)] == [False, True, True]
        ui.studyRatingSpin.setValue(2 + number)
        slicer_app.choose(ui.studyVerdictCombo, "abnormal")
        slicer_app.press(ui.studyDoneButton)
        settle(slicer_app, reading)
    assert "has read all cases of the study heat" in ui.statusLabel.text()
    assert shown(reading) == list(HIDDEN), "the panel is as it was"
    assert answers(ui) == list(ANSWERS)
    assert not ui.findingsTable.isColumnHidden(5)
    assert not ui.studyAloneLabel.isVisible()
    assert slicer_app.scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
    closed = sorted(rows(closed_reading), key=lambda row: row["closed"])
    assert [(row["rating"], row["verdict"], row["source"]) for row in closed] == [
        (2.0, "abnormal", "panel"),
        (3.0, "abnormal", "panel"),
    ]
    assert rows(decision) == rows(verdict) == rows(added_finding) == []


def test_in_a_study_only_its_own_questions_are_answered(slicer_app, reading, tmp_path):
    """What the reader decided before is not shown, and no key, button or script adds to it."""
    folder, who = tmp_path / "patient_doe_abnormal", ReaderName(NAME)
    with ReviewDatabase.open() as database:
        record_decision(database, case_of_folder(folder), 1, "accepted", who, Judged("as ever"))
        record_verdict(database, case_of_folder(folder), "abnormal", who)
    before = [rows(table) for table in (decision, verdict, added_finding)]
    next_case(slicer_app, reading)
    if not ours(slicer_app):  # without the heatmap comes first
        reading.ui.studyRatingSpin.setValue(1)
        slicer_app.press(reading.ui.studyDoneButton)
        settle(slicer_app, reading)
    nodes = reading.panel.reading.nodes
    assert {(row.decision, row.comment) for row in reading.rows()} == {("", "")}
    assert reading.ui.verdictCombo.currentIndex() == 0
    reading.click_finding(0)
    keys = reading.panel.reading.keys
    for key in ("A", "X", "U", "C", "B", "L", "Z", "Shift+N", "Shift+A", "Alt+3"):
        reading.panel.tell("")
        keys[key]()
        assert "only its own questions" in reading.ui.statusLabel.text(), key
    keys["N"]()
    logic = reading.logic
    for act in (
        lambda: logic.decide(nodes, 1, "rejected"),
        lambda: logic.judge(nodes, "normal"),
        lambda: logic.mark(nodes, (0.0, 0.0, 0.0)),
    ):
        with pytest.raises(InputError, match="close it first"):
            act()
    assert {row.decision for row in reading.rows()} == {""}
    assert not reading.panel.keeping.busy
    assert [rows(table) for table in (decision, verdict, added_finding)] == before
    keys["M"]()
    reading.panel.reading.study.marks._node.AddControlPointWorld([10.0, 20.0, 30.0])
    slicer_app.process()
    assert reading.ui.studyMarksTable.rowCount() == 1
    slicer_app.close_scene()
    assert answers(reading.ui) == list(ANSWERS)


def test_the_worklists_keys_open_nothing_beside_a_case_of_a_study(slicer_app, reading, tmp_path):
    folder = tmp_path / "other"
    volume = Volume(stored(10, 24, 32).astype(np.int16) - 1000, np.diag([0.75, 1.5, 2.5, 1.0]))
    whole_result(folder, write_volume(volume, tmp_path / "other.nrrd"), slice_thresholds={"0.05": 0.0})
    with ReviewDatabase.open() as database:
        import_result(database, folder)
    worklist = reading.panel.worklist
    reading.ui.worklistSection.collapsed = False
    worklist.refresh()
    slicer_app.wait_until(lambda: worklist._cases)
    next_case(slicer_app, reading)
    before = [node.GetID() for node in slicer_app.slicer.util.getNodesByClass("vtkMRMLVolumeNode")]
    worklist.step(1)
    settle(slicer_app, reading)
    assert "close it first" in reading.ui.statusLabel.text()
    assert [node.GetID() for node in slicer_app.slicer.util.getNodesByClass("vtkMRMLVolumeNode")] == before
    assert reading.panel.reading.study.reading


def test_own_marks_with_a_rating_each(slicer_app, reading):
    next_case(slicer_app, reading)
    ui, marks = reading.ui, reading.panel.reading.study.marks
    slicer_app.press(ui.studyMarkButton)
    for place in ([10.0, 20.0, 30.0], [-5.0, 8.0, 40.0], [1.0, 1.0, 1.0]):
        marks._node.AddControlPointWorld(place)
        slicer_app.process()
    assert ui.studyMarksTable.rowCount() == 3
    slicer_app.press(ui.studyRemoveMarkButton)
    assert ui.studyMarksTable.rowCount() == 2
    ui.studyRatingSpin.setValue(4)
    slicer_app.press(ui.studyDoneButton)
    assert "Rate each of your marks" in ui.statusLabel.text()
    for row, value in enumerate((5, 3)):
        ui.studyMarksTable.cellWidget(row, 1).setValue(value)
    slicer_app.press(ui.studyDoneButton)
    settle(slicer_app, reading)
    kept = sorted((row["r"], row["a"], row["s"], row["rating"]) for row in rows(reading_mark))
    assert kept == [(-5.0, 8.0, 40.0, 3.0), (10.0, 20.0, 30.0, 5.0)]


def test_it_goes_on_where_it_stopped(slicer_app, reading):
    """The scene is closed in the middle of a case, as by a crash: rating, verdict and marks are there again."""
    next_case(slicer_app, reading)
    ui = reading.ui
    ui.studyRatingSpin.setValue(4)
    slicer_app.choose(ui.studyVerdictCombo, "normal")
    reading.panel.reading.study.marks._node.AddControlPointWorld([10.0, 20.0, 30.0])
    slicer_app.process()
    for _twice in range(2):
        slicer_app.close_scene()
        assert shown(reading) == list(HIDDEN)
        assert not ui.studyCaseBox.isVisible()
        next_case(slicer_app, reading)
    assert "goes on where it stopped" in ui.studyLabel.text()
    assert (ui.studyRatingSpin.value(), ui.studyVerdictCombo.currentText()) == (4, "normal")
    assert reading.panel.reading.study.marks.marks() == [(10.0, 20.0, 30.0, None)]
    assert rows(closed_reading) == []


def test_pause_stops_the_clock_and_hides_the_case(slicer_app, reading):
    next_case(slicer_app, reading)
    from GANAnomalyLib.scene.slice_views import composites

    def layers():
        return {one.GetBackgroundVolumeID() for one in composites(slicer_app.scene)}

    before = layers()
    assert None not in before
    slicer_app.press(reading.ui.studyPauseButton)
    settle(slicer_app, reading)
    assert layers() == {None}
    assert not reading.ui.studyDoneButton.isEnabled()
    slicer_app.press(reading.ui.studyPauseButton)
    settle(slicer_app, reading)
    assert layers() == before
    assert reading.ui.studyDoneButton.isEnabled()
    signs = [row["sign"] for row in sorted(rows(reading_moment), key=lambda row: row["at"])]
    assert signs == ["opened", "away", "at work", "away", "at work"], "loading and the pause are no reading time"


def test_the_washout_is_a_sentence(slicer_app, tmp_path, gananomaly):
    make_study(tmp_path, washout_days=28)
    gananomaly.panel.reading.study.look()
    settle(slicer_app, gananomaly)
    next_case(slicer_app, gananomaly)
    gananomaly.ui.studyRatingSpin.setValue(1)
    slicer_app.press(gananomaly.ui.studyDoneButton)
    settle(slicer_app, gananomaly)
    assert "begins after the washout of 28 days" in gananomaly.ui.statusLabel.text()
    assert str(datetime.date.today().year)[:2] in gananomaly.ui.statusLabel.text()
    assert shown(gananomaly) == list(HIDDEN)


def test_an_open_scene_is_asked_about(slicer_app, reading):
    reading.load()
    slicer_app.dialogs.answer("cancel")
    next_case(slicer_app, reading)
    assert "What was not saved is lost" in slicer_app.dialogs.texts[-1]
    assert not reading.panel.reading.study.reading
    assert slicer_app.scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 1
    slicer_app.dialogs.answer("ok")
    next_case(slicer_app, reading)
    assert reading.panel.reading.study.reading


def test_a_case_whose_result_is_gone(slicer_app, reading, tmp_path):
    shutil.move(tmp_path / "patient_doe_abnormal", tmp_path / "elsewhere")
    next_case(slicer_app, reading)
    told = reading.ui.statusLabel.text()
    assert "The result of the case C1, or its image, is not where it was" in told
    assert "doe" not in told
    assert reading.ui.studyNextButton.isEnabled()
    shutil.move(tmp_path / "elsewhere", tmp_path / "patient_doe_abnormal")
    next_case(slicer_app, reading)
    assert reading.panel.reading.study.reading
