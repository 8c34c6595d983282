"""Score files of every kind, good and bad."""

from __future__ import annotations

import numpy as np
import pytest
from evaluate_detection.score_files import write_result, write_scores, write_study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from GANAnomalyLab.evaluate.detection.score_files import match_names, read_distances
from GANAnomalyLab.evaluate.detection.study_table import read_study
from GANAnomalyLib.errors import InputError


def test_the_published_format(tmp_path):
    found = read_distances(write_scores(tmp_path / "a.csv", [1.5, 2, 1e-3]))
    assert found.values.tolist() == [1.5, 2, 0.001]
    assert found.names == ("a_000.png", "a_001.png", "a_002.png")
    assert found.patients is None
    assert (found.column, found.source, found.named, len(found)) == ("dist", "a.csv", True, 3)


@pytest.mark.parametrize(
    "raw",
    [
        b"filename;dist\r\na;1,5\r\nb;2,25\r\n\r\n",
        b" Filename , DIST \n a , 1.5 \n\n b , 2.25 \n",
        b"dist,x,filename\n1.5,9,a\n2.25,9,b\n",
    ],
)
def test_separators_encodings_and_order(tmp_path, raw):
    (tmp_path / "a.csv").write_bytes(raw)
    found = read_distances(tmp_path / "a.csv")
    assert found.values.tolist() == [1.5, 2.25]
    assert found.names == ("a", "b")


def test_windows_letters(tmp_path):
    (tmp_path / "a.csv").write_bytes("filename;dist\nMüller;1,5\n".encode("cp1252"))
    assert read_distances(tmp_path / "a.csv").names == ("Müller",)


def test_columns_by_choice(tmp_path):
    path = write_scores(tmp_path / "a.csv", [1, 2], heads=("id", "mse"), extra={"wd": [3, 4], "who": ["p", "q"]})
    found = read_distances(path, "WD", name_column="id", patient_column="who")
    assert (found.values.tolist(), found.names, found.patients) == ([3, 4], ("a_000.png", "a_001.png"), ("p", "q"))
    with pytest.raises(InputError, match="no column 'dist' or 'distance' or 'score'; it has 'id', 'mse', 'wd', 'who'"):
        read_distances(path)
    with pytest.raises(InputError, match=r"no column 'ssim'.*--column"):
        read_distances(path, "ssim")
    with pytest.raises(InputError, match="--patient-column"):
        read_distances(path, "wd", patient_column="x")


def test_without_names(tmp_path):
    (tmp_path / "a.csv").write_text("dist\n1\n2\n")
    found = read_distances(tmp_path / "a.csv")
    assert found.names == ("1", "2")
    assert not found.named


def test_patients_by_pattern_and_their_highest(tmp_path):
    path = write_scores(tmp_path / "a.csv", [1, 5, 3, 2], ["p1_s1", "p1_s2", "p2_s1", "p2_s2"])
    found = read_distances(path, patient_pattern=r"^(p\d)_")
    assert found.patients == ("p1", "p1", "p2", "p2")
    highest = read_distances(path, patient_pattern=r"^p\d", highest=True)
    assert (highest.values.tolist(), highest.names) == ([5, 3], ("p1", "p2"))
    with pytest.raises(InputError, match="finds no patient in 'p1_s1'"):
        read_distances(path, patient_pattern="x")
    with pytest.raises(InputError, match="not a regular expression"):
        read_distances(path, patient_pattern="(")
    with pytest.raises(InputError, match="which rows belong together"):
        read_distances(path, highest=True)


def test_results(tmp_path):
    for n in range(3):
        write_result(tmp_path / "set" / f"case{n}", [n, n + 2.5, 1], [9, 8, 7])
    (tmp_path / "set" / "half.partial").mkdir()
    found = read_distances(tmp_path / "set")
    assert found.values.tolist() == [2.5, 3.5, 4.5]
    assert found.names == ("case0", "case1", "case2") == found.patients
    slices = read_distances(tmp_path / "set", "wd", highest=False)
    assert slices.values.tolist() == [9, 8, 7] * 3
    assert slices.names[:2] == ("case0/0", "case0/1")
    assert slices.patients == tuple(f"case{n}" for n in range(3) for _ in range(3))
    assert read_distances(tmp_path / "set" / "case1").values.tolist() == [3.5]
    with pytest.raises(InputError, match=r"no column 'mse'.*choose score, patch_score, wd"):
        read_distances(tmp_path / "set", "mse")
    write_result(tmp_path / "set" / "case9", ["nan"])
    with pytest.raises(InputError, match="case9 holds no finite number"):
        read_distances(tmp_path / "set")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"filename,dist\n", "no rows"),
        (b"filename,dist\na,nan\nb,1\n", r"1 of 2 rows .* no finite number .* \(line 2 holds 'nan'\)"),
        (b"filename,dist\na,1\nb,\n", r"line 3 holds nothing"),
        (b"filename,dist\na,inf\n", "no finite number|no number"),
        (b"filename,dist\na,1_0\n", "no number"),
        (b"filename,dist\na,high\n", "no number"),
        (b"filename,dist\na,1\na,1\n", r"names a twice \(lines 2 and 3, with the same score\)"),
        (b"filename,dist\na,1\na,2\n", "another score"),
        (b"filename,dist\n,1\n", "Line 2 of a.csv has no name"),
        (b"filename,dist,Dist\na,1,2\n", "2 columns called 'dist'"),
        (b"filename,dist,patient\na,1,\n", "no patient"),
        (b"PK\x03\x04\x00\x00" * 50, "no plain text"),
    ],
)
def test_bad_tables(tmp_path, raw, words):
    (tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(InputError, match=words) as caught:
        read_distances(tmp_path / "a.csv")
    assert caught.value.message.count("\n") == 0
    assert str(tmp_path) not in caught.value.message


def test_missing(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        read_distances(tmp_path / "none.csv")
    with pytest.raises(InputError, match="holds no result"):
        read_distances(tmp_path)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path, raw):
    path = tmp_path / "x.csv"
    path.write_bytes(b"filename,dist\n" + raw)
    refusal, found = "", None
    try:
        found = read_distances(path)
    except InputError as error:
        refusal = error.message
    if found is None:
        assert refusal.endswith(".")
    else:
        assert np.isfinite(found.values).all()
        assert len(set(found.names)) == len(found.names) == len(found.values)


def test_matching(tmp_path):
    one = read_distances(write_scores(tmp_path / "a.csv", [1, 2, 3], ["x/p1.png", "x/p2.png", "x/p3.png"]))
    two = read_distances(write_scores(tmp_path / "b.csv", [4, 5, 6], ["p3.nii.gz", "p1.nii.gz", "p4.nii.gz"]))
    found = match_names(one, two)
    assert [one.names[n] for n in found.first] == ["x/p1.png", "x/p3.png"]
    assert [two.names[n] for n in found.second] == ["p1.nii.gz", "p3.nii.gz"]
    assert (found.only_first, found.only_second) == (("x/p2.png",), ("p4.nii.gz",))
    three = read_distances(write_scores(tmp_path / "c.csv", [1], ["other"]))
    with pytest.raises(InputError, match=r"No case of a\.csv is in c\.csv"):
        match_names(one, three)


def test_matching_without_names(tmp_path):
    for name, rows in (("a", "1\n2\n"), ("b", "3\n4\n"), ("c", "5\n")):
        (tmp_path / f"{name}.csv").write_text("dist\n" + rows)
    a, b, c = (read_distances(tmp_path / f"{name}.csv") for name in "abc")
    assert match_names(a, b).second.tolist() == [0, 1]
    with pytest.raises(InputError, match=r"a\.csv has 2 rows and c\.csv 1"):
        match_names(a, c)
    with pytest.raises(InputError, match="does not name its cases"):
        match_names(a, read_distances(write_scores(tmp_path / "d.csv", [1, 2])))


def test_a_study(tmp_path):
    path = write_study(tmp_path / "slices.csv")
    found = read_study(tmp_path, "good")
    assert (len(found.baseline), {name: len(item) for name, item in found.sets.items()}) == (
        32,
        {"needle": 8, "probe": 8},
    )
    assert found.sets["needle"].names[0] == "needle0/2"
    assert found.sets["needle"].patients[0] == "p0_needle"
    cases = read_study(path, "good", highest=True)
    assert len(cases.baseline) == 8 == len(cases.sets["probe"])
    with pytest.raises(InputError, match="several configurations; it has good, poor"):
        read_study(path)
    with pytest.raises(InputError, match="no configuration 'x'"):
        read_study(path, "x")
    with pytest.raises(InputError, match="no table of a study"):
        read_study(write_scores(tmp_path / "b.csv", [1]))
    text = path.read_text(encoding="utf-8-sig").replace(",needle,", ",baseline,").replace(",probe,", ",baseline,")
    (tmp_path / "one.csv").write_text(text)
    with pytest.raises(InputError, match="no abnormal slice of good"):
        read_study(tmp_path / "one.csv", "good")
