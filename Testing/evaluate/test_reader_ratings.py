"""Ratings of studies as people write them: our columns, iMRMC's lists, gaps, plans."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from vandyke import TABLE, rows

from GANAnomalyLab.evaluate.reader_options import ReaderStudyOptions, with_plan
from GANAnomalyLab.evaluate.reader_study import read_ratings
from GANAnomalyLab.evaluate.reader_study.imrmc_list import write_list
from GANAnomalyLab.evaluate.reader_study.study_data import next_study, study_data, study_hashes
from GANAnomalyLab.statistics.readers.reader_study import analyse_readings
from GANAnomalyLib.errors import InputError


def written(folder, text, name="ratings.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


SMALL = "reader,treatment,case,truth,rating\n" + "".join(
    f"{reader},{treatment},{case},{case % 2},{(case * 7 + reader * 3 + treatment) % 5}\n"
    for reader in (1, 2)
    for treatment in (1, 2)
    for case in range(12)
)


def test_imrmcs_list_comes_back_alike(tmp_path):
    held = read_ratings(TABLE)
    path = write_list(tmp_path / "study.imrmc", held.readings, "Aortic dissection,\nVan Dyke")
    lines = path.read_text().splitlines()
    assert lines[:6] == ["Aortic dissection, Van Dyke", "N0: 69", "N1: 45", "NR: 5", "NM: 2", "BEGIN DATA:"]
    assert lines[6] == "-1,1,0,0"
    assert lines[6 + 114] == "1,1,1,1"
    assert len(lines) == 6 + 114 + 1140
    again = read_ratings(path)
    assert analyse_readings(again.readings).differences == analyse_readings(held.readings).differences


def test_imrmcs_columns_with_truth_rows_or_a_column(tmp_path):
    known = analyse_readings(read_ratings(TABLE).readings).differences
    truths = {row["case"]: row["truth"] for row in rows()}
    with open(tmp_path / "list.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["readerID", "caseID", "modalityID", "score"])
        table.writerows(("truth", case, "truth", truth) for case, truth in truths.items())
        table.writerows((row["reader"], row["case"], row["treatment"], row["rating"]) for row in rows())
    with open(tmp_path / "column.csv", "w", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(["ReaderID", "CaseID", "ModalityID", "Truth", "Score"])
        table.writerows([row[name] for name in ("reader", "case", "treatment", "truth", "rating")] for row in rows())
    for name in ("list.csv", "column.csv"):
        assert analyse_readings(read_ratings(tmp_path / name).readings).differences == known


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("-1,1,0,0\n1,1,1,3\n1,2,1,4\n", "no truth of case 2"),
        ("-1,1,0,0\n-1,1,0,1\n1,1,1,3\n", "second, other truth"),
        ("-1,1,0,0\n1,1,1\n", "Line 4 of ratings.csv has 3 cells"),
        ("-1,1,0,0\n", "truths only"),
        ("", "no data after"),
    ],
)
def test_a_damaged_list_is_a_sentence(tmp_path, lines, words):
    with pytest.raises(InputError, match=words):
        read_ratings(written(tmp_path, f"A study\nBEGIN DATA:\n{lines}"))


def test_what_a_list_cannot_say_is_refused(tmp_path):
    twice = SMALL + "1,1,0,0,4\n"
    with pytest.raises(InputError, match="one rating of a case"):
        write_list(tmp_path / "out", read_ratings(written(tmp_path, twice)).readings)
    named = SMALL.replace("\n1,", '\n"Doe, Jane",')
    with pytest.raises(InputError, match="cannot hold the name 'Doe, Jane'"):
        write_list(tmp_path / "out", read_ratings(written(tmp_path, named)).readings)
    assert not (tmp_path / "out").exists()


def test_gaps_count_as_missing_readings(tmp_path):
    lines = SMALL.splitlines()
    for n in (3, 10):
        lines[n] = lines[n].rpartition(",")[0] + ("," if n == 3 else ",NA")
    held = read_ratings(written(tmp_path, "\n".join(lines)))
    assert len(held.readings.rating) == 46
    assert held.notes == ["2 rows hold no rating: they count as readings that are missing."]
    assert "2 of 48 readings are missing" in analyse_readings(held.readings).notes[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("rating\n", "score2\n"), "no column 'rating' or 'score'"),
        (("truth,", "sick,"), "no column 'truth'"),
        (("1,1,0,0,", "1,1,0,yes,"), "truth of each case must be 1"),
        (("1,1,0,0,4", "1,1,0,0,inf"), "no number|no finite number"),
        (("1,1,0,0,4", "1,1,0,0,high"), "no number"),
        (("1,1,0,0,4", ",1,0,0,4"), "names no reader"),
        (("1,1,1,1,", "1,1,1,0,"), "truth of 0 in some rows and of 1 in others"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path, change, words):
    assert change[0] in SMALL
    with pytest.raises(InputError, match=words):
        analyse_readings(read_ratings(written(tmp_path, SMALL.replace(*change, 1))).readings)


def test_treatments_are_chosen_in_an_order_and_may_be_absent(tmp_path):
    held = read_ratings(TABLE, treatments=("2", "1")).readings
    (difference,) = analyse_readings(held).differences
    assert (difference.a, difference.b) == ("2", "1")
    assert difference.estimate.estimate == pytest.approx(0.04380032, abs=5e-9)
    assert analyse_readings(read_ratings(TABLE, treatments=["2"]).readings).differences == []
    with pytest.raises(InputError, match="no treatment 'x': there are 1, 2"):
        read_ratings(TABLE, treatments=["x"])
    without = "reader,case,truth,rating\n" + "".join(
        f"{row['reader']},{row['case']},{row['truth']},{row['rating']}\n" for row in rows() if row["treatment"] == "1"
    )
    found = analyse_readings(read_ratings(written(tmp_path, without)).readings)
    assert [one.estimate for one in found.treatments.values()] == pytest.approx([0.89703704])


def test_marks_have_a_column_for_lesions(tmp_path):
    text = "reader,case,truth,lesion,rating\n"
    text += "".join(
        f"{r},{c},1,{name},{c + r if name == 'a' else ''}\n" for r in (1, 2) for c in (1, 2, 3) for name in "ab"
    )
    text += "".join(f"{r},{c},0,,{'' if c == 4 else c - 4 + r}\n" for r in (1, 2) for c in (4, 5, 6))
    held = read_ratings(written(tmp_path, text), "jafroc").readings
    assert np.isneginf(held.rating).sum() == 8
    found = analyse_readings(held, "jafroc")
    assert found.cases == (3, 3)
    # Lesion b is never marked: half of it above the one case without a mark, by the tie.
    assert all(one.figure.estimate < 0.7 for one in found.readers)
    with pytest.raises(InputError, match="no column 'lesion'"):
        read_ratings(TABLE, "jafroc")


def test_a_plan_binds():
    plan = {"title": "With and without", "metric": "sensitivity", "threshold": 3, "treatments": ["1", "2"]}
    chosen = with_plan(plan, {"level": 0.9})
    assert (chosen.metric, chosen.threshold, chosen.level, chosen.treatments) == ("sensitivity", 3, 0.9, ["1", "2"])
    assert with_plan(plan, {"metric": "sensitivity"}) == with_plan(plan, {})
    with pytest.raises(InputError, match="The plan says 3 for --threshold, not 4"):
        with_plan(plan, {"threshold": 4})
    with pytest.raises(InputError, match="metrik"):
        with_plan({"metrik": "auc"}, {})
    with pytest.raises(InputError, match="--threshold belongs to"):
        with_plan({"threshold": 3}, {})
    with pytest.raises(InputError, match="needs --threshold"):
        ReaderStudyOptions(metric="specificity")


def test_hashes_tell_plan_and_data_apart():
    one = study_hashes(ReaderStudyOptions(), "sha256:a")
    assert study_hashes(ReaderStudyOptions(metric="auc"), "sha256:a") == one
    other, more = (
        study_hashes(ReaderStudyOptions(level=0.9), "sha256:a"),
        study_hashes(ReaderStudyOptions(), "sha256:b"),
    )
    assert (other["plan"] != one["plan"], other["data"] == one["data"]) == (True, True)
    assert more["plan"] == one["plan"]
    assert len({one["plan_with_data"], other["plan_with_data"], more["plan_with_data"]}) == 3


def test_the_answer_has_the_keys_that_programs_read():
    options = ReaderStudyOptions()
    data = study_data(analyse_readings(read_ratings(TABLE).readings), options, study_hashes(options, "sha256:x"))
    assert {"design", "difference", "global", "treatments", "readers", "components", "notes"} <= data.keys()
    assert list(data["difference"][0]) == ["a", "b", "estimate", "se", "df", "low", "high", "p"]
    assert list(data["global"]) == ["f", "df1", "df2", "p"]
    assert {"name", "auc", "low", "high", "df"} <= data["treatments"][0].keys()
    assert list(data["components"]) == ["reader", "treatment_reader", "error", "cov1", "cov2", "cov3"]


def test_the_next_study_is_planned_from_a_factorial_one():
    found = next_study(analyse_readings(read_ratings(TABLE).readings), ReaderStudyOptions(), (6,), (100, 251))
    assert found.observed
    assert [(one.readers, one.cases) for one in found.table] == [(6, 100), (6, 251)]
    assert found.needed[6].cases == 251
    nested = analyse_readings(read_ratings(TABLE, case_column="case2").readings)
    with pytest.raises(InputError, match="cases nested in readers"):
        next_study(nested, ReaderStudyOptions())
    sensitive = analyse_readings(read_ratings(TABLE).readings, "sensitivity", 3)
    options = ReaderStudyOptions(metric="sensitivity", threshold=3, difference=0.1)
    assert next_study(sensitive, options, (5,), (45,)).counted == "abnormal cases"
