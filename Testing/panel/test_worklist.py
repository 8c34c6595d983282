"""The worklist in the panel: from case to case, the next one read meanwhile, nothing lost, nothing told too soon."""

from __future__ import annotations

import json
import shutil

import pytest
from panel.conftest import DATA, SLICES
from scene.example_result import hip, make_result

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

READER = "O'Neil"
TORSO = "torso_3mm_with_anomalies.nii.gz"


@pytest.fixture(autouse=True)
def user(own_user):
    own_user(READER)


@pytest.fixture
def results(tmp_path):
    """Three results in the database, p1 with the highest score, p3 with the lowest, of scans that differ in a voxel."""
    from GANAnomalyLib.review.store.exchange_results import import_result
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.volume import hash_volume, read_volume
    from GANAnomalyLib.volume.write_volume import write_volume

    folders = []
    with ReviewDatabase.open() as database:
        for number in (1, 2, 3):
            volume = hip()
            volume.voxels[0, 0, 0] += number
            scan, folder = tmp_path / f"scan{number}.nii.gz", tmp_path / "results" / f"p{number}"
            volume = read_volume(write_volume(volume, scan))
            make_result(folder, volume)
            manifest = json.loads((folder / "result.json").read_text())
            manifest |= {"fingerprint": f"{number:064x}", "request": {"input": str(scan)}}
            manifest |= {"input": {"hash": hash_volume(volume), "modality": "CT"}}
            (folder / "result.json").write_text(json.dumps(manifest))
            found = json.loads((folder / "findings.json").read_text())
            for one in found["findings"]:
                one["score"] -= number
            (folder / "findings.json").write_text(json.dumps(found))
            import_result(database, folder)
            folders.append(folder)
    return folders


class List:
    """The section, and what tests do with it."""

    def __init__(self, app, panel) -> None:
        self.app, self.panel, self.ui = app, panel, panel.ui
        self.worklist, self.opening = panel.panel.worklist, panel.panel.worklist.opening

    def wait(self) -> None:
        busy = (self.worklist._lists, self.worklist._results, self.opening._ahead)
        self.app.wait_until(
            lambda: (
                not self.opening.busy
                and not self.panel.panel.runner.running
                and not self.panel.panel.keeping.busy
                and not any(one.reading for one in busy)
                and not self.worklist._timer.isActive()
            )
        )
        self.app.process()

    def switch_on(self) -> None:
        self.ui.keepCheckBox.setChecked(True)
        self.ui.worklistSection.setProperty("collapsed", False)
        self.wait()

    def open(self, row: int) -> None:
        self.ui.worklistTable.cellDoubleClicked.emit(row, 0)
        self.wait()

    def choose_state(self, text: str) -> None:
        self.app.choose(self.ui.worklistStateCombo, text)
        self.ui.worklistStateCombo.activated.emit(self.ui.worklistStateCombo.currentIndex())
        self.wait()

    @property
    def cells(self) -> list[list[str]]:
        table = self.ui.worklistTable
        return [[table.item(row, column).text() for column in range(3)] for row in range(table.rowCount())]

    @property
    def names(self) -> list[str]:
        return [row[0] for row in self.cells]

    @property
    def told(self) -> str:
        return self.ui.statusLabel.text()

    @property
    def bold(self) -> list[str]:
        table = self.ui.worklistTable
        return [self.names[row] for row in range(table.rowCount()) if table.item(row, 0).font().bold()]

    def cts(self) -> list:
        nodes = self.app.slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        return [node for node in nodes if node.GetAttribute("GANAnomaly.Role") in (None, "ct")]


@pytest.fixture
def cases(slicer_app, gananomaly, results):
    found = List(slicer_app, gananomaly)
    found.switch_on()
    return found


def test_there_is_none_until_decisions_are_kept(slicer_app, gananomaly):
    section = gananomaly.ui.worklistSection
    assert section.isHidden()
    gananomaly.panel.worklist.step(1)
    assert gananomaly.ui.statusLabel.text() == ""
    gananomaly.ui.keepCheckBox.setChecked(True)
    assert not section.isHidden()
    found = List(slicer_app, gananomaly)
    found.switch_on()
    assert found.cells == []
    assert gananomaly.ui.worklistSummary.text() == "No case is in the review database yet."
    gananomaly.panel.worklist.step(1)
    assert "No case is on the list" in found.told
    gananomaly.ui.keepCheckBox.setChecked(False)
    assert section.isHidden()


def test_from_case_to_case(slicer_app, gananomaly, cases):
    assert cases.names == ["p1", "p2", "p3"]
    assert cases.ui.worklistSummary.text() == "3 to read"
    cases.open(0)
    assert cases.told == "p1 is shown."
    assert gananomaly.ui.findingsTable.rowCount() > 0
    assert cases.bold == ["p1"]
    assert cases.opening.has(cases.worklist._cases[1]), "the next one is read ahead"
    first = gananomaly.nodes()
    gananomaly.panel.reading.judging.press_verdict("abnormal")
    slicer_app.press(gananomaly.ui.nextCaseButton)
    cases.wait()
    assert cases.told == "p2 is shown."
    assert cases.bold == ["p2"]
    assert len(cases.cts()) == 1, "the case before has left the scene"
    assert not slicer_app.scene.IsNodePresent(first.heatmap)
    assert cases.cells[0][2] == "read", "it stays listed, with what it is now"
    assert cases.ui.worklistSummary.text() == "2 to read, 1 read"
    gananomaly.panel.worklist.keys["Shift+PgDown"]()
    cases.wait()
    assert cases.bold == ["p3"]
    gananomaly.panel.worklist.step(1)
    assert cases.told == "This is the last case of the list."
    gananomaly.panel.worklist.keys["Shift+PgUp"]()
    cases.wait()
    gananomaly.panel.worklist.step(-1)
    cases.wait()
    assert cases.bold == ["p1"]
    assert gananomaly.ui.verdictCombo.currentText() == "abnormal", "what was said is there again"
    gananomaly.panel.worklist.step(-1)
    assert cases.told == "This is the first of the list."
    slicer_app.press(gananomaly.ui.worklistRefreshButton)
    cases.wait()
    assert cases.names == ["p2", "p3"]
    cases.choose_state("Read")
    assert cases.names == ["p1"]


def test_texts_and_orders(slicer_app, cases):
    cases.ui.worklistFindEdit.setText("p3")
    slicer_app.wait_until(lambda: cases.names == ["p3"])
    cases.ui.worklistFindEdit.setText("")
    slicer_app.wait_until(lambda: len(cases.names) == 3)
    cases.choose_state("To adjudicate")
    assert cases.cells == []
    assert cases.ui.worklistSummary.text() == "3 to read"


def test_what_the_user_made_and_what_was_opened_by_hand_stays(slicer_app, gananomaly, cases, results):
    from GANAnomalyLib.scene.volume_nodes import add_volume
    from GANAnomalyLib.volume import read_volume

    scan = read_volume(results[0].parents[1] / "scan1.nii.gz")
    by_hand = add_volume(slicer_app.scene, "CT", scan.voxels, scan.ijk_to_ras)
    gananomaly.parameters.inputVolume = by_hand
    gananomaly.panel.open_result(results[0])
    cases.wait()
    assert cases.bold == ["p1"], "a result that is on the list is marked, however it was opened"
    gananomaly.panel.worklist.step(1)
    cases.wait()
    assert slicer_app.scene.IsNodePresent(by_hand), "nobody asked for it to go"
    ct = gananomaly.parameters.inputVolume
    assert ct is not by_hand
    segmentation = slicer_app.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(ct)
    gananomaly.panel.worklist.step(1)
    cases.wait()
    assert cases.bold == ["p3"]
    assert slicer_app.scene.IsNodePresent(ct)
    assert slicer_app.scene.IsNodePresent(segmentation)
    gananomaly.panel.worklist.step(-1)
    cases.wait()
    assert gananomaly.parameters.inputVolume is ct, "one that is there is not opened a second time"


def test_a_case_whose_voxels_were_edited_stays(slicer_app, gananomaly, cases):
    cases.open(0)
    ct = gananomaly.parameters.inputVolume
    slicer_app.slicer.util.arrayFromVolume(ct)[0] = 0
    slicer_app.slicer.util.arrayFromVolumeModified(ct)
    gananomaly.panel.worklist.step(1)
    cases.wait()
    assert slicer_app.scene.IsNodePresent(ct)


def test_faults_of_the_next_case_are_told_when_it_is_opened(slicer_app, gananomaly, cases, results):
    (results[1] / "heatmap.nrrd").write_bytes(b"no map")
    cases.open(0)
    assert cases.told == "p1 is shown."
    shown = gananomaly.parameters.inputVolume
    gananomaly.panel.worklist.step(1)
    cases.wait()
    assert "heatmap.nrrd" in cases.told
    assert gananomaly.parameters.inputVolume is shown
    assert cases.bold == ["p1"]
    shutil.rmtree(results[1])
    cases.open(1)
    assert "p2" in cases.told


def test_a_case_that_was_changed_since_it_was_read_is_read_again(slicer_app, gananomaly, cases, results):
    from GANAnomalyLib.review.decisions import save_decisions

    cases.open(0)
    rows = gananomaly.rows()
    rows[0].decision, rows[0].decided = "accepted", "2026-01-02T03:04:05+00:00"
    save_decisions(results[1], rows)
    gananomaly.panel.worklist.step(1)
    cases.wait()
    assert gananomaly.rows()[0].decision == "accepted"


def test_one_that_is_chosen_meanwhile_comes_instead(slicer_app, gananomaly, cases):
    cases.ui.worklistTable.cellDoubleClicked.emit(0, 0)
    slicer_app.wait_until(lambda: gananomaly.panel.runner.showing)
    cases.ui.worklistTable.cellDoubleClicked.emit(1, 0)
    cases.ui.worklistTable.cellDoubleClicked.emit(2, 0)
    cases.wait()
    assert cases.told == "p3 is shown."
    assert len(cases.cts()) == 1


def test_a_scene_that_is_closed_meanwhile_stays_empty(slicer_app, gananomaly, cases):
    cases.open(0)
    cases.ui.worklistTable.cellDoubleClicked.emit(1, 0)
    slicer_app.close_scene()
    gananomaly.widget.enter()
    cases.wait()
    assert cases.cts() == []
    cases.open(1)
    assert cases.told == "p2 is shown."


def test_a_database_that_is_away_is_told(slicer_app, gananomaly, cases, monkeypatch, tmp_path):
    in_the_way = tmp_path / "no folder"
    in_the_way.write_text("")
    monkeypatch.setenv("GANANOMALY_REVIEW", str(in_the_way / "review.db"))
    slicer_app.press(gananomaly.ui.worklistRefreshButton)
    cases.wait()
    assert "no folder" in cases.told
    assert cases.names == ["p1", "p2", "p3"]
    cases.open(1)
    assert "no folder" in cases.told
    assert cases.cts() == []


def test_little_memory_reads_nothing_ahead_but_what_is_asked_for(slicer_app, gananomaly, cases, monkeypatch):
    from GANAnomalyPanel import case_opening

    monkeypatch.setattr(case_opening, "free_memory", lambda: 1 << 20)
    cases.open(0)
    assert not cases.opening.has(cases.worklist._cases[1])
    gananomaly.panel.worklist.step(1)
    cases.wait()
    assert cases.told == "p2 is shown."


def test_a_study_hides_its_cases_and_does_not_let_them_be_opened(slicer_app, gananomaly, cases):
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.study.study_design import design_of
    from GANAnomalyLib.review.study.study_record import create_study

    design = {
        "name": "heat",
        "cases": [{"case": f"{1:064x}", "name": "C7"}],
        "readers": [READER],
        "conditions": [{"name": "without", "heatmap": False}],
        "plan": {"title": "Heat", "metric": "auc", "treatments": ["without"]},
    }
    with ReviewDatabase.open() as database:
        create_study(database, design_of(design), ReaderName("Head"))
    cases.open(0)  # the list is of before
    assert "is read in the study heat" in cases.told
    assert cases.cts() == []
    slicer_app.press(gananomaly.ui.worklistRefreshButton)
    cases.wait()
    assert cases.cells == [[*cases.cells[0]], [*cases.cells[1]], ["C7 (study heat)", "", "to read"]]
    assert cases.names[:2] == ["p2", "p3"]
    cases.open(2)
    assert "is read in the study heat" in cases.told
    cases.open(1)
    gananomaly.panel.worklist.step(1)
    assert cases.told == "This is the last case of the list."


@pytest.mark.slow
def test_a_scan_that_waits_is_opened_analysed_and_then_on_the_list(slicer_app, gananomaly, tmp_path):
    from GANAnomalyLib.review.store.listed_scans import add_scans
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    with ReviewDatabase.open() as database:
        add_scans(database, [(DATA / TORSO, "torso")], ReaderName(READER))
    cases = List(slicer_app, gananomaly)
    cases.switch_on()
    assert cases.ui.worklistSummary.text() == "1 to analyse"
    cases.choose_state("To analyse")
    cases.open(0)
    assert cases.told == "torso is to be analysed: press Analyse."
    assert gananomaly.parameters.inputVolume is cases.cts()[0]
    gananomaly.few_slices((SLICES[0], SLICES[0] + 2))
    gananomaly.analyse()
    cases.wait()
    assert cases.cells == []
    assert cases.ui.worklistSummary.text() == "1 to read"
    cases.choose_state("To read")
    assert len(cases.cells) == 1
    slicer_app.close_scene()
    gananomaly.widget.enter()
    cases.open(0)
    assert "is shown." in cases.told
    assert gananomaly.ui.findingsTable.rowCount() > 0
