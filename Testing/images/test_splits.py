"""No patient and no picture in both training and validation."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from images.made import opened, radiograph, write_cts, write_pictures

from GANAnomalyLab.images import ImageSet, check_apart, split_by_patient
from GANAnomalyLib.errors import InputError


def joined_patients(images: list[tuple[int, int]]) -> int:
    """How many groups of patients share no picture, found by growing one group after the other."""
    left, count = {patient for patient, _ in images}, 0
    while left:
        group, count = {left.pop()}, count + 1
        while True:
            pictures = {picture for patient, picture in images if patient in group and picture}
            grown = group | {patient for patient, picture in images if picture in pictures}
            if grown == group:
                break
            group = grown
        left -= group
    return count


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 20)), min_size=2, max_size=30), st.floats(0.01, 0.99))
def test_patients_and_identical_images_stay_together(images, share):
    """Images by (patient, picture): some pictures are in several patients' folders, picture 0 is all black."""
    pixels = np.array([[[[value, value > 0], [0, 0]]] for _, value in images], np.uint8)
    whole = ImageSet.from_array(pixels, patients=np.array([patient for patient, _ in images]))
    if joined_patients(images) == 1:
        with pytest.raises(InputError, match="of one patient"):
            split_by_patient(whole, share, seed=1)
        return
    training, validation = split_by_patient(whole, share, seed=1)
    assert len(training)
    assert len(validation)
    assert sorted([*training.items, *validation.items]) == list(range(len(images)))
    assert not set(training.patients.tolist()) & set(validation.patients.tolist())
    assert not (set(training.hashes.tolist()) & set(validation.hashes.tolist())) - {0}
    check_apart(training, validation)


def test_the_share_is_of_patients_and_seeded():
    pixels = np.random.default_rng(0).integers(0, 255, (60, 1, 4, 4), np.uint8)
    whole = ImageSet.from_array(pixels, patients=np.arange(60) // 3)
    training, validation = split_by_patient(whole, 0.25, seed=4)
    assert (len(np.unique(training.patients)), len(np.unique(validation.patients))) == (15, 5)
    assert validation.items.tolist() == split_by_patient(whole, 0.25, seed=4)[1].items.tolist()
    assert validation.items.tolist() != split_by_patient(whole, 0.25, seed=5)[1].items.tolist()
    for share in (0.0, 1.0, -1.0):
        with pytest.raises(InputError, match="between 0 and 1"):
            split_by_patient(whole, share)


def test_one_patient_cannot_be_split(tmp_path):
    images = opened(write_cts(tmp_path, {"ct.nrrd": 4}) / "ct.nrrd", tmp_path / "store")
    with pytest.raises(InputError, match="All images are of one patient"):
        split_by_patient(images, 0.5)


def test_a_copied_file_is_found_whatever_it_is_called(tmp_path):
    training = write_cts(tmp_path / "train", {"a.nrrd": 2, "b.nrrd": 2})
    (tmp_path / "val").mkdir()
    shutil.copy(training / "b.nrrd", tmp_path / "val" / "other.nrrd")
    pair = opened(training, tmp_path / "store"), opened(tmp_path / "val", tmp_path / "store")
    with pytest.raises(InputError, match="2 images are both in the training and in the validation"):
        check_apart(*pair)


def test_one_patient_in_two_folders_is_found(tmp_path):
    for folder, number, patient in (("train", 1, "A"), ("train", 2, "B"), ("val", 3, "B"), ("apart", 4, "C")):
        plane = np.random.default_rng(number).integers(0, 4000, (16, 16))
        radiograph(tmp_path / folder / f"{number}.dcm", plane, patient)
    training, validation, apart = (opened(tmp_path / name, tmp_path / "s") for name in ("train", "val", "apart"))
    check_apart(training, apart)
    with pytest.raises(InputError, match="1 patient is both in the training"):
        check_apart(training, validation)


def test_one_file_in_both_lists_is_found_at_another_resolution(tmp_path):
    data = write_pictures(tmp_path / "data", 3)
    one = opened(data, tmp_path / "store", resolution=16)
    with pytest.raises(InputError, match="3 patients are both"):
        check_apart(one, opened(data, tmp_path / "store", resolution=8))


def test_parts_of_one_table_are_apart(tmp_path):
    data = write_pictures(tmp_path / "data", 4)
    table = tmp_path / "t.csv"
    table.write_text("file,patient,split\n" + "".join(f"picture0{n},P{n},{'tv'[n % 2]}\n" for n in range(4)))
    parts = [opened(data, tmp_path / "store", split=str(table), part=part) for part in "tv"]
    check_apart(*parts)
    with pytest.raises(InputError, match="2 images are both"):
        check_apart(parts[0], parts[0])


def test_black_images_join_nobody():
    pixels = np.zeros((4, 1, 4, 4), np.uint8)
    pixels[:2, 0, 0, 0] = (5, 6)
    whole = ImageSet.from_array(pixels)
    check_apart(whole.take([0, 2]), whole.take([1, 3]))


def test_it_is_said_when_patients_are_not_known(tmp_path):
    data = write_pictures(tmp_path / "data", ["p1/a.png", "p1/b.png", "p2/a.png"])
    for rule, expected in (("auto", 1), ("folder", 0)):
        said = []
        split_by_patient(opened(data, tmp_path / "store", patients=rule), 0.5, say=said.append)
        assert len(said) == expected


def test_a_set_that_says_whose_its_pictures_are(tmp_path):
    folder = write_pictures(tmp_path / "set", 6)
    names = sorted(path.name for path in folder.iterdir())
    people = {"patients": [[name, "1" if number < 2 else "2"] for number, name in enumerate(names)]}
    (folder / "dataset.json").write_text(json.dumps(people))
    found = opened(folder, tmp_path)
    assert len(set(found.patients[:2])) == len(set(found.patients[2:])) == 1
    assert found.patients[0] != found.patients[2]
    people["patients"][0][1] = "3"
    (folder / "dataset.json").write_text(json.dumps(people))
    assert len(set(opened(folder, tmp_path).patients.tolist())) == 3


def test_the_same_made_up_code_in_two_sets_is_two_patients(tmp_path):
    sets = []
    for number, name in enumerate(("training", "validation")):
        folder = write_pictures(tmp_path / name, [f"{number}{n}.png" for n in range(3)], size=(16 + number, 16))
        codes = [[path.name, "1"] for path in sorted(folder.iterdir())]
        (folder / "dataset.json").write_text(json.dumps({"patients": codes}))
        sets.append(opened(folder, tmp_path))
    check_apart(*sets)
