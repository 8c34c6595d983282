"""Studies of readers in the database: designs, orders, readings, washout, adjudication; faults are sentences."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from review.conftest import write_result

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from places import PACKAGES  # noqa: E402

from GANAnomalyLib.errors import GANAnomalyError, InputError  # noqa: E402
from GANAnomalyLib.review.store.merge_databases import merge  # noqa: E402
from GANAnomalyLib.review.store.migrate import SCRIPTS  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.reader_study_tables import (  # noqa: E402
    STUDY_TABLES,
    assignment,
    closed_reading,
    reading_study,
)
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.study.arrange_readings import arrange  # noqa: E402
from GANAnomalyLib.review.study.assign_readings import assign_study  # noqa: E402
from GANAnomalyLib.review.study.reading_time import reading_seconds  # noqa: E402
from GANAnomalyLib.review.study.settle_cases import keep_to_settle, settle, to_settle  # noqa: E402
from GANAnomalyLib.review.study.study_design import design_of, read_design  # noqa: E402
from GANAnomalyLib.review.study.study_record import (  # noqa: E402
    check_may_see,
    create_study,
    design_is_whole,
    find_study,
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

START = datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.timezone.utc)
DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)
ONE, TWO, HEAD = ReaderName('Dr. "J" Müßig'), ReaderName("O'Neil"), ReaderName("Head")
COUNT = 4


def plain_design(folder: Path, **more) -> dict:
    for number in range(COUNT):
        write_result(folder / f"r{number}", f"{number + 1:064x}")
    return {
        "name": "heat",
        "cases": [{"result": f"r{number}", "truth": number % 2} for number in range(COUNT)],
        "readers": [ONE.name, TWO.name],
        "conditions": [{"name": "without", "heatmap": False}, {"name": "with", "heatmap": True}],
        "washout_days": 28,
        "seed": 5,
        "plan": {"title": "Heat", "metric": "auc", "treatments": ["with", "without"]},
        **more,
    }


def written(folder: Path, **more) -> Path:
    path = folder / "design.json"
    path.write_text(json.dumps(plain_design(folder, **more)), encoding="utf-8")
    return path


@pytest.fixture
def study(database, tmp_path):
    """A study of two readers, two conditions and four cases, assigned."""
    create_study(database, read_design(written(tmp_path)), HEAD, "plan")
    return assign_study(database, "heat", HEAD)


def rows_of(database, table) -> list:
    with database.reading() as connection:
        return list(connection.execute(sa.select(table)).mappings())


def read_all(database, who, start, rate=lambda reading: 3.0, sessions=2):
    """A reader reads everything, a minute a case and a month between sessions; what was opened."""
    seen, now = [], start
    for _ in range(COUNT * sessions):
        if seen and len(seen) % COUNT == 0:
            now += 30 * DAY
        reading = open_reading(database, "heat", who, now)
        close_reading(database, reading, rate(reading), now=now + MINUTE)
        seen.append(reading)
        now += 2 * MINUTE
    return seen


@pytest.mark.parametrize("order", ["mixed", "apart", "once"])
@pytest.mark.parametrize("conditions", [1, 2, 3])
def test_orders_are_balanced_over_conditions_sessions_and_truths(order, conditions):
    truths = [0] * 18 + [1] * 12
    plans = arrange(truths, 6, conditions, order, 0, 11)
    assert plans == arrange(truths, 6, conditions, order, 0, 11)
    assert plans != arrange(truths, 6, conditions, order, 0, 12)
    sessions = 1 if order == "once" else conditions
    for slots in plans:
        assert len({(slot.block, slot.place) for slot in slots}) == len(slots) == 30 * sessions
        if order != "once":
            assert len({(slot.case, slot.condition) for slot in slots}) == 30 * conditions, "all under all"
        for block in range(1, sessions + 1):
            under = [slot for slot in slots if slot.block == block]
            assert sorted(slot.case for slot in under) == list(range(30))
            counted = Counter((truths[slot.case], slot.condition) for slot in under)
            if order == "apart":
                assert len({slot.condition for slot in under}) == 1
            else:
                assert all(counted[truth, n] == truths.count(truth) / conditions for truth, n in counted)
    first = Counter((slot.case, slot.condition) for slots in plans for slot in slots if slot.block == 1)
    assert set(first.values()) == {6 / conditions}, "each case under each condition by as many readers"
    assert len({tuple(slot.case for slot in slots if slot.block == 1) for slots in plans}) == 6


def test_repeats_are_the_same_cases_for_all_under_what_they_were_read_under_first():
    plans = arrange([0] * 10 + [1] * 10, 3, 2, "mixed", 6, 1)
    drawn = [{slot.case for slot in slots if slot.again} for slots in plans]
    assert drawn[0] == drawn[1] == drawn[2]
    assert sum(case < 10 for case in drawn[0]) == 3
    for slots in plans:
        first = {slot.case: slot.condition for slot in slots if slot.block == 1}
        assert all(slot.block == 3 and slot.condition == first[slot.case] for slot in slots if slot.again)


def test_time_of_interruptions_does_not_count():
    at = [START + n * MINUTE for n in range(12)]
    assert reading_seconds([("opened", at[0])], at[2], 300) == 120
    assert reading_seconds([("opened", at[0])], at[11], 300) == 300
    assert reading_seconds([("opened", at[0]), ("at work", at[4]), ("at work", at[8])], at[11], 300) == 660
    assert reading_seconds([("opened", at[0]), ("away", at[1]), ("opened", at[10])], at[11], 300) == 120


def test_a_study_is_kept_once_with_its_truth_apart(either, tmp_path):
    design = read_design(written(tmp_path))
    kept = create_study(either, design, HEAD, "abc")
    assert create_study(either, read_design(tmp_path / "design.json"), HEAD, "abc") == kept
    assert (kept.plan_hash, kept.seed, kept.finished) == ("abc", None, False)
    (row,) = rows_of(either, reading_study)
    assert "truth" not in row["design"]
    with either.reading() as connection:
        assert design_is_whole(connection, find_study(connection, "heat"))
    for change in ({"washout_days": 3}, {"plan": {"metric": "jafroc"}}, {"cases": [{"result": "r1", "truth": 1}]}):
        with pytest.raises(InputError, match="with another design"):
            create_study(either, read_design(written(tmp_path, **change)), HEAD, "abc")
    with pytest.raises(InputError, match="with another design"):
        create_study(either, design, HEAD, "of another plan")
    assert rows_of(either, reading_study) == [row]
    for table in STUDY_TABLES[:3]:
        with pytest.raises(GANAnomalyError):
            either.write(lambda connection, t=table: connection.execute(sa.delete(t)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cases": [{"result": "r0"}, {"result": "nowhere"}]}, r"cases\[1\].result is no case"),
        ({"cases": [{"case": "f" * 12}]}, r"cases\[0\].case is no case"),
        ({"cases": [{"result": "r0"}, {"result": "r0"}]}, r"cases\[1\].result is the same as cases\[0\]"),
        ({"cases": []}, "cases is empty"),
        ({"cases": [{"result": "r0", "truth": 2}]}, r"cases\[0\].truth must be 1"),
        ({"cases": [{"result": "r0", "truht": 1}]}, r"cases\[0\].truht is nothing"),
        ({"cases": [{"name": "a"}]}, r"cases\[0\] must have either"),
        ({"cases": [{"result": "r0", "lesions": [{"centre_ras": [0, 0, 0], "radius_mm": 1}]}]}, r"\[0\].lesions"),
        ({"cases": [{"result": "r0"}, {"result": "r1", "name": "1"}]}, r"cases\[1\] and cases\[0\] are both called"),
        ({"cases": [{"result": "r0", "name": "a"}, {"result": "r1", "name": "a"}]}, r"cases\[1\].name names"),
        ({"readers": ["A", "B", "A"]}, r"readers\[2\] names 'A' a second time"),
        ({"readers": ["Mu\u0308ller", "M\u00fcller"]}, r"readers\[1\] names"),
        ({"readers": ["A", "A "]}, r"readers\[1\] must be a name"),
        ({"conditions": [{"name": "with"}]}, r"conditions\[0\].heatmap is missing"),
        ({"conditions": [{"name": "a", "heatmap": True}, {"name": "a", "heatmap": False}]}, r"conditions\[1\].name"),
        ({"order": "crossed"}, "order must be one of mixed, apart, once"),
        ({"washout_days": -1}, "washout_days must be zero or more"),
        ({"rating": {"low": 5, "high": 5}}, "rating.high must be above"),
        ({"repeat_cases": 5}, "repeat_cases must be at most 4"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"washout": 3}, "washout is nothing that a design has"),
        ({"name": ""}, "name must be a name"),
    ],
)
def test_a_design_is_refused_by_its_field_and_nothing_is_kept(database, tmp_path, change, field):
    with pytest.raises(InputError, match=field):
        create_study(database, read_design(written(tmp_path, **change)), HEAD)
    assert all(rows_of(database, table) == [] for table in STUDY_TABLES)


def test_names_of_cases_do_not_tell_their_place_in_the_design(database, tmp_path):
    cases = [{"result": f"r{number}", "truth": int(number > 1)} for number in (3, 2, 1, 0)]
    study = create_study(database, read_design(written(tmp_path, cases=cases)), HEAD)
    rows = sorted(rows_of(database, STUDY_TABLES[1]), key=lambda row: row["number"])
    assert [row["name"] for row in rows] == ["4", "3", "2", "1"]
    with database.reading() as connection:
        assert design_is_whole(connection, study)


def test_a_design_may_be_yaml(tmp_path):
    (tmp_path / "design.yaml").write_text(json.dumps(plain_design(tmp_path)))
    assert read_design(tmp_path / "design.yaml") == read_design(written(tmp_path))
    with pytest.raises(InputError, match="its plan must hold"):
        design_of({**plain_design(tmp_path), "plan": {"date": START}})


def test_orders_are_drawn_once(either, tmp_path):
    create_study(either, read_design(written(tmp_path, seed=None)), HEAD)
    with pytest.raises(InputError, match="not assigned yet"):
        open_reading(either, "heat", ONE, START)
    with pytest.raises(InputError, match="has no seed"):
        assign_study(either, "heat", HEAD)
    assert assign_study(either, "heat", HEAD, 7).seed == 7
    before = rows_of(either, assignment)
    assert len(before) == 2 * 2 * COUNT
    assert assign_study(either, "heat", HEAD).seed == 7
    with pytest.raises(InputError, match="was assigned with the seed 7"):
        assign_study(either, "heat", HEAD, 8)
    assert rows_of(either, assignment) == before
    assert sorted(row["reading"] for row in before) == [1] * 8 + [2] * 8


def test_a_designs_seed_is_not_overruled(database, tmp_path):
    create_study(database, read_design(written(tmp_path)), HEAD)
    with pytest.raises(InputError, match="has the seed 5"):
        assign_study(database, "heat", HEAD, 6)
    assert rows_of(database, assignment) == []


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


def test_a_database_of_before_is_brought_up(tmp_path, case):
    """As the first version made it, with a decision in it."""
    from alembic import command

    from GANAnomalyLib.review.store.migrate import _config
    from GANAnomalyLib.review.store.record_decisions import record_decision

    place = tmp_path / "old.db"
    with sa.create_engine(f"sqlite:///{place}").begin() as connection:
        config = _config(SCRIPTS)
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with ReviewDatabase.open(place) as database:
        record_decision(database, case, 1, "accepted", ONE)
        assert rows_of(database, reading_study) == []
    assert (tmp_path / "old.before-update-of-0001.db").is_file()


def test_two_databases_of_a_study_are_brought_together(database, study, tmp_path):
    """Readers at two computers with a copy of the study each."""
    from GANAnomalyLib.review.store.backup_database import back_up

    copy = back_up(database.place, tmp_path / "laptop.db")
    with ReviewDatabase.open(copy) as other:
        close_reading(other, open_reading(other, "heat", TWO, START), 5, now=START + MINUTE)
    close_reading(database, open_reading(database, "heat", ONE, START), 2, now=START + MINUTE)
    assert merge(database, copy)["closed_reading"] == 1
    assert sum(merge(database, copy).values()) == 0
    assert sorted(row["rating"] for row in rows_of(database, closed_reading)) == [2, 5]
    with ReviewDatabase.open(copy) as other:
        close_reading(other, open_reading(other, "heat", ONE, START), 1, now=START + MINUTE)
    with pytest.raises(InputError, match="a reading of a study that was closed"):
        merge(database, copy)
    with ReviewDatabase.open(tmp_path / "third.db") as other:
        create_study(other, read_design(written(tmp_path, washout_days=1)), HEAD)
    with pytest.raises(InputError, match="with different designs"):
        merge(database, tmp_path / "third.db")
    assert sorted(row["rating"] for row in rows_of(database, closed_reading)) == [2, 5]


READER = """
import sys
from GANAnomalyLib.review.store.reader_name import ReaderName
from GANAnomalyLib.review.store.review_database import ReviewDatabase
from GANAnomalyLib.review.study.take_readings import close_reading, open_reading
with ReviewDatabase.open(sys.argv[1]) as database:
    while True:
        reading = open_reading(database, "heat", ReaderName(sys.argv[2]))
        print("opened", reading.case, reading.condition, flush=True)
        close_reading(database, reading, 3)
        print("closed", reading.case, reading.condition, flush=True)
"""


def at_work(place, who) -> subprocess.Popen[str]:
    """A program at which a reader reads everything, and says so."""
    environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", READER, str(place), who.name]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", env=environment)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_readers_at_once_lose_nothing(tmp_path, kind, request):
    """One of them at two programs, of which one closes a reading and the other is told."""
    place = tmp_path / "review.db" if kind == "sqlite" else request.getfixturevalue("server_url")
    with ReviewDatabase.open(place) as opened:
        create_study(opened, read_design(written(tmp_path, washout_days=0)), HEAD)
        assign_study(opened, "heat", HEAD)
        running = [at_work(place, who) for who in (ONE, TWO, TWO)]
        said = [child.communicate(timeout=120) for child in running]
        held = rows_of(opened, closed_reading)
    assert len({row["assignment_id"] for row in held}) == len(held) >= 3 * COUNT
    assert {row["version"] for row in held} == {1}
    closed = [line for out, _errors in said for line in out.split("\n") if line.startswith("closed")]
    assert len(closed) == len(held)
    for _out, errors in said:
        assert "has read all cases" in errors or "is closed already" in errors


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_program_loses_no_reading(database, tmp_path):
    create_study(database, read_design(written(tmp_path, washout_days=0)), HEAD)
    assign_study(database, "heat", HEAD)
    told: list[str] = []
    for lines in (1, 2, 5):
        child = at_work(database.place.file, TWO)
        assert child.stdout is not None
        told += [child.stdout.readline().strip() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().split("\n")[:-1]
        child.communicate()
    closed = [line.partition(" ")[2] for line in told if line.startswith("closed")]
    assert len(set(closed)) == len(closed), "nothing is read twice"
    held = rows_of(database, closed_reading)
    assert len(closed) <= len(held) <= len(closed) + 3
    assert len({row["assignment_id"] for row in held}) == len(held)
    while len(rows_of(database, closed_reading)) < 2 * COUNT:
        close_reading(database, open_reading(database, "heat", TWO), 3)
    with pytest.raises(InputError, match="has read all"):
        open_reading(database, "heat", TWO)
