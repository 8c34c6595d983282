"""DICOM objects that are no images: each is called what it is, alone, as a file and beside a CT."""

import numpy as np
import pydicom
import pytest
from volume.phantoms import hu

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import list_series, read_mask, read_volume

STORAGE = "1.2.840.10008.5.1.4.1.1."
OBJECTS = [
    ("88.11", "SR", "a structured report (SR)"),
    ("88.22", "SR", "a structured report (SR)"),
    ("88.59", "KO", "a key object note (KO)"),
    ("11.1", "PR", "a presentation state (PR)"),
    ("104.1", "DOC", "an encapsulated PDF (DOC)"),
    ("104.3", "M3D", "an encapsulated document (DOC)"),
    ("481.3", "RTSTRUCT", "a radiotherapy structure set (RTSTRUCT)"),
    ("481.5", "RTPLAN", "a radiotherapy plan (RTPLAN)"),
    ("481.2", "RTDOSE", "a radiotherapy dose (RTDOSE)"),
    ("66.4", "SEG", "a segmentation (SEG)"),
    ("66.1", "REG", "a spatial registration (REG)"),
    ("66", "RAW", "raw data of the scanner (RAW)"),
    ("9.1.1", "ECG", "a waveform, such as an ECG"),
    ("78.5", "VA", "a DICOM object of the kind Visual Acuity Measurements"),
]
WITH_PIXELS = ("RTDOSE", "SEG")


@pytest.fixture
def ct(write_slices):
    positions = np.array([[-20.0, -30.0, 5.0 + 2.5 * n] for n in range(4)])
    return write_slices((hu((4, 8, 10)) + 1024).astype(np.uint16), positions)


def add_object(folder, sop_class, modality, name="x.dcm"):
    """An object of that class, with pixels where the class has them; by a private class only its modality tells."""
    folder.mkdir(exist_ok=True)
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, "2.25.99"
    dataset = pydicom.Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, "2.25.99"
    dataset.Modality, dataset.SeriesInstanceUID, dataset.SeriesNumber = modality, "2.25.98", 1
    dataset.PatientName, dataset.SeriesDescription = "Nobody^Test", "SECRET"
    if modality in WITH_PIXELS:
        dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 8, 10, 40
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
        dataset.PixelData = bytes(2 * 8 * 10 * 40)
        dataset["PixelData"].VR = "OW"
    path = folder / name
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize(("number", "modality", "words"), OBJECTS)
def test_each_is_called_what_it_is(tmp_path, number, modality, words):
    path = add_object(tmp_path / "alone", STORAGE + number, modality)
    with pytest.raises(InputError) as told:
        read_volume(path)
    assert told.value.message == f"x.dcm is {words}, not an image: give the CT series."
    with pytest.raises(InputError) as told:
        read_volume(path.parent)
    assert words in told.value.message
    assert "not an image" in told.value.message or "holds no image" in told.value.message
    assert "cut short" not in told.value.message


@pytest.mark.parametrize(("number", "modality", "words"), OBJECTS)
def test_beside_a_ct_it_is_left_out(ct, number, modality, words):
    add_object(ct, STORAGE + number, modality)
    volume = read_volume(ct)
    assert (volume.voxels.shape, volume.modality, volume.warnings) == ((4, 8, 10), "CT", [])


def test_a_manufacturers_own_class(tmp_path):
    path = add_object(tmp_path / "own", "1.3.12.2.1107.5.9.1", "SR")
    with pytest.raises(InputError, match=r"x\.dcm is a structured report"):
        read_volume(path)


def test_several_kinds_without_an_image(tmp_path):
    add_object(tmp_path / "none", STORAGE + "88.11", "SR", "a.dcm")
    add_object(tmp_path / "none", STORAGE + "104.1", "DOC", "b.dcm")
    with pytest.raises(InputError, match=r"holds no image, only a structured report \(SR\) and an encapsulated PDF"):
        list_series(tmp_path / "none")


def test_a_segmentation_is_read_as_a_mask_and_on_request(ct, tmp_path):
    """One segment with a frame on every slice: no CT, but labels."""
    headers = sorted((pydicom.dcmread(p) for p in ct.iterdir()), key=lambda d: d.ImagePositionPatient[2])
    path = add_object(tmp_path / "seg", STORAGE + "66.4", "SEG")
    dataset = pydicom.dcmread(path)
    labels = np.zeros((4, 8, 10), np.uint16)
    labels[1:3, 2:5, 3:6] = 1
    dataset.NumberOfFrames, dataset.PixelData = 4, labels.tobytes()
    dataset.ImageOrientationPatient, dataset.PixelSpacing = headers[0].ImageOrientationPatient, [1.5, 0.75]
    dataset.PerFrameFunctionalGroupsSequence = []
    for header in headers:
        place, frame = pydicom.Dataset(), pydicom.Dataset()
        place.ImagePositionPatient = header.ImagePositionPatient
        frame.PlanePositionSequence = [place]
        dataset.PerFrameFunctionalGroupsSequence.append(frame)
    dataset.save_as(path)
    np.testing.assert_array_equal(read_mask(path, 1, read_volume(ct)), labels == 1)
    assert read_volume(path, allow_any=True).modality == "SEG"
    with pytest.raises(InputError, match=r"is a segmentation \(SEG\), not an image"):
        read_volume(path)


def test_a_cut_ct_is_still_called_cut(ct):
    path = sorted(ct.iterdir())[0]
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(InputError, match="cut short"):
        read_volume(path)
