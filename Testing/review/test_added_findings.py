"""What readers add: kept in decisions.json, told in the table and the report, refused where a file is hostile."""

from __future__ import annotations

import csv
import json

import pytest

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.review.added_findings import CaseVerdict, ReaderFinding, check_confidence, check_verdict
from GANAnomalyLib.review.coded_labels import Label
from GANAnomalyLib.review.decisions import DECISIONS_FILE, Decision, load_reading, save_decisions
from GANAnomalyLib.review.export import COLUMNS, write_findings_csv
from GANAnomalyLib.review.finding_rows import FindingRow
from GANAnomalyLib.review.report.report_parts import AddedFinding
from GANAnomalyLib.review.result_facts import ResultFacts

NODULE = Label("SCT", "27925004", "Nodule")
BOX = ReaderFinding((1.5, -2.0, 3.0), (8.0, 9.0, 6.0), NODULE, 'größer, "neu"', 4, "2026-01-02T03:04:05+00:00")
POINT = ReaderFinding((0.0, 0.0, 0.0), label=Label.words("odd  place\n"))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "result.json").write_text(json.dumps({"schema_version": 1, "fingerprint": "abc"}))
    return tmp_path


def _row(**more):
    return FindingRow(1, 3.5, 7, (6, 8), (1.0, -2.0, 3.0), (30.0, 30.0, 9.0), "Finding_1", **more)


def test_all_that_a_reader_said_is_given_back(folder):
    verdict = CaseVerdict("abnormal", 5, "2026-01-02T03:05:05+00:00")
    save_decisions(folder, [_row(decision="accepted", confidence=2, label=NODULE)], added=[BOX, POINT], verdict=verdict)
    found = load_reading(folder)
    assert found.decisions == [Decision(1, "accepted", "", "", 2, NODULE)]
    assert found.added == [BOX, POINT]
    assert found.verdict == verdict
    assert POINT.is_point
    assert not BOX.is_point
    assert POINT.label.meaning == "odd place"
    assert POINT.mark != ReaderFinding((0.0, 0.0, 0.0)).mark


def test_a_file_of_the_earlier_version_is_read(folder):
    old = {"schema_version": 1, "fingerprint": "abc", "decisions": [{"rank": 1, "decision": "unsure"}]}
    (folder / DECISIONS_FILE).write_text(json.dumps(old))
    found = load_reading(folder)
    assert found.decisions == [Decision(1, "unsure")]
    assert (list(found.added), found.verdict) == ([], CaseVerdict())


@pytest.mark.parametrize(
    ("added", "verdict"),
    [
        ([{"centre_ras": [0, 0]}], {}),
        ([{"centre_ras": [0, 0, 1e999]}], {}),
        ([{"centre_ras": [0, 0, 2e6]}], {}),
        ([{"centre_ras": [0, 0, 0], "size_mm": [1, 1, -1]}], {}),
        ([{"centre_ras": [0, 0, 0], "confidence": 6}], {}),
        ([{"centre_ras": [0, 0, 0], "confidence": True}], {}),
        ([{"centre_ras": [0, 0, 0], "label": {"meaning": "two\nlines"}}], {}),
        ([{"centre_ras": [0, 0, 0], "label": {"meaning": "x" * 201}}], {}),
        ([{"centre_ras": [0, 0, 0], "comment": "x" * 4001}], {}),
        ([{"centre_ras": [0, 0, 0], "mark": ""}], {}),
        ([{"centre_ras": [0, 0, 0], "mark": "a"}] * 2, {}),
        ([{"centre_ras": [0, 0, 0]}] * 1001, {}),
        ({"centre_ras": [0, 0, 0]}, {}),
        ([], {"verdict": "ill"}),
        ([], {"verdict": "normal", "confidence": 0}),
        ([], ["normal"]),
    ],
)
def test_a_hostile_file_gives_one_sentence(folder, added, verdict):
    data = {"schema_version": 2, "fingerprint": "abc", "decisions": [], "added": added, "verdict": verdict}
    (folder / DECISIONS_FILE).write_text(json.dumps(data))
    with pytest.raises(InputError, match=r"cannot be (read|used): .*remove that file"):
        load_reading(folder)


def test_words_and_numbers_are_checked():
    assert check_verdict("inadequate") == "inadequate"
    assert (check_confidence(None), check_confidence(5)) == (None, 5)
    with pytest.raises(InputError, match="normal, abnormal or inadequate, not 'ill'"):
        check_verdict("ill")
    for wrong in (0, 6, 2.5, True, "3"):
        with pytest.raises(InputError, match="from 1 to 5"):
            check_confidence(wrong)


def _table(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_the_table_has_the_readers_own_findings_and_the_verdict(tmp_path):
    facts = ResultFacts(unit="", model="demo")
    path = tmp_path / "x.csv"
    write_findings_csv(path, [_row(confidence=3)], facts, [BOX, POINT], CaseVerdict("abnormal", 4))
    model, box, point = _table(path)
    assert [row["found by"] for row in (model, box, point)] == ["model", "reader", "reader"]
    assert (model["rank"], box["rank"], point["rank"]) == ("1", "R1", "R2")
    assert (box["score"], box["size (mm)"], box["R (mm)"]) == ("", "8 x 9 x 6", "1.50")
    assert (box["label"], box["label code"], box["confidence"]) == ("Nodule", "SCT:27925004", "4")
    assert (point["label"], point["label code"], point["confidence"]) == ("odd place", "", "")
    assert (box["comment"], box["model"], model["confidence"]) == (BOX.comment, "demo", "3")
    assert {(row["case verdict"], row["case confidence"]) for row in (model, box, point)} == {("abnormal", "4")}
    write_findings_csv(path, [], facts, [], CaseVerdict("normal"))
    assert tuple(_table(path)[0]) == COLUMNS
    assert [(row["case verdict"], row["rank"], row["found by"], row["model"]) for row in _table(path)] == [
        ("normal", "", "", "demo")
    ]


def test_a_report_tells_the_term_and_its_code():
    told = AddedFinding.of(BOX)
    assert (told.label, told.size_mm, told.confidence) == ("Nodule (SCT 27925004)", BOX.size_mm, 4)
    assert AddedFinding.of(POINT).label == "odd place"
