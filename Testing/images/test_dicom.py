"""DICOM: radiographs one by one, series by patient, identifiers nowhere."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from images.made import opened, radiograph
from volume.conftest import write_slices  # noqa: F401 - a fixture
from volume.phantoms import hu

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.dicom_to_nifti import dicom_to_nifti
from GANAnomalyLab.images import split_by_patient
from GANAnomalyLab.images.sources import open_source
from GANAnomalyLib.errors import InputError


def test_a_flat_folder_of_radiographs(tmp_path):
    """Each its own image, whatever series it says; two of one patient; two views of one series, of two sizes."""
    random = np.random.default_rng(0)
    planes = [random.integers(100, 3000, size) for size in ((16, 16), (16, 16), (16, 16), (24, 16))]
    for number, (plane, patient, series) in enumerate(
        zip(planes, ("SECRET-1", "SECRET-2", "SECRET-1", "SECRET-3"), ("1.1", "1.2", "1.3", "1.3"), strict=True)
    ):
        radiograph(tmp_path / "data" / f"{number}.dicom", plane, patient, series)
    images = opened(tmp_path / "data", tmp_path / "store")
    assert (images.kind, len(images)) == ("radiographs", 4)
    assert images.patients.tolist() == [0, 1, 0, 2]
    # From the darkest to the brightest pixel of each.
    plane = planes[0].astype(float)
    expected = 2 * (plane - plane.min()) / np.ptp(plane) - 1
    assert np.abs(images.batch([0])[0, 0] - expected).max() < 1e-4
    kept = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert b"SECRET" not in kept
    assert len(images.people()) == 3
    assert not any("SECRET" in text for text in images.people())


def test_a_fixed_window_for_radiographs(tmp_path):
    plane = np.random.default_rng(0).integers(0, 4095, (16, 16))
    radiograph(tmp_path / "data" / "a.dcm", plane)
    settings = {"intensity": "window", "hu_window": 4095.0, "hu_level": 2047.5}
    images = opened(tmp_path / "data", tmp_path / "store", **settings)
    assert np.abs(images.batch([0])[0, 0] - (plane / 2047.5 - 1)).max() < 1e-4


def test_dark_on_bright_is_turned(tmp_path):
    plane = np.random.default_rng(0).integers(0, 4095, (16, 16))
    radiograph(tmp_path / "one" / "a.dcm", plane)
    radiograph(tmp_path / "two" / "a.dcm", 4095 - plane, PhotometricInterpretation="MONOCHROME1")
    one, two = (opened(tmp_path / name, tmp_path / "store") for name in ("one", "two"))
    assert np.array_equal(np.asarray(one.images), np.asarray(two.images))


def test_the_largest_series_of_each_patient_of_a_folder(tmp_path, write_slices):  # noqa: F811
    def series(name, count, patient, seed):
        pixels = (hu((count, 20, 20), seed) + 1024).astype(np.uint16)
        places = np.array([[0, 0, 3 * n] for n in range(count)], float)
        folder = write_slices(pixels, places, folder=f"in_{name}", series=f"2.25.{name}", PatientID=patient)
        for file in folder.iterdir():
            (tmp_path / "data").mkdir(exist_ok=True)
            file.rename(tmp_path / "data" / f"{name}_{file.name}")

    series("1", 4, "A", 1)
    series("2", 6, "A", 2)
    series("3", 3, "B", 3)
    radiograph(tmp_path / "data" / "z.dcm", np.arange(256).reshape(16, 16), "C")
    said = []
    images = opened(tmp_path / "data", tmp_path / "store", said, tissue=0.0)
    assert images.kind == "volumes"
    assert sorted(np.bincount(images.patients).tolist()) == [3, 4]  # its outer two of six hold air only
    assert any("1 DICOM series beside" in sentence for sentence in said)
    assert any("1 radiographs beside" in sentence for sentence in said)
    training, validation = split_by_patient(images, 0.5)
    assert {len(training), len(validation)} == {3, 4}


def test_without_patient_ids_each_folder_is_one_patient(tmp_path, write_slices):  # noqa: F811
    for name in ("a", "b"):
        pixels = (hu((3, 20, 20), ord(name)) + 1024).astype(np.uint16)
        places = np.array([[0, 0, 3 * n] for n in range(3)], float)
        write_slices(pixels, places, folder=name, PatientID="", series=f"2.25.{ord(name)}")
    (tmp_path / "data").mkdir()
    for name in ("a", "b"):
        (tmp_path / name).rename(tmp_path / "data" / name)
    assert sorted(np.bincount(opened(tmp_path / "data", tmp_path / "store").patients).tolist()) == [3, 3]


def test_another_modality_is_refused_unless_allowed(tmp_path):
    plane = np.random.default_rng(0).integers(0, 4095, (16, 16))
    radiograph(tmp_path / "data" / "a.dcm", plane, Modality="MR")
    with pytest.raises(InputError, match="modality is MR"):
        opened(tmp_path / "data", tmp_path / "store")
    assert len(opened(tmp_path / "data", tmp_path / "store", allow_any=True)) == 1


def test_damaged_radiographs(tmp_path):
    radiograph(tmp_path / "data" / "a.dcm", np.arange(256).reshape(16, 16))
    whole = (tmp_path / "data" / "a.dcm").read_bytes()
    (tmp_path / "data" / "b.dcm").write_bytes(whole[:-100])
    (tmp_path / "data" / "c.dcm").write_bytes(b"\0" * 200)
    said = []
    assert len(opened(tmp_path / "data", tmp_path / "store", said)) == 1
    assert any("1 of 2 files were left out" in sentence for sentence in said)
    (tmp_path / "data" / "a.dcm").unlink()
    (tmp_path / "data" / "b.dcm").unlink()
    with pytest.raises(InputError, match="1 DICOM files but none can be read"):
        opened(tmp_path / "data", tmp_path / "store")


def test_one_series_number_of_two_patients_is_two(tmp_path, write_slices):  # noqa: F811
    """As analysis tells them apart: both are learnt from, neither as a part of the other."""
    data = tmp_path / "data"
    data.mkdir()
    for count, patient in ((4, "A"), (3, "B")):
        pixels = (hu((count, 20, 20), count) + 1024).astype(np.uint16)
        places = np.array([[0, 0, 3 * n] for n in range(count)], float)
        for file in write_slices(pixels, places, folder=patient, series="2.25.7", PatientID=patient).iterdir():
            file.rename(data / f"{patient}_{file.name}")
    said = []
    images = opened(data, tmp_path / "store", said, tissue=0.0)
    expected = [opened(one, tmp_path / "store", tissue=0.0) for one in _apart(data, tmp_path)]
    assert [len(one) for one in expected] == np.bincount(images.patients).tolist()
    np.testing.assert_array_equal(images.images, np.concatenate([one.images for one in expected]))
    assert not said
    items = open_source(data).items
    assert [(item.name, item.person) for item in items] == [("data", "A"), ("data#2", "B")]
    assert dicom_to_nifti(data, SetJob(tmp_path / "nifti")).written == 2


def test_every_view_of_a_series_of_radiographs_is_converted(tmp_path):
    for number, size in enumerate(((16, 16), (16, 16), (24, 16))):
        radiograph(tmp_path / "data" / f"{number}.dcm", np.arange(np.prod(size)).reshape(size))
    assert dicom_to_nifti(tmp_path / "data", SetJob(tmp_path / "nifti")).written == 3


def _apart(data, tmp_path):
    for patient in ("A", "B"):
        (tmp_path / f"only_{patient}").mkdir()
        for file in sorted(data.glob(f"{patient}_*")):
            shutil.copy(file, tmp_path / f"only_{patient}")
        yield tmp_path / f"only_{patient}"
