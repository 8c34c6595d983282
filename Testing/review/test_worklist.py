"""The worklist: what is to be analysed, read and settled, for whom, in which order; studies hide what they must."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from review.conftest import write_result

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from review.store_writer import made_case  # noqa: E402

from GANAnomalyLib.cli.app import app  # noqa: E402
from GANAnomalyLib.cli.session import Session  # noqa: E402
from GANAnomalyLib.errors import InputError  # noqa: E402
from GANAnomalyLib.review.store.case_rows import put_case  # noqa: E402
from GANAnomalyLib.review.store.exchange_results import import_result  # noqa: E402
from GANAnomalyLib.review.store.judgements import Judged, Label  # noqa: E402
from GANAnomalyLib.review.store.listed_scans import add_scans, scans_of, take_off  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.record_decisions import record_decision, record_verdict  # noqa: E402
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.store.row_writing import Stamp  # noqa: E402
from GANAnomalyLib.review.study.assign_readings import assign_study  # noqa: E402
from GANAnomalyLib.review.study.settle_cases import keep_to_settle, settle  # noqa: E402
from GANAnomalyLib.review.study.study_design import design_of  # noqa: E402
from GANAnomalyLib.review.study.study_record import create_study, finish_study  # noqa: E402
from GANAnomalyLib.review.study.take_readings import close_reading, open_reading  # noqa: E402
from GANAnomalyLib.review.worklist import READ, TO_ADJUDICATE, TO_ANALYSE, TO_READ, Wanted, states_of, worklist  # noqa: E402

ONE, TWO, HEAD = ReaderName("O'Neil"), ReaderName('Dr. "J" Müßig'), ReaderName("Head")


def listed(database, who=ONE, **wanted):
    with database.reading() as connection:
        return worklist(connection, who, Wanted(**wanted))


def names(database, who=ONE, **wanted) -> list[str]:
    return [case.name for case in listed(database, who, **wanted).cases]


@pytest.fixture
def cases(either):
    """Six cases of three findings, whose highest scores are 1.9, 5.9, 3.9, ... in the order in which they came."""
    made = []
    for number, top in enumerate((2, 6, 4, 1, 5, 3)):
        case = made_case(number, 3)
        places = [dataclasses.replace(one, score=top - one.rank / 10) for one in case.findings]
        made.append(dataclasses.replace(case, findings=places))
        either.write(lambda connection: put_case(connection, made[-1], ONE, Stamp.now("x")))
    return made


def test_states_are_of_a_reader_and_orders_as_asked(either, cases):
    assert names(either) == ["1", "4", "2", "5", "0", "3"]
    assert names(either, order="time") == names(either, order="name") == ["0", "1", "2", "3", "4", "5"]
    record_verdict(either, cases[1], "normal", ONE)
    for rank in (1, 2, 3):
        record_decision(either, cases[4], rank, "rejected", ONE)
        record_decision(either, cases[2], rank, "accepted", ONE)
    record_decision(either, cases[2], 3, "", ONE)  # taken back
    record_verdict(either, cases[5], "abnormal", ONE)
    record_verdict(either, cases[5], "", ONE)  # taken back
    record_verdict(either, cases[0], "abnormal", TWO)
    assert names(either, state=READ) == ["1", "4"]
    assert names(either, state=TO_READ) == ["2", "5", "0", "3"]
    assert names(either, TWO, state=READ) == ["0"]
    found = listed(either)
    assert [case.state for case in found.cases] == [READ, READ, TO_READ, TO_READ, TO_READ, TO_READ]
    assert found.cases[0].score == pytest.approx(5.9)
    for state, count in ((TO_READ, 4), (READ, 2), ("", 6), (TO_ADJUDICATE, 0)):
        told = listed(either, state=state)
        assert told.total == len(told.cases) == count
        assert told.counts == {TO_ANALYSE: 0, TO_READ: 4, READ: 2, TO_ADJUDICATE: 0}
    with either.reading() as connection:
        keys = [case.id for case in cases]
        assert states_of(connection, ONE, keys) == {case.key: case.state for case in found.cases}


def test_a_second_reading_that_says_nothing_yet_leaves_a_case_read(either, cases):
    record_verdict(either, cases[1], "normal", ONE)
    record_verdict(either, cases[1], "", ONE, Judged(reading=2))
    assert names(either, state=READ) == ["1"]


def test_texts_labels_and_pages(either, cases):
    record_decision(either, cases[3], 1, "accepted", ONE, label=Label("", "", "Liver lesion, 50 % of it"))
    record_decision(either, cases[2], 1, "accepted", TWO, label=Label("", "", "Liver lesion"))
    assert names(either, find="RESULTS/4") == ["4"]
    assert names(either, find="ct") == names(either)
    assert names(either, find="_") == names(either, find="%") == []
    assert names(either, find=cases[2].fingerprint[:63]) == names(either), "all begin alike"
    assert names(either, label="LIVER") == ["3"]
    assert names(either, label="50 %") == ["3"]
    everything = names(either)
    for offset in range(8):
        found = listed(either, limit=2, offset=offset)
        assert ([case.name for case in found.cases], found.total) == (everything[offset : offset + 2], 6)
    found = listed(either, find="results", label="liver", limit=5)
    assert (found.total, found.counts[TO_READ]) == (1, 6), "counts are of all"


def test_scans_wait_until_a_result_of_theirs_comes(either, tmp_path):
    scans = [tmp_path / f"scan{number}.nii.gz" for number in range(3)]
    for path in scans:
        path.write_bytes(b"")
    found = [(path, path.name[:5]) for path in scans]
    assert dataclasses.astuple(add_scans(either, found[:2], ONE)) == (2, 0, 0)
    assert dataclasses.astuple(add_scans(either, found, TWO)) == (1, 2, 0)
    assert names(either, state=TO_ANALYSE) == ["scan0", "scan1", "scan2"]
    folder = write_result(tmp_path / "results" / "one", request={"input": str(scans[1])})
    import_result(either, folder)
    assert names(either) == ["one", "scan0", "scan2"], "analysed ones first"
    assert names(either, limit=1, offset=1) == ["scan0"]
    assert names(either, state=TO_ANALYSE, order="name", find="SCAN2") == ["scan2"]
    with either.reading() as connection:
        assert scans_of(connection, listed(either).cases[0].key) == [str(scans[1])]
    assert take_off(either, [scans[2], scans[1], tmp_path / "none"], ONE) == 1
    assert names(either, state=TO_ANALYSE) == ["scan0"]
    assert dataclasses.astuple(add_scans(either, found, ONE)) == (0, 1, 2)
    assert dataclasses.astuple(add_scans(either, found, ONE, again=True)) == (2, 1, 0)
    assert dataclasses.astuple(add_scans(either, found, ONE, again=True)) == (0, 3, 0)
    import_result(either, folder)
    assert names(either, state=TO_ANALYSE) == ["scan0", "scan2"]
    assert listed(either).counts == {TO_ANALYSE: 2, TO_READ: 1, READ: 0, TO_ADJUDICATE: 0}


def test_a_result_whose_images_are_known_elsewhere(either, tmp_path):
    """The panel analyses a copy: where the scan itself is it says."""
    scan = tmp_path / "scan.nii.gz"
    add_scans(either, [(scan, "scan")], ONE)
    import_result(either, write_result(tmp_path / "one", request={"input": "/tmp/gone.nrrd"}), scan=scan)
    assert names(either) == ["one"]


@pytest.fixture
def study(either, cases):
    design = {
        "name": "heat",
        "cases": [{"case": f"{number:064x}", "name": f"C{number}", "truth": number % 2} for number in (1, 4)],
        "readers": [ONE.name, TWO.name],
        "conditions": [{"name": "without", "heatmap": False}],
        "washout_days": 0,
        "seed": 5,
        "plan": {"title": "Heat", "metric": "auc", "treatments": ["without"]},
    }
    return create_study(either, design_of(design), HEAD, "plan")


@pytest.mark.parametrize("assigned", [False, True])
def test_of_a_case_that_is_to_be_read_in_a_study_nothing_is_told(either, study, assigned):
    if assigned:
        assign_study(either, "heat", HEAD)
    found = listed(either)
    assert [case.name for case in found.cases] == ["2", "5", "0", "3", "C1", "C4"], "not by their scores"
    for case in found.cases[4:]:
        told = dataclasses.asdict(case)
        assert (told.pop("state"), told.pop("study"), told.pop("name")[0]) == (TO_READ, "heat", "C")
        told.pop("key")
        assert set(told.values()) == {None, ""}
    assert found.counts[TO_READ] == found.total == 6
    assert names(either, order="name")[4:] == ["C1", "C4"]
    assert names(either, find="results/1") == [] == names(either, state=READ)
    assert names(either, find="c4") == ["C4"]
    assert names(either, HEAD)[0] == "1", "who does not read there sees them"
    for offset in range(7):
        assert names(either, limit=3, offset=offset) == ["2", "5", "0", "3", "C1", "C4"][offset : offset + 3]


def test_after_a_study_its_cases_are_read_and_to_be_settled(either, study):
    assign_study(either, "heat", HEAD)
    for _ in range(2):
        close_reading(either, open_reading(either, "heat", ONE), 3.0)
    assert names(either, state=READ) == ["1", "4"]
    assert names(either, TWO, state=READ) == []
    keep_to_settle(either, "heat", [("C4", "", {ONE.name: "normal", TWO.name: "abnormal"})], HEAD)
    assert names(either, HEAD, state=TO_ADJUDICATE) == ["4"]
    assert listed(either, HEAD).counts[TO_ADJUDICATE] == listed(either, HEAD, state=TO_READ).counts[TO_ADJUDICATE] == 1
    assert names(either, ONE, state=TO_ADJUDICATE) == [], "a reader of the study cannot settle"
    finish_study(either, "heat", HEAD, force=True)
    assert names(either, TWO)[:2] == ["1", "4"], "nothing is hidden after the end"
    settle(either, "heat", "C4", "normal", HEAD)
    assert names(either, HEAD, state=TO_ADJUDICATE) == []


def test_what_is_no_state_order_or_number(database):
    for wrong in ({"state": "new"}, {"order": "size"}, {"limit": -1}, {"offset": -1}):
        with pytest.raises(InputError):
            Wanted(**wrong)


def test_many_programs_register_at_once(tmp_path):
    import threading

    place, scans = tmp_path / "db" / "review.db", [(tmp_path / f"{number}.nii", str(number)) for number in range(300)]
    with ReviewDatabase.open(place):
        counts = []

        def register() -> None:
            with ReviewDatabase.open(place) as own:
                counts.append(add_scans(own, scans, ONE).new)

        threads = [threading.Thread(target=register) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(counts) == len(scans)
    with ReviewDatabase.open(place) as database:
        assert listed(database).counts[TO_ANALYSE] == len(scans)


# The commands


@pytest.fixture
def say(monkeypatch, tmp_path):
    """Runs ``gananomaly ...`` and gives what it says, or with --json what that holds."""
    monkeypatch.setenv("GANANOMALY_REVIEW", str(tmp_path / "db" / "review.db"))

    def run(*words: object):
        arguments = [*map(str, words)]
        done = CliRunner().invoke(app, arguments, obj=Session.of(arguments), standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return json.loads(done.stdout) if "--json" in arguments else done.output

    return run


def test_the_commands(say, tmp_path):
    with pytest.raises(InputError, match="There is no review database"):
        say("worklist")
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    for number in range(3):
        (incoming / f"p{number}.nii.gz").write_bytes(b"")
    assert "3 new scans to analyse" in say("worklist", "add", incoming)
    assert say("worklist", "add", incoming, "--json") == {"new": 0, "wait": 3, "done": 0}
    folder = write_result(tmp_path / "results" / "one", request={"input": str(incoming / "p1.nii.gz")})
    say("review", "import", folder)
    told = say("worklist")
    assert "to read" in told
    assert "p1" not in told
    assert "2 to analyse, 1 to read, 0 read, 0 to adjudicate." in told
    say("review", "decide", folder, "case", "normal")
    (case,) = say("worklist", "--state", "read", "--json")["cases"]
    assert (case["name"], case["score"], case["folder"]) == ("one", 3.0, str(folder))
    found = say("worklist", "--limit", 1, "--json")
    assert (len(found["cases"]), found["total"]) == (1, 3)
    assert "1 of 3 are listed" in say("worklist", "--limit", 1)
    say("worklist", "remove", incoming / "p0.nii.gz")
    with pytest.raises(InputError, match="None of these waits"):
        say("worklist", "remove", incoming / "p0.nii.gz")
    assert [one["name"] for one in say("worklist", "--state", "to-analyse", "--json")["cases"]] == ["p2"]


@pytest.mark.parametrize("words", [("add", "nowhere"), ("remove", "nowhere"), ("--state", "new"), ("--limit", "-1")])
def test_bad_input_is_a_sentence(say, tmp_path, words):
    say("worklist", "add", *[write_volume(tmp_path)])
    with pytest.raises(Exception) as error:  # noqa: PT011 - of click's or ours: both are told as they are
        say("worklist", *words)
    assert getattr(error.value, "exit_code", None) == 2


def write_volume(folder: Path) -> Path:
    (folder / "scan.nii.gz").write_bytes(b"")
    return folder / "scan.nii.gz"


def test_a_batch_needs_something_to_analyse(say, tmp_path):
    with pytest.raises(InputError, match="nothing to analyse"):
        say("batch", "--out", tmp_path / "out")
    assert "Nothing on the worklist waits" in say("batch", "--worklist", "--out", tmp_path / "out")
    path = write_volume(tmp_path)
    say("worklist", "add", path)
    path.unlink()
    told = say("batch", "--worklist", "--out", tmp_path / "out")
    assert "1 scans that wait are not where they were" in told
    assert not (tmp_path / "out").exists()
