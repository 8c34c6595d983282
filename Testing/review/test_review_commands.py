"""``gananomaly review``: from result folders to the database and back, as a person types it."""

from __future__ import annotations

import json
import sqlite3

import pytest
from click.testing import CliRunner
from review.conftest import write_result

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from GANAnomalyLib.cli.app import app
from GANAnomalyLib.cli.session import Session
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.review.decisions import load_decisions, load_reader


@pytest.fixture
def say(monkeypatch, tmp_path):
    """Runs ``gananomaly review ...`` and gives what it says, or with --json what that holds."""
    monkeypatch.setenv("GANANOMALY_REVIEW", str(tmp_path / "db" / "review.db"))

    def run(*words: object, code: int = 0):
        arguments = ["review", *map(str, words)]
        done = CliRunner().invoke(app, arguments, obj=Session.of(arguments), standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        assert (done.return_value or 0) == code, done.output
        return json.loads(done.stdout) if "--json" in arguments else done.output

    return run


def test_a_round(say, tmp_path, result):
    who = 'Dr. "J" Müßig'
    with pytest.raises(InputError, match="There is no review database"):
        say("list")
    assert "1 results: 1 with something new" in say("import", result)
    say("decide", result, 1, "accepted", "--comment", "nodule; größer", "--confidence", 4, "--reader", who)
    say("decide", result, 2, "UNSURE", "--label", "SCT", "4147007", "Mass", "--reader", who)
    say("decide", result, 2, "open", "--reader", who)
    say("decide", result, "case", "abnormal", "--reader", who)
    (case,) = say("list", "--json", "--reader", who)
    assert (case["findings"], case["decided"], case["verdicts"]) == (3, {who: 1}, {who: "abnormal"})
    assert say("list", "--json")[0]["decided"] == {}, "readers do not see each other's"
    assert say("list", "--json", "--all-readers")[0]["decided"] == {who: 1}
    shown = say("show", case["fingerprint"][:12], "--reader", who, "--json")
    assert shown["folder"] == str(result)
    (said,) = shown["findings"][0]["decisions"]
    assert (said["decision"], said["comment"], said["confidence"], said["reader"]) == (
        "accepted",
        "nodule; größer",
        4,
        who,
    )
    assert shown["findings"][1]["decisions"] == []
    assert "nodule" not in say("show", result)
    assert "nodule; größer" in say("show", result, "--all-readers")

    say("export", result, "--reader", who)
    assert [one.decision for one in load_decisions(result)] == ["accepted", "", ""]
    assert load_reader(result) == who
    assert say("import", result, "--json")["imported"][0]["decisions"] == 0
    assert say("export", "--table", tmp_path / "all.csv", "--history", "--json")["rows"] == 3

    say("backup", tmp_path / "copy.db")
    assert set(say("merge", tmp_path / "copy.db", "--json")["added"].values()) == {0}
    told = say("check", "--json")
    assert (told["whole"], told["folders_well"], told["rows"]["decision"]) == (True, 1, 3)


def test_cases_that_are_open(say, tmp_path):
    for n in (1, 2):
        write_result(tmp_path / "all" / str(n), f"{n:064d}")
    say("import", tmp_path / "all")
    for rank in (1, 2, 3):
        say("decide", tmp_path / "all" / "1", rank, "rejected")
    assert [case["folder"][-1] for case in say("list", "--open", "--json")] == ["2"]
    assert len(say("list", "--json")) == 2
    assert len(say("list", "--json", "--limit", "1")) == 1
    assert "1 of 2 are listed" in say("list", "--limit", "1")
    assert "are listed" not in say("list")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "12345"), "too short"),
        (("show", "123456ff"), "No case begins with"),
        (("decide", "{result}", "1", "yes"), "accepted, rejected or unsure"),
        (("decide", "{result}", "one", "accepted"), "is no finding"),
        (("decide", "{result}", "7", "accepted"), "has no finding 7"),
        (("decide", "{result}", "1", "accepted", "--reader", " "), "name is empty"),
        (("import", "{result}/none"), "no finished result"),
        (("merge", "nowhere.db"), "There is no review database"),
        (("backup", "{result}/result.json"), "is there already"),
        (("list", "--database", "oracle://x/y"), "SQLite or PostgreSQL"),
    ],
)
def test_what_cannot_be_is_a_sentence(say, result, words, told):
    say("import", result)
    with pytest.raises(InputError, match=told):
        say(*(word.replace("{result}", str(result)) for word in words))


def test_one_bad_folder_does_not_keep_the_others_out(say, tmp_path):
    for n in (1, 2):
        write_result(tmp_path / "all" / str(n), f"{n:064d}")
    (tmp_path / "all" / "1" / "findings.json").write_text("{")
    told = say("import", tmp_path / "all", "--json")
    assert len(told["imported"]) == len(told["refused"]) == 1
    assert "findings.json" in told["refused"][0]["error"]


def test_a_damaged_database_ends_with_another_code(say, result, tmp_path):
    say("import", result)
    place = tmp_path / "db" / "review.db"
    connection = sqlite3.connect(place)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DELETE FROM series")
    connection.commit()
    connection.close()
    told = say("check", "--json", code=1)
    assert told["whole"] is False
    assert "refers to nothing" in told["damage"][0]
