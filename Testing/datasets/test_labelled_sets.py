"""Labelled sets of the published tables: classes, patients, test images kept out, pixels, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from GANAnomalyLab.datasets.class_tables import LESIONS, film_table
from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.dataset_options import FilmSetOptions, LabelledOptions
from GANAnomalyLab.datasets.labelled_sets import films_dataset, isic_dataset
from GANAnomalyLab.images.archive import open_pictures
from GANAnomalyLab.images.dicom_films import open_film, shown_levels
from GANAnomalyLib.errors import InputError

RAMP = np.tile(np.arange(64), (48, 1)) * 60 + 50


@pytest.fixture
def films(write_dicom, tmp_path):
    """Four patients' films; the second patient has two."""
    for name, person in (("a", "P1"), ("b", "P2"), ("c", "P2"), ("d", "P3"), ("e", "P4")):
        write_dicom(f"films/{name}.dcm", RAMP + ord(name), PatientID=person)
    return tmp_path / "films"


def table(tmp_path, text: str, name: str = "labels.csv") -> str:
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


def opened(path):
    with open_pictures(path) as pictures:
        shown = {name: np.asarray(pictures.open(name)) for name in pictures.names}
        return shown, pictures.labels(), pictures.patients(), pictures.label_names()


ROWS = "image_id,lesion_type\na,No finding\nb,Osteophytes\nb,Osteophytes\nc,Surgical implant\nc,No finding\n"


def test_rows_of_findings_become_two_classes(films, tmp_path):
    labels = table(tmp_path, ROWS + "d,Other lesions\ne,no finding\n")
    outcome = films_dataset(films, SetJob(tmp_path / "set.zip"), FilmSetOptions(labels=labels, side=32))
    shown, classes, people, names = opened(tmp_path / "set.zip")
    assert list(classes.values()) == [0, 1, 1, 1, 0]
    assert names == ["normal", "abnormal"]
    assert outcome.extra["classes"] == {"normal": 2, "abnormal": 3}
    codes = list(people.values())
    assert codes[1] == codes[2]
    assert len(set(codes)) == 4
    assert all(picture.shape == (32, 32) for picture in shown.values())
    assert not any(word in (tmp_path / "set.zip").read_bytes() for word in (b"P1", b"Nobody"))


def test_images_with_several_kinds_are_left_out_and_counted(films, tmp_path):
    labels = table(tmp_path, ROWS + "d,Vertebral collapse\n")
    options = FilmSetOptions(labels=labels, side=32, kinds="lesions")
    outcome = films_dataset(films, SetJob(tmp_path / "set.zip"), options)
    _, classes, _, names = opened(tmp_path / "set.zip")
    assert list(classes.values()) == [0, LESIONS.index("Osteophytes"), LESIONS.index("Vertebral collapse")]
    assert names == list(LESIONS)
    assert "Images with several kinds of lesion, left out: 1." in outcome.notes
    assert "Files without a class in the table, left out: 1." in outcome.notes
    assert any("Disc space narrowing, Foraminal stenosis" in note for note in outcome.notes)


def test_nobody_is_in_the_set_who_is_tested(films, tmp_path):
    labels = table(tmp_path, "image_id,label\na,0\nb,1\nc,1\nd,1\ne,0\n")
    test = table(tmp_path, "image_id,label\nb,1\n", "test.csv")
    outcome = films_dataset(films, SetJob(tmp_path / "set.zip"), FilmSetOptions(labels=labels, test=test, side=32))
    assert list(opened(tmp_path / "set.zip")[1].values()) == [0, 1, 0]  # a, d, e: c is of the same patient
    assert "Test images, kept out: 1." in outcome.notes
    assert "Images of patients who have test images, kept out: 1." in outcome.notes


def test_a_film_is_shown_as_its_file_says(write_dicom):
    """Window, table and inversion against what they mean, by hand."""
    values = np.tile(np.arange(16) * 100, (16, 1))
    plain = write_dicom("plain.dcm", values)
    window = write_dicom("window.dcm", values, WindowCenter=[800, 100], WindowWidth=[401, 10])
    sigmoid = write_dicom("s.dcm", values, WindowCenter=800, WindowWidth=400, VOILUTFunction="SIGMOID")
    inverted = write_dicom("inverted.dcm", 4095 - values, PhotometricInterpretation="MONOCHROME1")
    shown = {}
    for file in (plain, window, sigmoid, inverted):
        dataset = open_film(file)
        shown[file.stem] = shown_levels(dataset, dataset.pixel_array, file.name)[0]
    x = np.arange(16) * 100
    np.testing.assert_allclose(shown["plain"], x / 1500, atol=1e-6)
    np.testing.assert_allclose(shown["inverted"], shown["plain"], atol=1e-6)
    np.testing.assert_allclose(shown["window"], np.clip((x - 799.5) / 400 + 0.5, 0, 1), atol=1e-6)
    np.testing.assert_allclose(shown["s"], 1 / (1 + np.exp(-4 * (x - 800) / 400)), atol=1e-6)


def test_a_table_of_grey_levels(write_dicom):
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    item = Dataset()
    item.add_new("LUTDescriptor", "US", [16, 0, 8])
    item.add_new("LUTData", "US", [0] * 8 + [255] * 8)
    file = write_dicom("lut.dcm", np.tile(np.arange(16), (16, 1)), VOILUTSequence=Sequence([item]))
    dataset = open_film(file)
    assert shown_levels(dataset, dataset.pixel_array, "lut.dcm")[3].tolist() == [0.0] * 8 + [1.0] * 8


@pytest.mark.parametrize("most", [255, 4095, 4096])
def test_pixels_as_published(write_dicom, tmp_path, most):
    """Held against the published steps, one pixel at a time."""
    values = np.random.default_rng(1).integers(0, most + 1, (70, 50))
    values[20, 20] = most
    for name in "ab":
        write_dicom(f"in/{name}.dcm", values, PhotometricInterpretation="MONOCHROME1", WindowCenter=9, WindowWidth=9)
    labels = table(tmp_path, "image_id,label\na,0\nb,1\n")
    options = FilmSetOptions(labels=labels, side=25, as_published=True)
    films_dataset(tmp_path / "in", SetJob(tmp_path / "set"), options)
    square = values[10:60]
    small = [[int(square[math.floor((r + 0.5) * 2), math.floor((c + 0.5) * 2)]) for c in range(25)] for r in range(25)]
    divisor = math.ceil(max(map(max, small)) / 256)
    wanted = [[min(value // divisor, 255) for value in row] for row in small]
    assert np.asarray(Image.open(tmp_path / "set" / "00000" / "img00000000.png")).tolist() == wanted


@pytest.fixture
def lesions(tmp_path):
    folder = tmp_path / "isic" / "train"
    folder.mkdir(parents=True)
    for number in range(6):
        pixels = np.full((30, 40, 3), [40 * number, 90, 60], np.uint8)
        Image.fromarray(pixels).save(folder / f"ISIC_{number:07d}.jpg", quality=95)
    return folder


ISIC = "image_name,patient_id,target\n" + "".join(f"ISIC_{n:07d},IP_{n // 2},{n % 2}\n" for n in range(6))


def test_isic(lesions, tmp_path):
    labels = table(tmp_path, ISIC)
    outcome = isic_dataset(lesions, SetJob(tmp_path / "set.zip"), LabelledOptions(labels=labels, side=16))
    shown, classes, people, names = opened(tmp_path / "set.zip")
    assert list(classes.values()) == [0, 1] * 3
    assert names == ["benign", "malignant"]
    assert [list(people.values()).count(code) for code in dict.fromkeys(people.values())] == [2, 2, 2]
    assert b"IP_0" not in (tmp_path / "set.zip").read_bytes()
    assert [abs(int(picture[8, 8, 0]) - 40 * n) < 4 for n, picture in enumerate(shown.values())] == [True] * 6
    assert outcome.extra["patients"] == 3


def test_isic_patients_are_kept_out_by_the_other_table(lesions, tmp_path):
    labels = table(tmp_path, ISIC)
    test = table(tmp_path, "image_name,patient_id\nISIC_0000001,IP_0\nISIC_9999999,IP_2\n", "test.csv")
    options = LabelledOptions(labels=labels, test=test, side=16)
    outcome = isic_dataset(lesions, SetJob(tmp_path / "set.zip"), options)
    assert outcome.written == 2  # of IP_1 alone
    assert "Images of patients who have test images, kept out: 3." in outcome.notes


BAD = {
    "image_id,label\na,0\nb,1\nz,1\nq,0\n": "names 2 images that are not in films .the first is z.",
    "image_id,label\na,0\nb,1\na,1\n": "gives a two classes",
    "image_id,label\na,0\na.dcm,1\nb,1\n": "gives a.dcm two classes",
    "image_id,label\na,1\nb,1\n": "All images are of one class .abnormal.",
    "image_id,label\na,0\nb,2\n": "classes there are 0 and 1",
    "image_id,label\na,0\nb,\n": "Line 3 of labels.csv names no image, or no class",
    "image_id,colour\na,red\n": "no column label, class, target, abnormal or finding",
    "film,label\na,0\n": "no column image_id",
    "image_id,label\n": "holds no rows",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: BAD[text][:20])
def test_what_is_refused_leaves_nothing(films, tmp_path, text):
    options = FilmSetOptions(labels=table(tmp_path, text), side=32)
    with pytest.raises(InputError, match=BAD[text]):
        films_dataset(films, SetJob(tmp_path / "set.zip"), options)
    assert not (tmp_path / "set.zip").exists()


def test_missing_images_may_be_passed_over(films, tmp_path):
    options = FilmSetOptions(labels=table(tmp_path, "image_id,label\na,0\nb,1\nz,1\n"), side=32, allow_missing=True)
    outcome = films_dataset(films, SetJob(tmp_path / "set.zip"), options)
    assert outcome.written == 2
    assert "Rows of images that are not there, passed over: 1." in outcome.notes


def test_a_lesion_that_nobody_knows(tmp_path):
    with pytest.raises(InputError, match=r"the lesion 'Osteophyte'.*Osteophytes"):
        film_table(table(tmp_path, "image_id,lesion_type\na,Osteophyte\n"), "lesions")
    assert film_table(table(tmp_path, "image_id,lesion_type\na,Osteophyte\n")).labels == {"a": 1}


def test_a_class_that_only_damaged_files_have(films, tmp_path):
    (films / "a.dcm").write_bytes((films / "a.dcm").read_bytes()[:-900])
    options = FilmSetOptions(labels=table(tmp_path, "image_id,label\na,0\nb,1\nc,1\n"), side=32)
    with pytest.raises(InputError, match="All images are of one class"):
        films_dataset(films, SetJob(tmp_path / "set.zip"), options)
    assert not (tmp_path / "set.zip").exists()
