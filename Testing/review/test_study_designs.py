"""Designs of studies of readers and the orders drawn from them; what is no design is refused by its field."""

from __future__ import annotations

import json
from collections import Counter

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from review.study_made import COUNT, HEAD, MINUTE, ONE, START, plain_design, rows_of, written  # noqa: E402

from GANAnomalyLib.errors import GANAnomalyError, InputError  # noqa: E402
from GANAnomalyLib.review.store.reader_study_tables import (  # noqa: E402
    STUDY_TABLES,
    assignment,
    reading_study,
)
from GANAnomalyLib.review.study.arrange_readings import arrange  # noqa: E402
from GANAnomalyLib.review.study.assign_readings import assign_study  # noqa: E402
from GANAnomalyLib.review.study.reading_time import reading_seconds  # noqa: E402
from GANAnomalyLib.review.study.study_design import design_of, read_design  # noqa: E402
from GANAnomalyLib.review.study.study_record import (  # noqa: E402
    create_study,
    design_is_whole,
    find_study,
)
from GANAnomalyLib.review.study.take_readings import (  # noqa: E402
    open_reading,
)


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
