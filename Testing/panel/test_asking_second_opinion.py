"""The button *Second opinion*: a classifier of findings judges the shown result in the worker, and fills the column."""

from __future__ import annotations

import json
import shutil

import pytest
from classifiers.small_classifier import write_classifier
from classifiers.small_opinions import write_of_findings
from panel.test_second_opinion import COLUMN, cells


@pytest.fixture
def installed(tmp_path, monkeypatch, finished):
    """A classifier of findings such as the result has, in the models folder, beside one of something else."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("GANANOMALY_MODELS", str(folder))
    write_classifier(folder / "moles.safetensors")
    return of_findings_like(finished, folder / "second.safetensors")


def of_findings_like(result, path, **changes):
    import dataclasses

    from GANAnomalyLib.classifiers.architecture import FindingsSeen

    manifest = json.loads((result / "result.json").read_text())
    return write_of_findings(path, **{**dataclasses.asdict(FindingsSeen.of_result(manifest)), **changes})


def menu(panel) -> dict:
    """The entries as the menu shows them when it opens."""
    shown = panel.ui.secondOpinionButton.menu()
    shown.aboutToShow.emit()
    return {action.text(): action for action in shown.actions() if action.text()}


def ask(panel, entry: str) -> str:
    """Press an entry and wait; what the panel said at the end."""
    menu(panel)[entry].trigger()
    panel.app.wait_until(lambda: not panel.panel.runner.running)
    panel.app.process()
    return panel.ui.statusLabel.text()


def test_the_button_is_there_with_a_result_and_lists_classifiers_of_findings(gananomaly, finished, installed, tmp_path):
    button = gananomaly.ui.secondOpinionButton
    gananomaly.load()
    assert not button.isEnabled()
    gananomaly.panel.open_result(shutil.copytree(finished, tmp_path / "opened"))
    gananomaly.app.process()
    assert button.isEnabled()
    listed = menu(gananomaly)
    assert list(listed) == ["second", "Choose a file ..."]
    for word in ("11 accepted", "12 rejected", "6 patients", "Research use only"):
        assert word in listed["second"].toolTip()


def test_the_worker_asks_and_the_column_is_filled(reviewed, installed):
    from GANAnomalyLib.review.opinions import load_opinions
    from GANAnomalyLib.scene.result_nodes import facts_of

    table, count = reviewed.ui.findingsTable, len(reviewed.rows())
    reviewed.panel.findings.select(2)
    reviewed.app.press(reviewed.ui.acceptButton)
    reviewed.ui.commentEdit.setText("hm")
    menu(reviewed)["second"].trigger()
    assert reviewed.panel.runner.running, "in a process of its own: the panel is free"
    assert not reviewed.ui.secondOpinionButton.isEnabled()
    assert not reviewed.ui.analyzeButton.isEnabled()
    reviewed.app.wait_until(lambda: not reviewed.panel.runner.running)
    reviewed.app.process()
    assert reviewed.ui.statusLabel.text() == "The second opinion of second is in the list."
    assert not table.isColumnHidden(COLUMN)
    assert len(cells(table)) == count
    kept = load_opinions(facts_of(reviewed.nodes()).folder)
    assert [row.opinion for row in reviewed.rows()] == pytest.approx([kept.by_rank()[n + 1] for n in range(count)])
    assert reviewed.panel.findings.rank == 2
    assert reviewed.rows()[1].decision == "accepted"
    assert reviewed.ui.secondOpinionButton.isEnabled()
    assert not reviewed.ui.progressBar.isVisible()
    end = table.columnViewportPosition(COLUMN) + table.columnWidth(COLUMN)
    assert 0 < end <= table.viewport().width(), "scrolled into sight"
    # Asked again, the later one counts, and nothing is there twice.
    ask(reviewed, "second")
    columns = [reviewed.nodes().findings_table.GetTable().GetColumnName(n) for n in range(20)]
    assert columns.count("second opinion") == 1


def test_a_file_that_the_user_chooses(slicer_app, reviewed, finished, tmp_path, monkeypatch):
    monkeypatch.setenv("GANANOMALY_MODELS", str(tmp_path))
    assert list(menu(reviewed)) == ["No classifier of findings is installed", "Choose a file ..."]
    chosen = of_findings_like(finished, tmp_path / "elsewhere" / "mine.safetensors")
    slicer_app.dialogs.answer("")
    menu(reviewed)["Choose a file ..."].trigger()
    assert not reviewed.panel.runner.running
    slicer_app.dialogs.answer(str(chosen))
    assert ask(reviewed, "Choose a file ...") == "The second opinion of mine is in the list."
    assert list(menu(reviewed)) == ["mine", "Choose a file ..."]


def test_what_cannot_be_asked_is_one_sentence_and_changes_nothing(slicer_app, reviewed, finished, installed, tmp_path):
    other = of_findings_like(finished, tmp_path / "other.safetensors", model="lung", hash="sha256:11")
    slicer_app.dialogs.answer(str(other))
    said = ask(reviewed, "Choose a file ...")
    assert "not of lung, from which the classifier other learnt" in said
    moles = write_classifier(tmp_path / "moles.safetensors")
    slicer_app.dialogs.answer(str(moles))
    assert "learnt from no findings" in ask(reviewed, "Choose a file ...")
    assert list(menu(reviewed)) == ["second", "other", "Choose a file ..."], "moles is none of findings"
    assert reviewed.ui.findingsTable.isColumnHidden(COLUMN)
    assert reviewed.ui.secondOpinionButton.isEnabled()
    # A result that came with a saved scene has no pictures any more.
    shutil.rmtree(tmp_path / "opened")
    assert "own files are gone" in ask(reviewed, "second")


def test_it_can_be_cancelled(reviewed, installed, tmp_path):
    menu(reviewed)["second"].trigger()
    reviewed.app.press(reviewed.ui.cancelButton)
    reviewed.app.wait_until(lambda: not reviewed.panel.runner.running)
    reviewed.app.process()
    assert reviewed.ui.statusLabel.text() == "Cancelled: the findings are as they were."
    assert reviewed.ui.findingsTable.isColumnHidden(COLUMN)
    assert not (tmp_path / "opened" / "opinions.json").exists()


def test_a_result_that_went_meanwhile(slicer_app, reviewed, finished, installed, tmp_path):
    menu(reviewed)["second"].trigger()
    other = shutil.copytree(finished, tmp_path / "other")
    reviewed.panel.open_result(other)
    slicer_app.wait_until(lambda: not reviewed.panel.runner.running)
    slicer_app.process()
    assert "not shown any more" in reviewed.ui.statusLabel.text()
    assert reviewed.ui.findingsTable.isColumnHidden(COLUMN)
    assert (tmp_path / "opened" / "opinions.json").exists()
    menu(reviewed)["second"].trigger()
    slicer_app.close_scene()
    assert not reviewed.panel.runner.running
    assert not reviewed.ui.secondOpinionButton.isEnabled()
