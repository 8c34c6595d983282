"""Whether an object has all its pixels, however they are encoded; what comes from outside may be anything."""

from __future__ import annotations

import numpy as np
import pytest
from archives.made_series import write_series
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, RLELossless

from GANAnomalyLib.archives.archive_protocol import SeriesFound, StudyFound, Wanted, clean
from GANAnomalyLib.archives.fetch_series import is_whole
from GANAnomalyLib.archives.send_files import read_object


@pytest.fixture
def image(tmp_path):
    return dcmread(next(write_series(tmp_path / "in", count=1).iterdir()))


def test_all_pixels_are_whole_and_fewer_are_not(image):
    assert is_whole(image)
    image.PixelData = image.PixelData[:-2]
    assert not is_whole(image)
    del image.PixelData
    assert not is_whole(image)


def test_sizes_that_make_no_sense_are_not_whole(image):
    image.BitsAllocated = None
    assert not is_whole(image)


def test_an_object_without_pixels_has_them_all(image):
    for name in ("Rows", "Columns", "PixelData"):
        delattr(image, name)
    assert is_whole(image)
    del image.file_meta.TransferSyntaxUID
    assert not is_whole(image)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_compressed_pixels_are_whole_to_the_last_item(image, tmp_path, syntax):
    frame = np.arange(700, dtype=np.uint8).tobytes()
    image.PixelData = encapsulate([frame])
    image["PixelData"].is_undefined_length = True
    image.file_meta.TransferSyntaxUID = syntax
    path = tmp_path / "compressed.dcm"
    image.save_as(path, enforce_file_format=True)
    assert is_whole(dcmread(path))
    content = path.read_bytes()
    for cut in (9, 300, 720):  # the last 8 bytes only say that nothing follows
        path.write_bytes(content[:-cut])
        assert isinstance(read_object(path), str), cut


@pytest.mark.parametrize("content", [b"", b"DICM", b"\0" * 200, b"\0" * 128 + b"DICM" + b"\xff" * 50])
def test_what_is_no_object_is_said(tmp_path, content):
    path = tmp_path / "x.dcm"
    path.write_bytes(content)
    assert "DICOM" in str(read_object(path))


def test_names_of_folders_tell_series_apart_and_nothing_else():
    one, other = (SeriesFound("1.2", uid, 4, "CT", "Mr Smith") for uid in ("1.2.3", "1.2.4"))
    assert one.folder_name.startswith("ct-4-")
    assert one.folder_name != other.folder_name
    assert SeriesFound("1.2", "1.2.3", None, "../..").folder_name.startswith("series-")


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"modality": "ct"}, True),
        ({"modality": "MR"}, False),
        ({"since": "20260102", "until": "20260102"}, True),
        ({"until": "20260101"}, False),
    ],
)
def test_a_study_fits_what_is_wanted(wanted, fits):
    assert Wanted(**wanted).fits_study(StudyFound("1.2", "20260102", "", ("CT",))) is fits


def test_a_study_without_a_day_fits_no_range():
    assert Wanted().fits_study(StudyFound("1.2"))
    assert not Wanted(since="20260101").fits_study(StudyFound("1.2"))
    assert not Wanted(until="20260101").fits_study(StudyFound("1.2"))


def test_text_is_one_line_without_control_characters():
    assert clean("a\tb\x07\r\n") == "a b"
    assert clean(None) == ""
    assert clean(["a", "b"]) == "a, b"
