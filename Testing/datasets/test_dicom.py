"""DICOM to volumes and to pictures, without a trace of the patient."""

from __future__ import annotations

import numpy as np
import pytest
from datasets.made import DATA

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.dicom_to_nifti import dicom_to_nifti
from GANAnomalyLab.datasets.midrc import midrc_dataset
from GANAnomalyLab.datasets.set_tables import patients
from GANAnomalyLab.images.archive import open_pictures
from GANAnomalyLab.images.sources import open_source
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import read_volume

TILTED = DATA / "ct_head_tilt"


@pytest.fixture
def films(write_dicom, tmp_path):
    """Two patients' radiographs, one inverted, one with frames, one black, one cut short, and other files."""
    ramp = np.tile(np.arange(64), (48, 1)) * 10 + 50
    write_dicom("films/Nobody/a.dcm", ramp)
    write_dicom("films/Nobody/b", 4095 - ramp, PhotometricInterpretation="MONOCHROME1")
    write_dicom("films/c.dcm", np.stack([ramp, np.full_like(ramp, 7), ramp[:, ::-1]]), PatientID="OTHER-5")
    write_dicom("films/black.dcm", np.zeros((48, 64)))
    cut = write_dicom("films/cut.dcm", ramp)
    cut.write_bytes(cut.read_bytes()[:-3000])
    write_dicom("films/colour.dcm", np.zeros((48, 64)), SamplesPerPixel=3)
    (tmp_path / "films" / "notes.txt").write_text("Nobody^Test")
    (tmp_path / "films" / "DICOMDIR").write_bytes(b"x")
    return tmp_path / "films"


def test_midrc(films, tmp_path):
    outcome = midrc_dataset(films, SetJob(tmp_path / "set.zip", mapping=tmp_path / "which.csv"), (64, 64))
    assert (outcome.written, outcome.skipped, outcome.exit_code) == (4, 2, 1)
    assert len(outcome.failed) == 2
    assert outcome.extra["patients"] == 2
    for _, message in outcome.failed:
        assert "colour" in message or "damaged" in message
    with open_pictures(tmp_path / "set.zip") as pictures:
        shown = [np.asarray(pictures.open(name)) for name in pictures.names]
        codes = list(pictures.patients().values())
    assert all(picture.shape == (64, 64) and picture.dtype == np.uint8 for picture in shown)
    assert [(picture.min(), picture.max()) for picture in shown] == [(0, 255)] * 4
    first, last, a, b = shown  # files before folders, by name
    np.testing.assert_array_equal(a, b)  # the inverted one shows the same
    np.testing.assert_array_equal(a, first)
    assert np.abs(a[:, ::-1].astype(int) - last).max() <= 1
    assert (np.diff(a[20].astype(int)) >= 0).all()
    assert codes[0] == codes[1]
    assert codes[2] == codes[3] != codes[0]
    data = (tmp_path / "set.zip").read_bytes()
    assert not any(word in data for word in (b"SECRET", b"Nobody", b"OTHER"))
    rows = (tmp_path / "which.csv").read_text().splitlines()
    assert rows[1:4] == [
        "00000/img00000000.png,c.dcm,0",
        "00000/img00000001.png,c.dcm,2",
        "00000/img00000002.png,Nobody/a.dcm,0",
    ]
    assert [name for name, _ in outcome.failed] == ["DICOM file 2", "DICOM file 3"]


def test_padding_is_black(write_dicom, tmp_path):
    values = np.tile(np.arange(32), (32, 1)) + 500
    values[:, :4] = 4095
    write_dicom("p/a.dcm", values, PixelPaddingValue=4095)
    midrc_dataset(tmp_path / "p", SetJob(tmp_path / "set"), (32, 32))
    picture = np.asarray(open_pictures(tmp_path / "set").open("00000/img00000000.png"))
    assert not picture[:, :4].any()
    assert picture[:, -1].min() == 255


def test_without_any_identity(write_dicom, tmp_path):
    for number in range(2):
        write_dicom(f"in/{number}.dcm", np.arange(64).reshape(8, 8) + number, PatientID="")
    outcome = midrc_dataset(tmp_path / "in", SetJob(tmp_path / "study"), (8, 8))
    assert outcome.extra["patients"] == 1
    assert any("study" in note for note in outcome.notes)
    write_dicom("in/2.dcm", np.arange(64).reshape(8, 8), PatientID="", StudyInstanceUID="")
    outcome = midrc_dataset(tmp_path / "in", SetJob(tmp_path / "none"), (8, 8))
    assert outcome.extra["patients"] is None
    assert open_pictures(tmp_path / "none").patients() is None


def test_midrc_of_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("x")
    with pytest.raises(InputError, match="holds no DICOM"):
        midrc_dataset(tmp_path / "in", SetJob(tmp_path / "out"))
    with pytest.raises(InputError, match="does not exist"):
        midrc_dataset(tmp_path / "nowhere", SetJob(tmp_path / "out"))
    with pytest.raises(InputError, match="1 to"):
        midrc_dataset(tmp_path / "in", SetJob(tmp_path / "out"), (0, 512))


def test_a_tilted_series_to_nifti(tmp_path):
    outcome = dicom_to_nifti(TILTED, SetJob(tmp_path / "out"))
    assert outcome.written == 1
    assert any("tilt" in sentence for _, sentence in outcome.warnings)
    volume, expected = read_volume(tmp_path / "out" / "000000.nii.gz"), read_volume(TILTED)
    np.testing.assert_array_equal(volume.voxels, expected.voxels)
    np.testing.assert_allclose(volume.ijk_to_ras, expected.ijk_to_ras, atol=1e-3)
    assert open_source(tmp_path / "out").intensity == "HU"


def test_series_films_and_patients_to_nifti(write_dicom, tmp_path):
    place = {
        "Modality": "CT",
        "PixelSpacing": [1, 1],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
    }
    rng = np.random.default_rng(0)
    for series, person in (("2.25.1", "SECRET-77"), ("2.25.2", "SECRET-77"), ("2.25.3", "OTHER-9")):
        for number in range(3):
            write_dicom(
                f"in/{person}/{series[-1]}{number}.dcm",
                rng.integers(0, 1200, (16, 16)),
                PatientID=person,
                SeriesInstanceUID=series,
                ImagePositionPatient=[0, 0, 2 * number],
                **place,
            )
    write_dicom("in/film.dcm", np.arange(64).reshape(8, 8))
    outcome = dicom_to_nifti(tmp_path / "in", SetJob(tmp_path / "out", mapping=tmp_path / "which.csv"))
    assert (outcome.written, outcome.failed, outcome.extra["patients"]) == (4, [], 2)
    source = open_source(tmp_path / "out")
    shapes = [read_volume(item.path, allow_any=True).voxels.shape for item in source.items]
    assert sorted(shapes) == [(1, 8, 8), (3, 16, 16), (3, 16, 16), (3, 16, 16)]
    assert len(set(patients(source))) == 2
    held = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert not any(word in held for word in (b"SECRET", b"Nobody", b"OTHER"))
    assert not any("SECRET" in path.name for path in (tmp_path / "out").rglob("*"))
    assert "SECRET-77" in (tmp_path / "which.csv").read_text()
    only = dicom_to_nifti(tmp_path / "in", SetJob(tmp_path / "ct"), modality="ct")
    assert only.written == 3
    with pytest.raises(InputError, match="no series of modality MR; there are: CT, DX"):
        dicom_to_nifti(tmp_path / "in", SetJob(tmp_path / "mr"), modality="MR")
    with pytest.raises(InputError, match="cannot go into a zip"):
        dicom_to_nifti(tmp_path / "in", SetJob(tmp_path / "ct.zip"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ct", "in", "out", "which.csv"]


def test_two_patients_under_one_series_are_two_volumes(write_dicom, tmp_path):
    rng = np.random.default_rng(0)
    for number, person in enumerate(("SECRET-77", "SECRET-77", "OTHER-9", "OTHER-9", "OTHER-9")):
        write_dicom(
            f"in/{number}.dcm",
            rng.integers(0, 1200, (16, 16)),
            PatientID=person,
            SeriesInstanceUID="2.25.1",
            Modality="CT",
            PixelSpacing=[1, 1],
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            ImagePositionPatient=[0, 0, 2 * number],
        )
    outcome = dicom_to_nifti(tmp_path / "in", SetJob(tmp_path / "out"))
    assert (outcome.written, outcome.failed, outcome.extra["patients"]) == (2, [], 2)
    source = open_source(tmp_path / "out")
    assert sorted(len(read_volume(item.path, allow_any=True).voxels) for item in source.items) == [2, 3]
    assert len(set(patients(source))) == 2
