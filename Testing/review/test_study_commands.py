"""``gananomaly review study``: a whole study as its organiser and its readers type it, from design to analysis."""

from __future__ import annotations

import csv
import datetime
import json
import random

import pytest
from click.testing import CliRunner
from review.conftest import write_result

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")
pytest.importorskip("scipy")

from GANAnomalyLab.evaluate.reader_study.kept_study import plan_hash, to_be_settled
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.cli.session import Session
from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.review.store.reader_name import ReaderName
from GANAnomalyLib.review.store.review_database import ReviewDatabase
from GANAnomalyLib.review.study.take_readings import Mark, close_reading, open_reading

READERS = ['Dr. "J" Müßig', "O'Neil", "Ärztin", "Vier"]
START = datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.timezone.utc)
PLAN = {"title": "With and without", "metric": "auc", "treatments": ["with", "without"]}


@pytest.fixture
def say(monkeypatch, tmp_path):
    """Runs ``gananomaly review ...`` and gives what it says, or with --json what that holds."""
    monkeypatch.setenv("GANANOMALY_REVIEW", str(tmp_path / "db" / "review.db"))

    def run(*words: object):
        arguments = ["review", *map(str, words)]
        done = CliRunner().invoke(app, arguments, obj=Session.of(arguments), standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return json.loads(done.stdout) if "--json" in arguments else done.output

    return run


def design(folder, count=12, **more):
    """Half of the cases are abnormal, with a lesion at the origin."""
    lesions = [{"centre_ras": [0, 0, 0], "radius_mm": 10}]
    cases = []
    for number in range(count):
        write_result(folder / f"r{number}", f"{number + 1:064x}")
        abnormal = number % 2
        cases.append({"result": f"r{number}", "truth": abnormal, "lesions": lesions if abnormal else []})
    said = {
        "name": "heat",
        "cases": cases,
        "readers": READERS,
        "conditions": [{"name": "without", "heatmap": False}, {"name": "with", "heatmap": True}],
        "washout_days": 28,
        "repeat_cases": 4,
        "seed": 5,
        "plan": PLAN,
        **more,
    }
    path = folder / "design.json"
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def read_everything(place, seed=1, readers=READERS, verdicts=True, start=START):
    """Simulated readers who see more with the heatmap; a minute a case without it, half with it; a break is no time."""
    choose = random.Random(seed)
    with ReviewDatabase.open(place) as database:
        for name in readers:
            who, now = ReaderName.of(name), start
            while True:
                try:
                    reading = open_reading(database, "heat", who, now)
                except InputError as error:
                    if "has read all" in str(error):
                        break
                    if "washout" not in str(error):
                        raise
                    now += datetime.timedelta(days=1)
                    continue
                abnormal = int(reading.fingerprint, 16) % 2 == 0
                signal = 2.5 if reading.heatmap else 1.0
                seen = 3 + (signal / 2 if abnormal else -signal / 2) + choose.gauss(0, 1)
                rating = min(max(round(seen), 1), 5)
                now += datetime.timedelta(seconds=30 if reading.heatmap else 60)
                verdict = ("abnormal" if rating > 3 else "normal") if verdicts else ""
                marks = [Mark((0, 0, 0) if abnormal else (90, 0, 0), rating)] if rating > 2 else []
                close_reading(database, reading, rating, verdict, marks=marks, now=now)
                now += datetime.timedelta(hours=1)


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_whole_study(say, tmp_path):
    place = tmp_path / "db" / "review.db"
    made = say("study", "create", design(tmp_path), "--json")
    assert (made["cases"], made["hashes"]["plan"]) == (12, plan_hash(PLAN))
    assert say("study", "create", tmp_path / "design.json", "--json") == made
    with pytest.raises(InputError, match="not assigned yet"):
        say("study", "next", "--study", "heat", "--reader", READERS[0])
    assert say("study", "assign", "--json")["readings"] == dict.fromkeys(READERS, 28)
    with pytest.raises(InputError, match="the seed 5"):
        say("study", "assign", "--seed", 6)

    # One reads at the terminal, and is not told what is true or what others said.
    opened = say("study", "next", "--reader", READERS[0], "--json")
    assert not {"truth", "lesions", "rating"} & opened.keys()
    assert (opened["place"], opened["of"], opened["session"], opened["resumed"]) == (1, 12, 1, False)
    assert "(opened before)" in say("study", "next", "--reader", READERS[0])
    with pytest.raises(InputError, match="from 1 to 5"):
        say("study", "rate", "--rating", 7, "--reader", READERS[0])
    assert "is closed after" in say("study", "rate", "--rating", 4, "--verdict", "Abnormal", "--reader", READERS[0])
    with pytest.raises(InputError, match="no case of the study heat open"):
        say("study", "rate", "--rating", 4, "--reader", READERS[0])
    said = say(
        "study", "amend", opened["case"], "--rating", 5, "--reason", "mistyped", "--reader", READERS[0], "--json"
    )
    assert said["version"] == 2
    with pytest.raises(InputError, match="there is none of Stranger"):
        say("study", "next", "--reader", "Stranger")
    for words in (("list", "--all-readers"), ("export", "--table", tmp_path / "all.csv")):
        with pytest.raises(InputError, match="nothing of each other until the study is finished"):
            say(*words, "--reader", READERS[1])
    status = say("study", "status", "--json")
    assert [(one["done"], one["left"]) for one in status["readers"]] == [(1, 27), (0, 28), (0, 28), (0, 28)]

    for words in (("export", "--out", tmp_path / "out"), ("analyse", "--study", "heat")):
        with pytest.raises(InputError, match="is not finished: finish it first"):
            say("study", *words, "--reader", "Head")
        with pytest.raises(InputError, match="nothing of each other"):
            say("study", *words, "--reader", READERS[1], "--interim")
    with pytest.raises(InputError, match="111 readings of the study heat are left"):
        say("study", "finish")

    # What was read at the terminal was read now.
    read_everything(place, readers=READERS[:1], start=datetime.datetime.now(datetime.timezone.utc))
    read_everything(place, readers=READERS[1:])
    assert "finished" in say("study", "finish")
    out = tmp_path / "out"
    files = say("study", "export", "--out", out, "--json")["files"]
    assert [path.rpartition("/")[2] for path in files] == ["ratings.csv", "readings.csv", "plan.json", "study.json"]
    ratings, readings = rows(out / "ratings.csv"), rows(out / "readings.csv")
    assert len(ratings) == 4 * 2 * 12
    assert len(readings) == 4 * (2 * 12 + 4)
    assert list(ratings[0]) == ["reader", "treatment", "case", "truth", "rating"]
    assert "truth" not in readings[0]
    (amended,) = [row for row in readings if row["version"] == "2"]
    assert (amended["case"], amended["rating"]) == (opened["case"], "5.0")
    assert {row["case"]: row["truth"] for row in ratings} == {str(n + 1): str(n % 2) for n in range(12)}
    told = json.loads((out / "study.json").read_text(encoding="utf-8"))
    means = {(row["reader"], row["treatment"]): row["seconds"] for row in told["seconds"]}
    assert means["Vier", "with"] == 30
    assert means["Vier", "without"] == 60
    with pytest.raises(InputError, match="already holds an export"):
        say("study", "export", "--out", out)

    direct = say("study", "analyse", "--study", "heat", "--json", "--out", tmp_path / "page")
    table = say("study", "analyse", "--ratings", out / "ratings.csv", "--plan", out / "plan.json", "--json")
    assert direct["difference"] == table["difference"]
    assert direct["difference"][0]["estimate"] > 0.1
    assert direct["design"] == "factorial"
    assert direct["hashes"]["plan"] == direct["hashes"]["plan_kept"] == table["hashes"]["plan"] == plan_hash(PLAN)
    assert direct["hashes"]["data"] == table["hashes"]["data"] == told["hashes"]["ratings"]
    assert direct["hashes"]["design"] == made["hashes"]["design"]
    assert len(direct["reading_time"]) == 8
    (slower,) = direct["reading_time_difference"]
    assert (slower["a"], slower["b"], slower["readers"]) == ("with", "without", 4)
    assert -40 < slower["low"] <= slower["seconds"] <= slower["high"] < -20
    page = (tmp_path / "page" / "report.html").read_text(encoding="utf-8")
    assert "Reading time" in page
    assert made["hashes"]["design"] in page
    written = json.loads((tmp_path / "page" / "results.json").read_text(encoding="utf-8"))
    assert written["reading_time_difference"] == [slower]
    agreed = say(
        "study", "agreement", "--ratings", out / "readings.csv", "--label", "verdict", "--bootstrap", 0, "--json"
    )
    assert "one reader twice" in {one["what"] for one in agreed["agreement"]}
    with pytest.raises(InputError, match="plan says auc"):
        say("study", "analyse", "--study", "heat", "--metric", "jafroc")

    # What they disagree on is what the agreement calls so.
    listed = say("study", "adjudicate", "--json", "--reader", "Head")["to_settle"]
    first = [row for row in readings if row["again"] == "0"]
    differ = {
        (row["case"], row["treatment"])
        for row in first
        if any(
            (o["case"], o["treatment"]) == (row["case"], row["treatment"]) and o["verdict"] != row["verdict"]
            for o in first
        )
    }
    assert {(one["case"], one["condition"]) for one in listed} == differ != set()
    with pytest.raises(InputError, match="reads in the study"):
        say("study", "adjudicate", listed[0]["case"], "normal", "--reader", READERS[0])
    (one, *_rest) = say("study", "adjudicate", listed[0]["case"], "Normal", "--reader", "Head", "--json")["to_settle"]
    assert (one["verdict"], one["adjudicator"]) == ("normal", "Head")
    say("study", "export", "--out", out, "--force")
    assert rows(out / "to_settle.csv")[0]["verdict"] in ("normal", "")
    with pytest.raises(InputError, match="is finished: nothing is read"):
        say("study", "next", "--study", "heat", "--reader", READERS[0])
    assert say("list", "--all-readers", "--reader", READERS[1], "--json")


def test_located_findings(say, tmp_path):
    plan = {"metric": "jafroc", "treatments": ["with", "without"]}
    say("study", "create", design(tmp_path, plan=plan, repeat_cases=0, order="apart", blind_until="start"))
    say("study", "assign")
    read_everything(tmp_path / "db" / "review.db", verdicts=False)
    say("study", "finish")
    say("study", "export", "--out", tmp_path / "out")
    ratings = rows(tmp_path / "out" / "ratings.csv")
    assert all(row["lesion"] == ("1" if row["truth"] == "1" else "") for row in ratings)
    assert {row["case"] for row in ratings} == {str(n + 1) for n in range(12)}
    found = say("study", "analyse", "--study", "heat", "--json")
    assert found["metric"] == "jafroc"
    assert found["difference"][0]["estimate"] > 0
    listed = say("study", "adjudicate", "--threshold", 3, "--json", "--reader", "Head")["to_settle"]
    assert {word for one in listed for word in one["said"].values()} == {"normal", "abnormal"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"plan": {"metric": "acu"}}, "its plan does not fit. --metric must be one of"),
        ({"plan": {"mertic": "auc"}}, "its plan does not fit"),
        ({"plan": {"treatments": ["with", "heat"]}}, "plan.treatments names 'heat'"),
        ({"plan": {"case_column": "patient"}}, "plan.case_column must be case"),
        (
            {"plan": {"metric": "jafroc"}, "cases": [{"result": "r0", "truth": 1}], "repeat_cases": 0},
            r"cases\[0\].lesions is empty",
        ),
    ],
)
def test_a_plan_that_could_not_be_followed_is_refused_before_anybody_reads(say, tmp_path, change, said):
    with pytest.raises(InputError, match=said):
        say("study", "create", design(tmp_path, **change))
    with pytest.raises(InputError, match="there is none"):
        say("study", "status")


def test_a_study_that_was_changed_is_not_analysed(say, tmp_path):
    import sqlite3

    say("study", "create", design(tmp_path, order="once", repeat_cases=0))
    say("study", "assign")
    read_everything(tmp_path / "db" / "review.db")
    say("study", "finish")
    with sqlite3.connect(tmp_path / "db" / "review.db") as connection:
        connection.execute("DROP TRIGGER case_truth_no_update")
        connection.execute("UPDATE case_truth SET truth = 1 - truth")
    with pytest.raises(GANAnomalyError, match="was changed since it was created"):
        say("study", "analyse", "--study", "heat")


def test_differences_of_reading_time_are_students():
    from scipy.stats import ttest_rel

    from GANAnomalyLab.evaluate.reader_study.reading_times import ReadingTimes

    one, other = [30.0, 40.0, 55.0], [50.0, 45.0, 90.0]
    means = [
        {"reader": str(n), "treatment": name, "readings": 9, "seconds": values[n]}
        for name, values in (("a", one), ("b", other))
        for n in range(3)
    ]
    (found,) = ReadingTimes.of(means, ("a", "b"), 0.9).differences
    want = ttest_rel(one, other).confidence_interval(0.9)
    assert (found.seconds, found.low, found.high) == pytest.approx((-20, want.low, want.high))
    alone = ReadingTimes.of(means[:1] + means[3:4], ("a", "b"))
    assert alone.to_dict()["reading_time_difference"][0]["low"] is None
    assert alone.difference_rows() == [["a - b", "-20.0 s", ""]]


def test_nothing_is_to_be_settled_where_all_agree_or_nobody_says():
    row = {"treatment": "with", "case": "1", "again": 0, "verdict": "", "rating": 2.0}
    both = [{**row, "reader": "A"}, {**row, "reader": "B", "rating": 4.0}]
    assert to_be_settled(both, None) == []
    assert to_be_settled(both, 5) == []
    assert to_be_settled(both, 3) == [("1", "with", {"A": "normal", "B": "abnormal"})]
    assert to_be_settled([both[0], {**both[1], "again": 1}], 3) == []
