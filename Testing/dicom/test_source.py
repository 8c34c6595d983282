"""The instances that a result was made of: found where they are now, refused when they are others."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pydicom
import pytest
from dicom.made import corners, read, stored, write_enhanced, write_result, write_series

from GANAnomalyLib import write_volume
from GANAnomalyLib.dicom.export_objects import Wanted, export
from GANAnomalyLib.dicom.source import find_source
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.volume import Volume, read_volume

BOXES = [((4, 12), (5, 14), (2, 5))]


@pytest.fixture
def source(tmp_path):
    return write_series(tmp_path / "ct", stored(6, 20, 24), corners(6))


@pytest.fixture
def result(source, tmp_path):
    return write_result(tmp_path / "result", source, BOXES)


def rewritten(path, **tags):
    dataset = pydicom.dcmread(path)
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.save_as(path)


def test_where_they_were(result):
    found = find_source(result)
    assert [plane.header for plane in found.planes] == list(range(6))
    assert [plane.share for plane in found.planes] == pytest.approx([2.5] * 6)
    assert all("PixelData" not in header for header in found.headers)


def test_moved_and_named_otherwise(result, source, tmp_path):
    archive = tmp_path / "archive" / "deep"
    archive.mkdir(parents=True)
    for n, path in enumerate(sorted(source.iterdir())):
        shutil.move(path, archive / f"IM{9 - n}")
    with pytest.raises(InputError, match=r"6 of the 6 images .* not in the folder"):
        find_source(result)
    source.rmdir()
    with pytest.raises(InputError, match=r"are not where they were: give the folder .* with --source FOLDER"):
        find_source(result)
    assert len(find_source(result, tmp_path / "archive").planes) == 6
    with pytest.raises(InputError, match="does not exist"):
        find_source(result, tmp_path / "nowhere")


def test_one_is_missing(result, source):
    (source / "0003.dcm").unlink()
    with pytest.raises(InputError, match="1 of the 6 images"):
        find_source(result)


def test_one_is_cut_short(result, source):
    path = source / "0003.dcm"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(InputError, match="1 of the 6 images"):
        find_source(result)


def test_pixels_changed(result, source):
    dataset = pydicom.dcmread(source / "0002.dcm")
    pixels = dataset.pixel_array.copy()
    pixels[3, 3] += 1
    rewritten(source / "0002.dcm", PixelData=pixels.tobytes())
    with pytest.raises(InputError, match="1 of the 6 images were changed since the analysis"):
        find_source(result)


def test_a_place_changed(result, source):
    rewritten(source / "0002.dcm", ImagePositionPatient=[-20, -30, 10.5])
    with pytest.raises(InputError, match="changed since the analysis"):
        find_source(result)


def test_names_may_change(result, source):
    """An archive corrects them: objects carry what the images say now."""
    for path in source.iterdir():
        rewritten(path, PatientName="Right^Now", AccessionNumber="77")
    assert str(find_source(result).headers[0].PatientName) == "Right^Now"


def test_stored_otherwise_but_the_same(result, source):
    """An archive compresses without loss: other bytes, the same voxels."""
    for path in source.iterdir():
        dataset = pydicom.dcmread(path)
        uid = dataset.SOPInstanceUID
        dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
        assert dataset.SOPInstanceUID == uid
        dataset.save_as(path)
    assert len(find_source(result).planes) == 6


@pytest.mark.parametrize("tags", [{"PatientID": "OTHER"}, {"StudyInstanceUID": "1.2.3"}])
def test_two_patients_or_studies_under_one_series(result, source, tags):
    rewritten(source / "0001.dcm", **tags)
    with pytest.raises(InputError, match="of two patients or studies"):
        find_source(result)


def test_the_same_images_of_another_patient_beside(result, source):
    shutil.copytree(source, source / "copy")
    assert len(find_source(result).planes) == 6
    for path in (source / "copy").iterdir():
        rewritten(path, PatientID="OTHER", PatientName="Other^One")
    with pytest.raises(InputError, match="of two patients or studies"):
        find_source(result)


def test_a_series_of_two_patients_is_exported_of_the_one_that_was_analysed(tmp_path):
    source = write_series(tmp_path / "ct", stored(6, 20, 24), corners(6))
    other = write_series(
        tmp_path / "other", stored(6, 20, 24, seed=1), corners(6), order=range(10, 16),
        change=lambda made, n: setattr(made, "PatientID", "OTHER"),
    )  # fmt: skip
    result = write_result(tmp_path / "result", source, BOXES)
    shutil.copytree(other, source / "other")
    found = find_source(result)
    assert (len(found.planes), found.headers[0].PatientID) == (6, "T-77")


def older(result: AnalysisResult, **request) -> AnalysisResult:
    """As versions before wrote it: nothing is said of the instances."""
    path = result.folder / "result.json"
    manifest = json.loads(path.read_text())
    manifest["input"].pop("source", None)
    manifest["request"].update(request)
    path.write_text(json.dumps(manifest))
    return AnalysisResult.read(result.folder)


def test_an_older_result(result, source):
    assert len(find_source(older(result)).planes) == 6
    dataset = pydicom.dcmread(source / "0002.dcm")
    rewritten(source / "0002.dcm", PixelData=dataset.pixel_array[::-1].tobytes())
    with pytest.raises(InputError, match="not those that the result was made of"):
        find_source(older(result))


def test_a_file_converted_from_the_series(source, tmp_path):
    """Turned as converters do, with the true images given beside it."""
    volume = read_volume(source)
    matrix = volume.ijk_to_ras.copy()
    matrix[:3, 3] += matrix[:3, 1] * (volume.voxels.shape[1] - 1)
    matrix[:3, 1] *= -1
    turned = write_volume(Volume(np.ascontiguousarray(volume.voxels[:, ::-1]), matrix), tmp_path / "ct.nii.gz")
    result = write_result(tmp_path / "result", turned, BOXES)
    with pytest.raises(InputError, match=r"not made of DICOM images .* if they were converted from DICOM"):
        find_source(result)
    made = export(result, tmp_path / "out", Wanted(), source)
    dataset = read(made.files["seg"])
    rows = np.nonzero(dataset.pixel_array.any(axis=(0, 2)))[0]
    assert (rows.min(), rows.max()) == (20 - 14, 20 - 5 - 1)
    other = write_series(tmp_path / "other", stored(6, 20, 24, seed=5)[:, :, ::-1] // 2, corners(6))
    with pytest.raises(InputError, match="not those that the result was made of"):
        find_source(result, other)
    turned.rename(tmp_path / "elsewhere.nii.gz")
    with pytest.raises(InputError, match="not those that the result was made of"):
        find_source(result, source)
    assert len(find_source(result, source, image=tmp_path / "elsewhere.nii.gz").planes) == 6


def test_the_files_themselves(result, source, tmp_path):
    """As a database gives them: scattered, with others of the series beside them."""
    listed = AnalysisResult.read(shutil.copytree(result.folder, tmp_path / "listed"))
    beside = write_series(tmp_path / "beside", stored(1, 20, 24, seed=3), corners(1), order=[9])
    shutil.move(source / "0003.dcm", beside / "moved")
    files = [beside / "moved", *sorted(source.iterdir())]
    for one in (result, older(result)):
        assert [plane.header for plane in find_source(one, files).planes] == list(range(6))
    with pytest.raises(InputError, match=r"^1 of the 6 images .* not among those given: load the whole series again"):
        find_source(listed, files[:-1])
    files[2].unlink()
    with pytest.raises(InputError, match=r"^1 of the 6 images are not there any more: load the series again"):
        find_source(result, files)


def test_one_file_of_many_frames(tmp_path):
    path = write_enhanced(tmp_path / "ct" / "a.dcm", stored(6, 20, 24), corners(6))
    result = write_result(tmp_path / "result", path, BOXES)
    assert [plane.frame for plane in find_source(result).planes] == [1, 2, 3, 4, 5, 6]


def test_frames_of_reference_that_differ(source, tmp_path):
    rewritten(source / "0001.dcm", FrameOfReferenceUID="1.2.3")
    with pytest.raises(InputError, match="2 frames of reference"):
        find_source(write_result(tmp_path / "result", source, BOXES))


def test_a_radiograph(tmp_path):
    def change(made, n):
        made.Modality, made.SOPClassUID = "DX", "1.2.840.10008.5.1.4.1.1.1.1"
        del made.ImagePositionPatient, made.ImageOrientationPatient

    source = write_series(tmp_path / "dx", stored(1, 20, 24), corners(1), change=change)
    result = write_result(tmp_path / "result", source, [((4, 12), (5, 14), (0, 1))])
    with pytest.raises(InputError, match="not made of DICOM images that say where in the patient"):
        find_source(result)
