"""What a reader keeps: result folder, scene, table, segmentation; and opening a result made elsewhere."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import shutil

import pytest


@pytest.fixture
def chosen(slicer_app):
    """A list of answers to file dialogs, in order."""

    class Answers:
        def append(self, path) -> None:
            slicer_app.dialogs.answer(str(path))

        def extend(self, paths) -> None:
            slicer_app.dialogs.answer(*(str(path) for path in paths))

    return Answers()


def decide_two(slicer_app, reviewed):
    reviewed.click_finding(0)
    slicer_app.press(reviewed.ui.acceptButton)
    reviewed.ui.commentEdit.setText("=needle")
    slicer_app.press(reviewed.ui.nextButton)
    slicer_app.press(reviewed.ui.rejectButton)


def test_a_result_folder_comes_back_with_its_decisions(slicer_app, reviewed, chosen, tmp_path):
    decide_two(slicer_app, reviewed)
    target = tmp_path / "kept"
    target.mkdir()
    chosen.append(target)
    slicer_app.press(reviewed.ui.saveFolderButton)
    saved = target / "gananomaly_result"
    assert (saved / "result.json").is_file()
    assert str(saved) in reviewed.ui.statusLabel.text()
    decisions = json.loads((saved / "decisions.json").read_text(encoding="utf-8"))
    assert "accepted" in json.dumps(decisions)

    slicer_app.close_scene()
    reviewed.widget.enter()
    reviewed.load()
    chosen.append(saved)
    slicer_app.press(reviewed.ui.openResultButton)
    assert [row.decision for row in reviewed.rows()[:2]] == ["accepted", "rejected"]
    assert reviewed.rows()[0].comment == "=needle"


def test_the_table_opens_in_a_spreadsheet(slicer_app, reviewed, chosen, tmp_path):
    decide_two(slicer_app, reviewed)
    chosen.append(tmp_path / "findings")
    slicer_app.press(reviewed.ui.saveTableButton)
    text = (tmp_path / "findings.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(text.decode("utf-8-sig").splitlines()))
    assert len(rows) == len(reviewed.rows())
    assert any("'=needle" in value for value in rows[0].values())


def report_words(path) -> str:
    return html.unescape(re.sub(r"(?s)<style.*?</style>|<[^>]*>", " ", path.read_text(encoding="utf-8")))


def test_a_report_has_the_decisions_of_the_scene(slicer_app, reviewed, chosen, tmp_path):
    decide_two(slicer_app, reviewed)
    reviewed.click_finding(0)
    reviewed.ui.commentEdit.setText("<i>Größe</i>")
    chosen.append(tmp_path / "case.html")
    slicer_app.press(reviewed.ui.saveReportButton)
    told = report_words(tmp_path / "case.html")
    assert str(tmp_path / "case.html") in reviewed.ui.statusLabel.text()
    for text in ("Finding 1: accepted", "Finding 2: rejected", "<i>Größe</i>", "Coronal", "Case report"):
        assert text in told
    chosen.append(tmp_path / "case")
    slicer_app.press(reviewed.ui.saveReportButton)
    assert (tmp_path / "case.pdf").read_bytes().startswith(b"%PDF")


def test_a_report_of_a_ct_that_changed_shows_what_was_analysed(slicer_app, reviewed, chosen, tmp_path):
    decide_two(slicer_app, reviewed)
    slicer_app.slicer.util.arrayFromVolume(reviewed.parameters.inputVolume)[:] = 0
    slicer_app.slicer.util.arrayFromVolumeModified(reviewed.parameters.inputVolume)
    slicer_app.process()
    chosen.append(tmp_path / "case.html")
    slicer_app.press(reviewed.ui.saveReportButton)
    page = (tmp_path / "case.html").read_text(encoding="utf-8")
    pictures = {len(data) for data in re.findall('base64,([^"]*)', page)}
    assert min(pictures) > 5000, "black pictures are small"


def test_a_report_speaks_slicers_language(slicer_app, speaking, request, chosen, tmp_path):
    speaking("de-DE")
    reviewed = request.getfixturevalue("reviewed")
    decide_two(slicer_app, reviewed)
    chosen.append(tmp_path / "fall.html")
    slicer_app.press(reviewed.ui.saveReportButton)
    assert "Befund 1: angenommen" in report_words(tmp_path / "fall.html")


def test_what_a_report_lacks_is_installed_on_request_only(slicer_app, reviewed, chosen, tmp_path, monkeypatch):
    from GANAnomalyPanel import install

    there = []
    monkeypatch.setattr(install, "_satisfied", lambda item: item in there)
    monkeypatch.setattr(install, "_install_packages", lambda packages, by_hand: there.extend(packages))
    chosen.extend([tmp_path / "case.pdf", "cancel", tmp_path / "case.pdf", "ok"])
    slicer_app.press(reviewed.ui.saveReportButton)
    assert "reportlab" in slicer_app.dialogs.texts[-1]
    assert reviewed.ui.statusLabel.text() == "No report was written: reportlab is missing."
    assert list(tmp_path.glob("case*")) == []
    slicer_app.press(reviewed.ui.saveReportButton)
    assert there == ["reportlab>=4.2"]
    assert (tmp_path / "case.pdf").is_file()


def test_scene_and_segmentation_are_files_slicer_opens(slicer_app, reviewed, chosen, tmp_path):
    chosen.extend([tmp_path / "findings.seg.nrrd", tmp_path / "review.mrb"])
    slicer_app.press(reviewed.ui.saveSegmentationButton)
    slicer_app.press(reviewed.ui.saveSceneButton)
    count = len(reviewed.rows())
    node = slicer_app.slicer.util.loadSegmentation(str(tmp_path / "findings.seg.nrrd"))
    assert node.GetSegmentation().GetNumberOfSegments() == count
    slicer_app.load_scene(tmp_path / "review.mrb")
    reviewed.widget.enter()
    assert len(reviewed.rows()) == count


def test_a_cancelled_dialog_changes_nothing(slicer_app, reviewed, chosen):
    told = reviewed.ui.statusLabel.text()
    chosen.extend(["", "", "", "", "", ""])
    for name in ("saveFolder", "saveScene", "saveTable", "saveSegmentation", "saveReport", "openResult"):
        slicer_app.press(getattr(reviewed.ui, f"{name}Button"))
    assert reviewed.ui.statusLabel.text() == told


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(slicer_app, reviewed, chosen, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    chosen.append(locked / "findings.csv")
    slicer_app.press(reviewed.ui.saveTableButton)
    assert "findings.csv" in reviewed.ui.statusLabel.text()


def test_what_is_no_result_is_refused(slicer_app, reviewed, chosen, tmp_path, finished):
    count = slicer_app.scene.GetNumberOfNodes()
    broken = shutil.copytree(finished, tmp_path / "broken")
    (broken / "heatmap.nrrd").write_bytes(b"NRRD0004\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (empty, broken):
        chosen.append(folder)
        slicer_app.press(reviewed.ui.openResultButton)
        assert folder.name in reviewed.ui.statusLabel.text()
        assert slicer_app.scene.GetNumberOfNodes() == count


def test_a_result_of_another_ct_is_refused(slicer_app, reviewed, chosen, finished):
    reviewed.load("GANAnomalyTorso")
    chosen.append(finished)
    slicer_app.press(reviewed.ui.openResultButton)
    assert reviewed.nodes() is None
    assert reviewed.ui.statusLabel.text()


@pytest.mark.slow
def test_a_model_is_added_from_a_file(slicer_app, gananomaly, chosen, tmp_path, monkeypatch):
    from GANAnomalyLib.models.registry import find_model

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home"))
    source = tmp_path / "mine.safetensors"
    shutil.copy(find_model("demo"), source)
    chosen.append(source)
    slicer_app.press(gananomaly.ui.addModelButton)
    slicer_app.wait_until(lambda: not gananomaly.panel.runner.running)
    assert "was added" in gananomaly.ui.statusLabel.text()
    assert gananomaly.parameters.model == "mine"
    names = [gananomaly.ui.modelCombo.itemData(row) for row in range(gananomaly.ui.modelCombo.count())]
    assert "mine" in names

    hostile = tmp_path / "hostile.pkl"
    hostile.write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "owned").encode() + b"'\ntR.")
    chosen.append(hostile)
    slicer_app.press(gananomaly.ui.addModelButton)
    slicer_app.wait_until(lambda: not gananomaly.panel.runner.running)
    assert "hostile" in gananomaly.ui.statusLabel.text()
    assert not (tmp_path / "owned").exists()


def test_a_model_that_was_added_can_be_removed(slicer_app, gananomaly, tmp_path, monkeypatch):
    from GANAnomalyLib.models.model_folders import user_folder
    from GANAnomalyLib.models.registry import find_model

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home"))
    ui = gananomaly.ui
    assert not ui.removeModelButton.isEnabled(), "the bundled one stays"
    user_folder().mkdir(parents=True)
    mine = user_folder() / "mine.safetensors"
    shutil.copy(find_model("demo"), mine)
    gananomaly.parameters.model = "mine"
    gananomaly.panel.set_parameters(gananomaly.parameters)
    assert "MB)" in ui.modelCombo.currentText()
    assert "On disk:" in ui.modelCombo.toolTip()
    slicer_app.dialogs.answer("cancel")
    slicer_app.press(ui.removeModelButton)
    assert "mine" in slicer_app.dialogs.texts[-1]
    assert mine.exists()
    slicer_app.dialogs.answer("ok")
    slicer_app.press(ui.removeModelButton)
    assert not mine.exists()
    assert gananomaly.parameters.model == "demo_memory"
    assert ui.modelCombo.itemData(ui.modelCombo.currentIndex()) == "demo_memory"
    assert ui.statusLabel.text() == "The model mine was removed."
    assert not ui.removeModelButton.isEnabled()


@pytest.fixture
def no_reader(slicer_app):
    """A user who typed no name, at first and last."""
    slicer_app.slicer.app.userSettings().setValue("GANAnomaly/Reader", "")
    yield
    slicer_app.slicer.app.userSettings().setValue("GANAnomaly/Reader", "")


def typed(slicer_app, field, text) -> None:
    field.setText(text)
    field.editingFinished.emit()
    slicer_app.process()


def test_a_report_names_whom_the_reader_names(slicer_app, no_reader, reviewed, chosen, tmp_path):
    ui = reviewed.ui
    typed(slicer_app, ui.readerEdit, '  Dr. "J"  Müßig ')
    slicer_app.choose(ui.verdictCombo, "abnormal")
    ui.reportPatientEdit.setText("Erika <Muster> *1970")
    chosen.extend([tmp_path / "named.html", tmp_path / "other.html"])
    slicer_app.press(ui.saveReportButton)
    told = report_words(tmp_path / "named.html")
    for text in ('Dr. "J" Müßig', "Erika <Muster> *1970"):
        assert text in told
    reviewed.load("GANAnomalyTorso")
    assert ui.reportPatientEdit.text() == "", "another scan is another patient's"
    assert ui.readerEdit.text() == 'Dr. "J" Müßig', "the reader stays"
    assert slicer_app.slicer.app.userSettings().value("GANAnomaly/Reader") == 'Dr. "J" Müßig'
    typed(slicer_app, ui.readerEdit, "x" * 300)
    assert "has more than 200 characters" in ui.statusLabel.text()
    assert ui.readerEdit.text() == 'Dr. "J" Müßig'


def test_nobody_is_named_unasked(slicer_app, no_reader, reviewed, chosen, tmp_path, monkeypatch):
    monkeypatch.setenv("GANANOMALY_READER", "Account Name")
    chosen.append(tmp_path / "plain.html")
    slicer_app.press(reviewed.ui.saveReportButton)
    assert "Account Name" not in report_words(tmp_path / "plain.html")
