"""Drawn sets in the published layouts: whole or not there, repeatable, with tables that belong to the pictures."""

from __future__ import annotations

import csv

import numpy as np
import pydicom
import pytest
from PIL import Image

from GANAnomalyLab.simulate.virtual_films import COLLAPSE, IMPLANT, NOTHING
from GANAnomalyLab.simulate.virtual_options import VirtualSetOptions
from GANAnomalyLab.simulate.virtual_sets import write_virtual_set
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_skin_as_isic_has_it(tmp_path):
    found = write_virtual_set("skin", tmp_path / "drawn", VirtualSetOptions(count=12, side=64, share=0.25))
    rows = table(tmp_path / "drawn" / "train.csv")
    assert found["classes"] == {"benign": 9, "malignant": 3}
    assert {row["image_name"] for row in rows} == {path.stem for path in (tmp_path / "drawn" / "train").iterdir()}
    assert all((row["target"] == "1") == (row["benign_malignant"] == "malignant") for row in rows)
    assert len({row["patient_id"] for row in rows}) == found["patients"] < 12
    assert Image.open(tmp_path / "drawn" / "train" / f"{rows[0]['image_name']}.jpg").size == (64, 64)


@pytest.mark.parametrize("form", ["dicom", "png"])
def test_films_as_vindr_has_them(tmp_path, form):
    options = VirtualSetOptions(count=8, side=64, form=form, test_share=0.3, seed=2)
    found = write_virtual_set("films", tmp_path / "films", options)
    train, test = (table(tmp_path / "films" / name) for name in ("train.csv", "test.csv"))
    names = {path.stem for path in (tmp_path / "films" / "images").iterdir()}
    assert names == {row["image_id"] for row in train + test}
    assert len(test) == found["test"] > 0
    assert not {row["study_id"] for row in train} & {row["study_id"] for row in test}
    assert {row["lesion_type"] for row in train + test} == {NOTHING, IMPLANT, COLLAPSE}
    assert all((row["xmin"] == "") == (row["lesion_type"] == NOTHING) for row in train + test)
    binary = {row["image_id"]: row["abnormal"] for row in table(tmp_path / "films" / "train_binary.csv")}
    assert binary == {row["image_id"]: str(int(row["lesion_type"] != NOTHING)) for row in train}


def test_a_film_is_a_radiograph_of_twelve_bits(tmp_path):
    write_virtual_set("films", tmp_path / "films", VirtualSetOptions(count=5, side=64))
    files = [pydicom.dcmread(path) for path in sorted((tmp_path / "films" / "images").iterdir())]
    assert {(file.Modality, file.BitsStored) for file in files} == {("DX", 12)}
    assert sorted(file.PhotometricInterpretation for file in files) == ["MONOCHROME1"] + ["MONOCHROME2"] * 4
    shown = [
        4095 - file.pixel_array if file.PhotometricInterpretation == "MONOCHROME1" else file.pixel_array
        for file in files
    ]
    assert all(film[20:44, 20:44].mean() > film[:, 0].mean() for film in map(np.asarray, shown))  # bright in the middle


def test_nothing_is_left_of_a_set_that_is_stopped_or_in_the_way(tmp_path):
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        write_virtual_set("skin", tmp_path / "drawn", VirtualSetOptions(count=4), cancel=cancel)
    assert not any(tmp_path.iterdir())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("kept")
    with pytest.raises(InputError, match="there already"):
        write_virtual_set("skin", tmp_path / "mine", VirtualSetOptions(count=4))
    with pytest.raises(InputError, match="skin or films"):
        write_virtual_set("teeth", tmp_path / "teeth")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
