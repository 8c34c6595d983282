"""Sets divided in two: every image once, no patient on both sides."""

from __future__ import annotations

import csv
import os

import numpy as np
import pytest
from datasets.made import pixels, png, torso_part, write_folder, write_zip
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.split_set import SplitOptions, divide, split_dataset
from GANAnomalyLab.images.archive import open_pictures
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import write_volume

NAMES = [f"p{patient}/{number}.png" for patient in range(5) for number in range(patient + 1)]


@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=60).filter(lambda units: len(set(units)) > 1),
    st.floats(0.01, 0.99),
    st.integers(0, 1000),
)
def test_patients_stay_together(units, fraction, seed):
    sides = divide(units, fraction, seed)
    first = {unit for unit, side in zip(units, sides, strict=True) if side == 0}
    second = {unit for unit, side in zip(units, sides, strict=True) if side == 1}
    assert not first & second
    assert first
    assert second
    largest = max(units.count(unit) for unit in units)
    assert abs(sides.count(0) - fraction * len(units)) <= largest
    assert divide(units, fraction, seed) == sides


def test_seeds_differ_and_halves_are_halves():
    units = [str(n) for n in range(100)]
    draws = [tuple(divide(units, 0.5, seed)) for seed in range(20)]
    assert len(set(draws)) == 20
    assert all(draw.count(0) == 50 for draw in draws)
    # Every place is drawn into either part about equally often.
    assert np.abs(np.mean([divide(units, 0.5, seed) for seed in range(400)], axis=0) - 0.5).max() < 0.12


@pytest.fixture
def source(tmp_path):
    return write_folder(tmp_path / "in", NAMES, [[name, int(name[1])] for name in NAMES])


@pytest.mark.parametrize("how", ["copy", "link"])
def test_folders(source, tmp_path, how):
    options = SplitOptions(patients="folder", how=how, names=("train", "validation"), fraction=0.7)
    outcome = split_dataset(source, SetJob(tmp_path / "out"), options)
    found = {}
    for part in ("train", "validation"):
        with open_pictures(tmp_path / "out" / part) as pictures:
            assert outcome.extra["parts"][part]["items"] == len(pictures.names)
            for name in pictures.names:
                assert name not in found
                found[name] = part
                np.testing.assert_array_equal(np.asarray(pictures.open(name)), pixels(NAMES.index(name)))
                assert pictures.labels()[name] == int(name[1])
                if how == "link":
                    assert os.path.samefile(tmp_path / "out" / part / name, source / name)
    assert sorted(found) == sorted(NAMES)
    assert len({(name[1], part) for name, part in found.items()}) == 5
    with open(tmp_path / "out" / "split.csv", newline="") as file:
        assert {row["file"]: row["split"] for row in csv.DictReader(file)} == found
    again = SplitOptions(patients="folder", how="list", names=("train", "validation"), fraction=0.7)
    split_dataset(source, SetJob(tmp_path / "again.csv"), again)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out" / "split.csv").read_bytes()


def test_the_trainer_takes_the_list(source, tmp_path):
    from GANAnomalyLab.images import ImageSource, check_apart, open_images

    options = SplitOptions(patients="folder", how="list", names=("train", "validation"))
    outcome = split_dataset(source, SetJob(tmp_path / "split.csv"), options)
    sets = [
        open_images(
            ImageSource(str(source), resolution=8, split=str(tmp_path / "split.csv"), part=part), tmp_path / part
        )
        for part in ("train", "validation")
    ]
    assert [len(one) for one in sets] == [outcome.extra["parts"][part]["items"] for part in ("train", "validation")]
    check_apart(*sets)


def test_zips_and_their_patients(tmp_path):
    from GANAnomalyLab.datasets.make_training_set import MakeOptions, make_dataset

    folder = write_folder(tmp_path / "in", NAMES)
    make_dataset(folder, SetJob(tmp_path / "set.zip"), MakeOptions(patients="folder"))
    outcome = split_dataset(tmp_path / "set.zip", SetJob(tmp_path / "out"))
    assert sum(part["patients"] for part in outcome.extra["parts"].values()) == 5
    assert not outcome.notes
    codes = []
    for part in ("first", "second"):
        with open_pictures(tmp_path / "out" / f"{part}.zip") as pictures:
            codes.append(set(pictures.patients().values()))
    assert not codes[0] & codes[1]
    assert len(codes[0] | codes[1]) == 5
    with pytest.raises(InputError, match="cannot be linked"):
        split_dataset(tmp_path / "set.zip", SetJob(tmp_path / "other"), SplitOptions(how="link"))
    assert not (tmp_path / "other").exists()


def test_patients_from_a_table_or_a_pattern(source, tmp_path):
    rule = tmp_path / "who.csv"
    rule.write_text("file,patient\n" + "".join(f"{name},{'ab'[int(name[1]) > 2]}\n" for name in NAMES))
    for patients in (str(rule), "regex:^p[0-9]"):
        outcome = split_dataset(
            source, SetJob(tmp_path / "s.csv", force=True), SplitOptions(patients=patients, how="list")
        )
        assert sum(part["patients"] for part in outcome.extra["parts"].values()) == (2 if patients == str(rule) else 5)
    assert "p1" not in (tmp_path / "s.csv").read_text().split("patient")[1].replace("p1/", "")
    rule.write_text(f"file,patient\n{NAMES[0]},a\n")
    with pytest.raises(InputError, match="no patient for 14 of 15"):
        split_dataset(source, SetJob(tmp_path / "x"), SplitOptions(patients=str(rule)))


def test_volumes_and_dicom_folders(tmp_path, write_dicom):
    for number in range(4):
        write_volume(torso_part(10 * number, 2), tmp_path / "ct" / f"{number}.nii.gz")
    outcome = split_dataset(tmp_path / "ct", SetJob(tmp_path / "out"))
    assert [part["items"] for part in outcome.extra["parts"].values()] == [2, 2]
    assert any("drawn for itself" in note for note in outcome.notes)
    assert len(list((tmp_path / "out").rglob("*.nii.gz"))) == 4
    for number in range(6):
        write_dicom(f"films/{number}.dcm", np.arange(16).reshape(4, 4), PatientID=f"P{number // 2}")
    films = split_dataset(tmp_path / "films", SetJob(tmp_path / "halves"))
    assert sum(part["patients"] for part in films.extra["parts"].values()) == 3
    assert len(list((tmp_path / "halves").rglob("*.dcm"))) == 6
    assert "P0" not in (tmp_path / "halves" / "split.csv").read_text()


def test_a_damaged_member_is_listed(tmp_path):
    path = write_zip(tmp_path / "set.zip", {f"{n}.png": png(pixels(n)) for n in range(4)})
    data = bytearray(path.read_bytes())
    data[data.index(png(pixels(2))) + 30] ^= 0xFF
    path.write_bytes(data)
    outcome = split_dataset(path, SetJob(tmp_path / "out"))
    assert (outcome.written, outcome.exit_code) == (3, 1)
    assert outcome.failed[0][0] == "2.png"


@pytest.mark.parametrize(
    ("options", "out", "words"),
    [
        ({"names": ("a", "A")}, "x", "different names"),
        ({"names": ("../a", "b")}, "x", "different names"),
        ({"how": "list"}, "x", "ends in .csv"),
        ({"patients": "nowhere.csv"}, "x", "no table"),
        ({"patients": "regex:("}, "x", "not a regular expression"),
        ({}, "x.zip", "go into a folder"),
    ],
)
def test_bad_options(source, tmp_path, options, out, words):
    with pytest.raises(InputError, match=words):
        split_dataset(source, SetJob(tmp_path / out), SplitOptions(**options))
    assert not (tmp_path / out).exists()


def test_one_patient_cannot_be_divided(tmp_path):
    source = write_folder(tmp_path / "in", ["p/1.png", "p/2.png"])
    with pytest.raises(InputError, match="cannot be divided"):
        split_dataset(source, SetJob(tmp_path / "out"), SplitOptions(patients="folder"))
