"""Sets, masks and patients from folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from GANAnomalyLab.evaluate.study import BASELINE, StudyCase, check_study
from GANAnomalyLab.evaluate.study import find_study_cases as room
from GANAnomalyLab.evaluate.study.find_study_cases import find_study_cases
from GANAnomalyLab.evaluate.study.study_cases import Configuration
from GANAnomalyLib.errors import InputError


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


@pytest.fixture
def files(tmp_path):
    """Names are all that counts here: nothing is opened."""
    return touch(
        tmp_path, "normals/a.nii.gz", "normals/b.nii.gz", "needle/p1.nii.gz", "needle/p2/ct.nii.gz", "wet/p1.nrrd"
    )


def find(folder: Path, **options) -> dict[str, StudyCase]:
    cases = find_study_cases([folder / "normals"], {"needle": [folder / "needle"], "wet": [folder / "wet"]}, **options)
    return {case.name: case for case in cases}


def test_groups_and_names(files):
    cases = find(files, slices=(2, 4))
    assert list(cases) == ["baseline_a", "baseline_b", "needle_p1", "needle_p2_ct", "wet_p1"]
    assert [case.group for case in cases.values()] == [BASELINE, BASELINE, "needle", "needle", "wet"]
    assert {case.slices for case in cases.values()} == {(2, 4)}
    assert cases["needle_p2_ct"].drawn_with == "needle_p2_ct"
    assert all(StudyCase.from_dict(case.to_dict()) == case for case in cases.values())
    check_study(list(cases.values()), [Configuration("wd")])


def test_masks_by_file_by_folder_and_by_set(files):
    touch(files, "masks/needle/p1_mask.nrrd", "masks/needle/p2/mask.nii.gz")
    cases = find(files, masks=files / "masks")
    assert cases["needle_p1"].mask == files / "masks/needle/p1_mask.nrrd"
    assert cases["needle_p2_ct"].mask == files / "masks/needle/p2/mask.nii.gz"
    assert cases["wet_p1"].mask is None
    assert cases["baseline_a"].mask is None
    touch(files, "masks/wet/p1.png")
    assert find(files, masks=files / "masks")["wet_p1"].mask == files / "masks/wet/p1.png"


def test_one_folder_of_masks_for_all(files):
    touch(files, "masks/needle_p1.nrrd", "masks/p2_ct_seg.nrrd", "masks/wet_p1.nrrd")
    cases = find(files, masks=files / "masks")
    assert [case.mask.name for case in cases.values() if case.mask] == [
        "needle_p1.nrrd",
        "p2_ct_seg.nrrd",
        "wet_p1.nrrd",
    ]


def test_region_masks_are_of_normal_cases_too(files):
    touch(files, "liver/baseline/a.nrrd", "liver/baseline/b.nrrd")
    cases = find(files, region_masks=files / "liver")
    assert cases["baseline_b"].region_mask == files / "liver/baseline/b.nrrd"
    assert cases["baseline_b"].mask is None


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (["masks/needle/p1.nrrd"], "no lesion mask for needle_p2_ct"),
        (["masks/needle/p1.nrrd", "masks/needle/p2/mask.nrrd", "masks/needle/p9.nrrd"], "no case for p9"),
        (["masks/p1.nrrd", "masks/p2.nrrd"], "could be of needle_p1 or of wet_p1"),
        (["masks/needle/p1.nrrd", "masks/needle/p1_mask.nrrd"], "two files for the case p1"),
        (["masks/notes.txt"], "no lesion mask"),
    ],
)
def test_masks_that_do_not_fit(files, made, words):
    touch(files, *made)
    with pytest.raises(InputError, match=words):
        find(files, masks=files / "masks")


def test_sets_that_cannot_be(files):
    with pytest.raises(InputError, match="at least one anomaly set"):
        find_study_cases([files / "normals"], {})
    for name in ("baseline", "mean"):
        with pytest.raises(InputError, match="cannot be called"):
            find_study_cases([files / "normals"], {name: [files / "needle"]})
    with pytest.raises(InputError, match=r"a.nii.gz is in the sets baseline and x"):
        find_study_cases([files / "normals"], {"x": [files / "normals"]})
    with pytest.raises(InputError, match="does not exist"):
        find_study_cases([files / "nowhere"], {"x": [files / "needle"]})
    with pytest.raises(InputError, match="no folder of lesion masks"):
        find(files, masks=files / "nowhere")


def test_patients_from_a_table(files):
    table = files / "patients.csv"
    table.write_text("\ufeffCase,Patient\na.nii.gz,Ann\nneedle_p1,Ann\nb,Ben\n", encoding="utf-8")
    cases = find(files, patients=table)
    assert [case.drawn_with for case in cases.values()] == ["Ann", "Ben", "Ann", "needle_p2_ct", "wet_p1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("case,who\na,Ann\n", "columns 'case' and 'patient'"),
        ("case,patient\nzz,Ann\n", "lists zz"),
        ("case,patient\na,Ann\na,Ben\n", "two patients"),
        ("case,patient\na,\n", "without a case or a patient"),
    ],
)
def test_tables_of_patients_that_cannot_be_used(files, text, words):
    (files / "patients.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        find(files, patients=files / "patients.csv")
    with pytest.raises(InputError, match="cannot be opened"):
        find(files, patients=files / "none.csv")


def test_patients_by_a_pattern(files):
    assert find(files, patient_pattern=r"^([a-z]\d?)")["needle_p2_ct"].patient == "p2"
    assert find(files, patient_pattern=r"[a-z]")["baseline_b"].patient == "b"
    with pytest.raises(InputError, match="not a regular expression"):
        find(files, patient_pattern="(")
    with pytest.raises(InputError, match="finds no patient in 'a' of the study"):
        find(files, patient_pattern=r"p\d")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", ".hidden", "con", "x" * 200, "a b", "NUL.txt"])
def test_names_that_would_leave_the_folder(name):
    good, one = StudyCase("a", Path("a.nrrd"), BASELINE), Configuration("wd")
    with pytest.raises(InputError, match="cannot name a folder"):
        check_study([StudyCase(name, Path("a.nrrd"), BASELINE)], [one])
    with pytest.raises(InputError, match="cannot name a folder"):
        check_study([good], [Configuration(name)])


def test_studies_that_cannot_be_run():
    good, one = StudyCase("a", Path("a.nrrd"), BASELINE), Configuration("wd", {"metric": "wd"})
    for cases, configurations, words in (
        ([], [one], "no case"),
        ([good], [], "no configuration"),
        ([good, StudyCase("A", Path("b.nrrd"), BASELINE)], [one], "Two cases"),
        ([good], [one, Configuration("WD")], "Two configurations"),
        ([StudyCase("a", Path("a"), "mean")], [one], "set's name"),
        ([StudyCase("a", Path("a"), "x/y")], [one], "set's name"),
        ([good], [Configuration("x", {"input": "b.nrrd"})], "setting 'input'"),
        ([good], [Configuration("x", {"metrik": "wd"})], "setting 'metrik'"),
        ([good], [Configuration("x", {"metric": "ws"})], "metric must be one of"),
    ):
        with pytest.raises(InputError, match=words):
            check_study(cases, configurations)


def test_each_case_is_looked_at_a_few_times_however_many_there_are(tmp_path, monkeypatch):
    names = [f"{number:02d}.nii.gz" for number in range(30)]
    touch(tmp_path / "normals", *names)
    touch(tmp_path / "needle", "p1.nii.gz")
    table = tmp_path / "patients.csv"
    table.write_text("case,patient\n" + "".join(f"{name},{name[0]}\n" for name in names))
    asked, real = [], room._names
    monkeypatch.setattr(room, "_names", lambda case: asked.append(case) or real(case))
    cases = find_study_cases([tmp_path / "normals"], {"needle": [tmp_path / "needle"]}, patients=table)
    assert len({case.patient for case in cases}) == 4
    assert len(asked) <= 3 * len(cases)
