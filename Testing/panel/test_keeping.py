"""Decisions into the review database too: where it is switched on, without waiting for it, nothing lost without it."""

from __future__ import annotations

import os

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

READER = 'Dr. "J" Müßig'


@pytest.fixture(autouse=True)
def user(own_user):
    own_user(READER)


def wait(slicer_app, reviewed) -> None:
    slicer_app.wait_until(lambda: not reviewed.panel.keeping.busy)
    slicer_app.process()


def switch_on(slicer_app, reviewed) -> None:
    reviewed.ui.keepCheckBox.setChecked(True)
    slicer_app.process()


def held(place=None) -> list[tuple]:
    """All that was ever decided: rank, word, comment, reader, program, in its order."""
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.store.review_tables import decision, finding, reader, session

    columns = (finding.c.rank, decision.c.decision, decision.c.comment, reader.c.name, session.c.program)
    joined = (
        decision.join(finding, finding.c.id == decision.c.finding_id)
        .join(reader, reader.c.id == decision.c.reader_id)
        .join(session, session.c.id == decision.c.session_id)
    )
    with ReviewDatabase.open(place) as database, database.reading() as connection:
        rows = connection.execute(sa.select(*columns).select_from(joined).order_by(decision.c.recorded))
        return [tuple(row) for row in rows]


def test_nothing_is_kept_unless_asked_for(slicer_app, reviewed, tmp_path):
    assert not reviewed.ui.keepCheckBox.isChecked()
    reviewed.click_finding(0)
    slicer_app.press(reviewed.ui.acceptButton)
    assert not (tmp_path / "home").exists() or not list((tmp_path / "home").rglob("review*"))


def test_each_decision_comment_and_undo_is_kept(slicer_app, reviewed):
    switch_on(slicer_app, reviewed)
    reviewed.click_finding(1)
    slicer_app.press(reviewed.ui.acceptButton)
    reviewed.ui.commentEdit.setText("größer")
    reviewed.ui.commentEdit.editingFinished.emit()
    slicer_app.press(reviewed.ui.acceptButton)
    slicer_app.press(reviewed.ui.rejectButton)
    wait(slicer_app, reviewed)
    said = (READER, "3D Slicer panel")
    assert held() == [
        (2, "accepted", "", *said),
        (2, "accepted", "größer", *said),
        (2, "", "größer", *said),
        (2, "rejected", "größer", *said),
    ]
    row = reviewed.rows()[1]
    assert (row.decision, row.comment) == ("rejected", "größer"), "the scene has it as ever"
    assert slicer_app.slicer.app.userSettings().value("GANAnomaly/KeepDecisions") == "true"
    reviewed.ui.keepCheckBox.setChecked(False)
    slicer_app.press(reviewed.ui.unsureButton)
    wait(slicer_app, reviewed)
    assert len(held()) == 4


def test_the_database_and_a_result_folder_know_the_same_case(slicer_app, reviewed, finished, tmp_path):
    from GANAnomalyLib.review.decisions import load_decisions
    from GANAnomalyLib.review.store.exchange_results import export_result, import_result
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    switch_on(slicer_app, reviewed)
    reviewed.click_finding(0)
    slicer_app.press(reviewed.ui.unsureButton)
    wait(slicer_app, reviewed)
    with ReviewDatabase.open() as database:
        folder = tmp_path / "opened"
        export_result(database, folder, ReaderName.of())
        assert next((one.rank, one.decision) for one in load_decisions(folder)) == (1, "unsure")
        assert load_decisions(folder)[0].decided == reviewed.rows()[0].decided
        assert import_result(database, folder).decisions == 0


def test_a_database_that_is_away_is_told_once_and_nothing_is_lost(slicer_app, reviewed, monkeypatch, tmp_path):
    from GANAnomalyLib.review.store.unsent_decisions import unsent

    in_the_way = tmp_path / "no folder"
    in_the_way.write_text("")
    monkeypatch.setenv("GANANOMALY_REVIEW", str(in_the_way / "review.db"))
    switch_on(slicer_app, reviewed)
    reviewed.click_finding(0)
    slicer_app.press(reviewed.ui.acceptButton)
    wait(slicer_app, reviewed)
    told = reviewed.ui.statusLabel.text()
    assert "they are kept on this computer" in told
    assert "no folder" in told
    reviewed.panel.tell("")
    slicer_app.press(reviewed.ui.nextButton)
    slicer_app.press(reviewed.ui.rejectButton)
    wait(slicer_app, reviewed)
    assert reviewed.ui.statusLabel.text() == ""
    assert [row.decision for row in reviewed.rows()[:2]] == ["accepted", "rejected"]
    assert len(unsent()) == 2

    in_the_way.unlink()
    reviewed.panel.keeping.send()
    wait(slicer_app, reviewed)
    assert [row[:2] for row in held()] == [(1, "accepted"), (2, "rejected")]
    assert unsent() == []
    assert reviewed.ui.statusLabel.text() == "The review database took 2 decisions that had waited."


def test_one_that_is_held_by_another_does_not_keep_the_window(slicer_app, reviewed, tmp_path, monkeypatch):
    import sqlite3

    place = tmp_path / "held.db"
    monkeypatch.setenv("GANANOMALY_REVIEW", str(place))
    held(place)
    switch_on(slicer_app, reviewed)
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    reviewed.click_finding(0)
    for n in range(40):
        slicer_app.press((reviewed.ui.acceptButton, reviewed.ui.rejectButton)[n % 2])
    assert reviewed.panel.keeping.busy
    assert reviewed.rows()[0].decision == "rejected"
    holder.execute("COMMIT")
    holder.close()
    wait(slicer_app, reviewed)
    assert [row[1] for row in held(place)] == ["accepted", "rejected"] * 20


def test_a_result_that_is_opened_again_has_the_readers_own_decisions(slicer_app, reviewed, tmp_path, monkeypatch):
    from GANAnomalyLib.review.decisions import save_decisions

    switch_on(slicer_app, reviewed)
    reviewed.click_finding(0)
    slicer_app.press(reviewed.ui.acceptButton)
    slicer_app.press(reviewed.ui.nextButton)
    slicer_app.press(reviewed.ui.rejectButton)
    wait(slicer_app, reviewed)
    older = reviewed.rows()[:3]
    older[1].decision, older[1].decided = "unsure", "2020-01-02T03:04:05+00:00"
    older[2].decision, older[2].decided = "unsure", "2020-01-02T03:04:05+00:00"
    save_decisions(tmp_path / "opened", older[1:])
    for reader, words in (
        (READER, ["accepted", "rejected", "unsure"]),
        ("another", ["", "unsure", "unsure"]),
    ):
        monkeypatch.setenv("GANANOMALY_READER", reader)
        slicer_app.close_scene()
        reviewed.widget.enter()
        reviewed.load()
        reviewed.panel.open_result(tmp_path / "opened")
        assert [row.decision for row in reviewed.rows()[:3]] == words


def test_what_waited_is_brought_in_by_the_next_session(slicer_app, reviewed, monkeypatch):
    from GANAnomalyPanel.keeping import Keeping

    from GANAnomalyLib.review.store.unsent_decisions import unsent

    switch_on(slicer_app, reviewed)
    with monkeypatch.context() as patch:
        patch.setattr(Keeping, "send", lambda self: None)  # as if Slicer had been killed right after
        reviewed.click_finding(0)
        slicer_app.press(reviewed.ui.acceptButton)
    assert len(unsent()) == 1
    again = Keeping(reviewed.ui, reviewed.panel.tell)
    slicer_app.wait_until(lambda: not again.busy)
    again.close()
    assert [row[:2] for row in held()] == [(1, "accepted")]


def test_packages_are_installed_only_when_agreed(slicer_app, reviewed, monkeypatch):
    from GANAnomalyPanel import install

    monkeypatch.setattr(install, "_satisfied", lambda item: False)
    slicer_app.dialogs.answer("cancel")
    switch_on(slicer_app, reviewed)
    assert "SQLAlchemy, alembic" in slicer_app.dialogs.texts[-1]
    assert not reviewed.ui.keepCheckBox.isChecked()
    assert "Nothing was installed. The review database needs: SQLAlchemy" in reviewed.ui.statusLabel.text()
    assert "slicer.util.pip_install(" in reviewed.ui.statusLabel.text()
    assert slicer_app.slicer.app.userSettings().value("GANAnomaly/KeepDecisions") == "false"


def test_a_script_decides_in_both(slicer_app, reviewed):
    reviewed.logic.decide(reviewed.nodes(), 1, "accepted", "by hand")
    switch_on(slicer_app, reviewed)
    row = reviewed.logic.decide(reviewed.nodes(), 2, "rejected")
    assert (row.rank, row.decision) == (2, "rejected")
    assert [one.decision for one in reviewed.rows()[:2]] == ["accepted", "rejected"]
    assert [(*one[:2], one[4]) for one in held()] == [(2, "rejected", "3D Slicer console")]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_disk_that_takes_nothing_is_told_and_the_scene_keeps_it(slicer_app, reviewed, tmp_path):
    switch_on(slicer_app, reviewed)
    (tmp_path / "home").mkdir(mode=0o500, exist_ok=True)
    reviewed.click_finding(0)
    slicer_app.press(reviewed.ui.acceptButton)
    assert reviewed.rows()[0].decision == "accepted"
    assert "cannot be written" in reviewed.ui.statusLabel.text()


def test_marks_verdicts_and_what_is_taken_back_are_kept(slicer_app, reviewed):
    from panel.test_own_findings import click_box

    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.store.review_tables import added_finding, decision, verdict

    switch_on(slicer_app, reviewed)
    slicer_app.press(reviewed.ui.markBoxButton)
    click_box(slicer_app, reviewed, (40, 40, 77), (50, 48, 77))
    reviewed.ui.labelCombo.setEditText("nodule")
    reviewed.ui.labelCombo.lineEdit().editingFinished.emit()
    reviewed.panel.reading.judging.press_verdict("abnormal")
    reviewed.panel.reading.judging.press_confidence(4)
    reviewed.click_finding(0)
    slicer_app.choose(reviewed.ui.confidenceCombo, 2)
    for _step in range(5):
        slicer_app.press(reviewed.ui.undoButton)
    assert not reviewed.ui.undoButton.isEnabled()
    wait(slicer_app, reviewed)
    with ReviewDatabase.open() as database, database.reading() as connection:

        def told(table, *names):
            chosen = sa.select(*[table.c[name] for name in names]).order_by(table.c.decided)
            return [tuple(row) for row in connection.execute(chosen)]

        assert told(decision, "decision", "confidence") == [("", 2), ("", None)]
        said = [("abnormal", None), ("abnormal", 4), ("abnormal", None), ("", None)]
        assert told(verdict, "verdict", "confidence") == said
        marks = told(added_finding, "label_code", "withdrawn", "size_i")
        assert [(code, gone) for code, gone, _size in marks] == [
            ("", False),
            ("27925004", False),
            ("", False),
            ("", True),
        ]
        assert marks[0][2] == pytest.approx(30, abs=0.1)
        assert len({row[0] for row in told(added_finding, "mark")}) == 1


def test_what_was_marked_comes_back_with_the_result(slicer_app, reviewed, tmp_path):
    from panel.test_own_findings import click_point, own

    switch_on(slicer_app, reviewed)
    slicer_app.press(reviewed.ui.markPointButton)
    click_point(slicer_app, reviewed, (50, 40, 77))
    reviewed.panel.reading.judging.press_verdict("normal")
    wait(slicer_app, reviewed)
    made = own(reviewed)
    slicer_app.scene.Clear(False)
    slicer_app.process()
    reviewed.load()
    reviewed.panel.open_result(tmp_path / "opened")
    slicer_app.process()
    assert own(reviewed) == made
    assert reviewed.ui.verdictCombo.currentText() == "normal"
