"""Readings of a study: gone on with, timed, amended, blinded, settled; faults are sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from review.study_made import COUNT, DAY, HEAD, MINUTE, ONE, START, TWO, read_all, rows_of, written  # noqa: E402

from GANAnomalyLib.errors import InputError  # noqa: E402
from GANAnomalyLib.review.store.reader_study_tables import (  # noqa: E402
    closed_reading,
)
from GANAnomalyLib.review.study.assign_readings import assign_study  # noqa: E402
from GANAnomalyLib.review.study.settle_cases import keep_to_settle, settle, to_settle  # noqa: E402
from GANAnomalyLib.review.study.study_design import read_design  # noqa: E402
from GANAnomalyLib.review.study.study_record import (  # noqa: E402
    check_may_see,
    create_study,
    finish_study,
)
from GANAnomalyLib.review.study.study_rows import located_rows, study_rows  # noqa: E402
from GANAnomalyLib.review.study.study_status import study_names, study_status  # noqa: E402
from GANAnomalyLib.review.study.take_readings import (  # noqa: E402
    Mark,
    amend_reading,
    close_reading,
    current_reading,
    open_reading,
    sign_of_reading,
)


def test_a_reader_goes_on_where_it_stopped(either, tmp_path):
    create_study(either, read_design(written(tmp_path)), HEAD)
    assign_study(either, "heat", HEAD)
    first = open_reading(either, "heat", ONE, START)
    assert (first.session, first.place, first.of, first.reading, first.resumed) == (1, 1, COUNT, 1, False)
    assert (Path(first.folder) / "result.json").is_file()
    again = open_reading(either, "heat", ONE, START + 2 * MINUTE)
    assert (again.assignment, again.resumed, again.seconds) == (first.assignment, True, 120)
    sign_of_reading(either, again, away=True, now=START + 3 * MINUTE)
    sign_of_reading(either, again, now=START + 60 * MINUTE)
    assert current_reading(either, "heat", ONE, START + 61 * MINUTE).seconds == 240
    assert close_reading(either, again, 4, "abnormal", confidence=2, comment=" größer ", now=START + 62 * MINUTE) == 300
    with pytest.raises(InputError, match="no case of the study heat open"):
        current_reading(either, "heat", ONE)
    with pytest.raises(InputError, match="closed already"):
        close_reading(either, first, 5, now=START + 63 * MINUTE)
    second = open_reading(either, "heat", ONE, START + 64 * MINUTE)
    assert (second.place, second.case != first.case) == (2, True)
    assert open_reading(either, "heat", TWO, START).place == 1, "readers do not wait for each other"
    (row,) = rows_of(either, closed_reading)
    assert (row["rating"], row["verdict"], row["comment"], row["seconds"]) == (4, "abnormal", "größer", 300)
    with either.reading() as connection:
        assert study_names(connection, ONE) == ["heat"]
        assert study_names(connection, HEAD) == []


def test_the_washout_is_waited_for(database, study):
    seen = read_all(database, ONE, START, sessions=1)
    end = START + (2 * COUNT - 1) * MINUTE
    with pytest.raises(InputError, match=r"Session 2 .* washout of 28 days, on 2026-03-29 08:07 \(UTC\)"):
        open_reading(database, "heat", ONE, end + 28 * DAY - MINUTE)
    _, (one, two) = study_status(database, "heat")
    assert (one.reader, one.done, one.left, one.session, one.washout) == (ONE.name, 4, 4, 2, end + 28 * DAY)
    assert one.seconds == 60
    assert (two.done, two.session, two.washout, two.seconds) == (0, 1, None, None)
    now = end + 28 * DAY
    for _ in range(COUNT):  # within a session nothing is waited for
        reading = open_reading(database, "heat", ONE, now)
        (before,) = [one for one in seen if one.case == reading.case]
        assert (reading.session, reading.reading) == (2, 2)
        assert reading.heatmap != before.heatmap
        assert (reading.condition == "with") == reading.heatmap
        now += MINUTE
        close_reading(database, reading, 1, now=now)
    with pytest.raises(InputError, match="has read all cases"):
        open_reading(database, "heat", ONE, now)


def test_without_a_washout_clocks_need_not_agree(database, tmp_path):
    create_study(database, read_design(written(tmp_path, washout_days=0)), HEAD)
    assign_study(database, "heat", HEAD)
    read_all(database, ONE, START, sessions=1)
    reading = open_reading(database, "heat", ONE, START)
    assert (reading.session, close_reading(database, reading, 3, now=START - MINUTE)) == (2, 0)


def test_what_is_no_answer_is_refused(database, study):
    reading = open_reading(database, "heat", ONE, START)
    for rating, verdict, more, said in (
        (6, "", {}, "whole number from 1 to 5, not 6"),
        (2.5, "", {}, "whole number"),
        (float("nan"), "", {}, "whole number from 1 to 5"),
        (None, "normal", {}, "rating is missing"),
        (3, "odd", {}, "normal, abnormal or inadequate"),
        (3, "", {"confidence": 6}, "from 1 to 5"),
        (3, "", {"marks": [Mark((0, 0, float("inf")), 3)]}, "finite"),
        (3, "", {"marks": [Mark((0, 0, 0), 9)]}, "from 1 to 5"),
    ):
        with pytest.raises(InputError, match=said):
            close_reading(database, reading, rating, verdict, now=START, **more)
    assert rows_of(database, closed_reading) == []
    close_reading(database, reading, None, "inadequate", now=START)
    with pytest.raises(InputError, match="Head is no reader of the study heat"):
        open_reading(database, "heat", HEAD)
    with pytest.raises(InputError, match="There is no study heart: there are heat"):
        open_reading(database, "heart", ONE)


def test_an_amendment_is_a_row_of_its_own(database, study):
    reading = open_reading(database, "heat", ONE, START)
    with pytest.raises(InputError, match="closed no such reading"):
        amend_reading(database, "heat", ONE, reading.case, 2, reason="typed wrongly")
    close_reading(database, reading, 4, now=START + MINUTE)
    with pytest.raises(InputError, match="Say why"):
        amend_reading(database, "heat", ONE, reading.case, 2, reason=" ")
    assert amend_reading(database, "heat", ONE, reading.case, 2, reason="typed wrongly") == 2
    first, second = sorted(rows_of(database, closed_reading), key=lambda row: row["version"])
    assert (first["rating"], second["rating"], second["reason"]) == (4, 2, "typed wrongly")
    assert (first["seconds"], first["closed"]) == (second["seconds"], second["closed"])
    with database.reading() as connection:
        rows = study_rows(connection, study, False)
    assert [row["rating"] for row in rows.ratings] == [2]
    assert any("amended" in note for note in rows.notes)


def test_a_finished_study_stays_as_it_is(database, study):
    reading = open_reading(database, "heat", ONE, START)
    with pytest.raises(InputError, match="16 readings of the study heat are left"):
        finish_study(database, "heat", HEAD)
    read_all(database, ONE, START)
    assert finish_study(database, "heat", HEAD, force=True) == finish_study(database, "heat", HEAD)
    for act in (
        lambda: open_reading(database, "heat", TWO, START),
        lambda: close_reading(database, reading, 3),
        lambda: amend_reading(database, "heat", ONE, reading.case, 3, condition="with", reason="late"),
    ):
        with pytest.raises(InputError, match="is finished: nothing is read or amended"):
            act()


@pytest.mark.parametrize("until", ["finished", "own", "start"])
def test_readers_are_blind_until_the_design_says_otherwise(database, tmp_path, until):
    from GANAnomalyLib.review.store.record_decisions import reader_id

    create_study(database, read_design(written(tmp_path, blind_until=until, order="once")), HEAD)
    assign_study(database, "heat", HEAD)

    def may_see(who) -> bool:
        with database.reading() as connection:
            try:
                check_may_see(connection, reader_id(who))
            except InputError:
                return False
        return True

    assert may_see(HEAD)
    assert may_see(ONE) == (until == "start")
    if until != "start":
        with pytest.raises(InputError, match="nothing of each other"), database.reading() as connection:
            check_may_see(connection, reader_id(ONE))
    read_all(database, ONE, START, sessions=1)
    assert may_see(ONE) == (until != "finished")
    assert may_see(TWO) == (until == "start")
    finish_study(database, "heat", HEAD, force=True)
    assert may_see(ONE)
    assert may_see(TWO)


def test_marks_are_on_the_lesion_that_is_nearest():
    near, far = ({"name": "", "centre_ras": [x, 0, 0], "radius_mm": 10} for x in (0, 15))
    assert located_rows([], []) == [("", None)]
    assert located_rows([near, far], []) == [("1", None), ("2", None)]
    marks = [((1, 0, 0), 2.0), ((0, 2, 0), 4.0), ((9, 0, 0), 5.0), ((0, 0, 40), 3.0)]
    assert located_rows([near, far], marks) == [("1", 4.0), ("2", 5.0), ("", 3.0)]


def test_what_readers_disagree_on_is_settled_by_somebody_else(database, study):
    first = study_rows_of(database, study)
    assert first == []
    assert keep_to_settle(database, "heat", [("1", "with", {ONE.name: "normal", TWO.name: "abnormal"})], HEAD) == 1
    assert keep_to_settle(database, "heat", [("1", "with", {ONE.name: "normal", TWO.name: "abnormal"})], HEAD) == 0
    with pytest.raises(InputError, match="has no case 9"):
        keep_to_settle(database, "heat", [("9", "", {})], HEAD)
    with pytest.raises(InputError, match="reads in the study"):
        settle(database, "heat", "1", "normal", ONE)
    with pytest.raises(InputError, match="not among the cases"):
        settle(database, "heat", "2", "normal", HEAD)
    settle(database, "heat", "1", "abnormal", HEAD)
    settle(database, "heat", "1", "normal", HEAD, comment="seen again")
    with database.reading() as connection:
        (one,) = to_settle(connection, study)
    assert (one.case, one.condition, one.verdict, one.adjudicator) == ("1", "with", "normal", "Head")
    assert one.said[TWO.name] == "abnormal"


def study_rows_of(database, study) -> list:
    with database.reading() as connection:
        return study_rows(connection, study, False).ratings


def test_an_adjudicators_verdict_is_the_truth_where_the_design_has_none(database, tmp_path):
    cases = [{"result": f"r{number}"} for number in range(COUNT)]
    create_study(database, read_design(written(tmp_path, cases=cases, order="once", adjudicators=["Head"])), HEAD)
    study = assign_study(database, "heat", HEAD)
    read_all(database, ONE, START, sessions=1)
    assert study_rows_of(database, study) == []
    keep_to_settle(database, "heat", [("1", "", {}), ("2", "", {}), ("3", "", {})], HEAD)
    for case, verdict in (("1", "abnormal"), ("2", "normal"), ("3", "inadequate")):
        settle(database, "heat", case, verdict, HEAD)
    assert {row["case"]: row["truth"] for row in study_rows_of(database, study)} == {"1": 1, "2": 0}
    with pytest.raises(InputError, match="none of the adjudicators"):
        settle(database, "heat", "1", "normal", TWO)
