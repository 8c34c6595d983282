"""Segmentations and reports, of ours and of others, as findings in the patient."""

from __future__ import annotations

import json

import numpy as np
import pytest
from dicom.made import FRAME, corners, header, read, stored, write_result, write_series
from highdicom import AlgorithmIdentificationSequence, sr
from highdicom.seg import Segmentation, SegmentDescription
from pydicom.sr.codedict import codes

from GANAnomalyLib.dicom.export_objects import Wanted, export
from GANAnomalyLib.dicom.import_findings import import_findings
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.review.decisions import Decision
from GANAnomalyLib.review.imported_findings import IMPORTED_FILE, load_imported, save_imported

BOXES = [((4, 12), (5, 14), (2, 5)), ((20, 26), (12, 20), (6, 7))]
DECISIONS = {1: Decision(1, "accepted"), 2: Decision(2, "rejected", "a comment")}


@pytest.fixture
def source(tmp_path):
    return write_series(tmp_path / "ct", stored(10, 24, 32), corners(10))


@pytest.fixture
def result(source, tmp_path):
    return write_result(tmp_path / "result", source, BOXES)


def test_ours_come_back(result, tmp_path):
    """To the pixels' outer edges, in RAS."""
    files = export(result, tmp_path / "out", Wanted(decisions=DECISIONS, reader="Müller^Änne")).files
    found = import_findings([files["reader"], files["seg"]], result).findings
    assert [one.rank for one in found] == [1, 2]
    for one, finding in zip(found, result.findings, strict=True):
        (i, j, k) = finding.box_ijk
        right = sorted(20 - 0.75 * (value - 0.5) for value in i)
        anterior = sorted(30 - 1.5 * (value - 0.5) for value in j)
        superior = [5 + 2.5 * (value - 0.5) for value in k]
        np.testing.assert_allclose(one.box_ras, [right, anterior, superior], atol=1e-3)
        np.testing.assert_allclose(one.centre_ras, finding.centre_ras, atol=1e-3)
        assert one.volume_mm3 == pytest.approx(np.prod(finding.size_mm))
        assert (one.observer, one.by, one.segment) == ("Müller^Änne", "person", finding.rank)
        assert one.source == read(files["seg"]).SOPInstanceUID
        assert {m.name: m.value for m in one.measurements}["Volume"] == pytest.approx(np.prod(finding.size_mm))
    assert [one.evaluations for one in found] == [{"Reader's decision": "Abnormal"}, {"Reader's decision": "Normal"}]


def test_a_segmentation_alone(result, tmp_path):
    files = export(result, tmp_path / "out", Wanted(labelmap=True)).files
    found = import_findings([files["seg"]], result).findings
    assert [(one.observer, one.by, one.kind) for one in found] == [
        ("demo", "device", "Morphologically Abnormal Structure")
    ] * 2
    assert found[0].volume_mm3 == pytest.approx(8 * 0.75 * 9 * 1.5 * 3 * 2.5)


def other_segmentation(source, path, kind="BINARY", person=None):
    """Another system's: drawn by hand, all frames kept, no tracking."""
    images = [read(one) for one in sorted(source.iterdir())]
    pixels = np.zeros((10, 24, 32), np.uint8 if kind != "FRACTIONAL" else np.float32)
    pixels[3:5, 2:6, 10:20] = 1
    pixels[7, 10, 10] = 1 if kind != "FRACTIONAL" else 0.2
    lesion = codes.SCT.Lesion
    algorithm = AlgorithmIdentificationSequence("other", codes.DCM.ArtificialIntelligence, "1")
    more = {} if person else {"algorithm_identification": algorithm}
    description = SegmentDescription(1, "lesion", lesion, lesion, "MANUAL" if person else "AUTOMATIC", **more)
    made = Segmentation(
        images, pixels, kind, [description], "1.2.3.4", 5, "1.2.3.4.5", 1, "Other", "Tool", "1", "7",
        content_creator_name=person, omit_empty_frames=False,
    )  # fmt: skip
    made.save_as(path)
    return path


def test_somebody_elses(source, result, tmp_path):
    found = import_findings([other_segmentation(source, tmp_path / "o.dcm", person="Reader^One")], result).findings
    assert [(one.label, one.observer, one.by, one.kind) for one in found] == [
        ("lesion", "Reader^One", "person", "Lesion")
    ]
    np.testing.assert_allclose(found[0].box_ras[0], [20 - 19.5 * 0.75, 20 - 9.5 * 0.75])
    np.testing.assert_allclose(found[0].box_ras[2], [5 + 2.5 * 2.5, 5 + 7.5 * 2.5])


def test_of_a_fraction_the_half_counts(source, result, tmp_path):
    found = import_findings([other_segmentation(source, tmp_path / "o.dcm", "FRACTIONAL")], result).findings
    assert found[0].volume_mm3 == pytest.approx(2 * 4 * 10 * 0.75 * 1.5 * 2.5)
    np.testing.assert_allclose(found[0].box_ras[2], [5 + 2.5 * 2.5, 5 + 4.5 * 2.5])


def other_report(source, path, *regions):
    """A report whose regions are points in the patient, drawn by a person."""
    images = [read(one) for one in sorted(source.iterdir())]
    person = sr.ObserverContext(codes.DCM.Person, sr.PersonObserverIdentifyingAttributes("Reader^Two"))
    groups = [
        sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            sr.TrackingIdentifier(f"1.2.3.{n}", f"nodule {n}"),
            referenced_region=region,
            finding_type=codes.SCT.Nodule,
            measurements=[sr.Measurement(codes.SCT.Diameter, 7.5, codes.UCUM.Millimeter)],
        )
        for n, region in enumerate(regions, start=1)
    ]
    content = sr.MeasurementReport(sr.ObservationContext(person), codes.LN.CTUnspecifiedBodyRegion, groups)
    made = sr.Comprehensive3DSR(images, content[0], "1.2.3.5", 6, "1.2.3.5.6", 1, "Other")
    made.save_as(path)
    return path


def test_regions_of_a_report(source, result, tmp_path):
    square = np.array([[0.0, 1, 10], [4, 1, 10], [4, 6, 10], [0, 6, 10], [0, 1, 10]])
    region = sr.ImageRegion3D("POLYGON", square, FRAME)
    source_image = sr.SourceImageForRegion.from_source_image(read(sorted(source.iterdir())[2]))
    flat = sr.ImageRegion("CIRCLE", np.array([[4.0, 4], [6, 4]]), source_image)
    imported = import_findings([other_report(source, tmp_path / "o.dcm", region, flat)], result)
    (one,) = imported.findings
    assert one.box_ras == ((-4.0, 0.0), (-6.0, -1.0), (10.0, 10.0))
    assert (one.label, one.kind, one.observer, one.by) == ("nodule 1", "Nodule", "Reader^Two", "person")
    assert [(m.name, m.value, m.unit) for m in one.measurements] == [("Diameter", 7.5, "mm")]
    assert len(imported.notes) == 1
    assert "1 of the 2 findings in o.dcm" in imported.notes[0]


def test_a_report_without_its_segmentation(result, tmp_path):
    files = export(result, tmp_path / "out", Wanted()).files
    with pytest.raises(InputError, match=r"no finding with a place .* lie in a segmentation that was not given"):
        import_findings([files["sr"]], result)


def test_of_another_series(result, tmp_path):
    other = write_series(tmp_path / "other", stored(10, 24, 32), corners(10), change=_elsewhere)
    path = other_segmentation(other, tmp_path / "o.dcm")
    with pytest.raises(InputError, match=r"o\.dcm is on another series"):
        import_findings([path], result)
    assert len(import_findings([path]).findings) == 1


def _elsewhere(made, n):
    made.SeriesInstanceUID, made.SOPInstanceUID = "1.2.9", f"1.2.9.{n + 1}"
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not DICOM", "is no DICOM file, or a damaged one"),
        (b"", "is no DICOM file, or a damaged one"),
        (None, "is no file"),
    ],
)
def test_files_that_are_none(result, tmp_path, data, said):
    path = tmp_path / "file"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        import_findings([path], result)


def test_an_image(source, result):
    with pytest.raises(InputError, match="is an image: give segmentations"):
        import_findings(sorted(source.iterdir())[:1], result)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["seg", "sr"])
def test_files_cut_short(result, tmp_path, cut, kind):
    """In a sentence, wherever the cut is; or what there is."""
    files = export(result, tmp_path / "out", Wanted()).files
    data = files[kind].read_bytes()
    files[kind].write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(InputError):
        import_findings([files[kind]])


def test_damaged_bytes_end_in_a_sentence(result, tmp_path):
    files = export(result, tmp_path / "out", Wanted()).files
    random = np.random.default_rng(1)
    for kind in ("seg", "sr"):
        whole = files[kind].read_bytes()
        for _ in range(20):
            data = bytearray(whole)
            for place in random.integers(140, len(data), 8):
                data[place] = int(random.integers(256))
            files[kind].write_bytes(bytes(data))
            try:
                import_findings([files["seg"], files["sr"]])
            except InputError:
                continue
        files[kind].write_bytes(whole)


def test_a_header_that_asks_for_too_much(result, tmp_path):
    files = export(result, tmp_path / "out", Wanted()).files
    dataset = read(files["seg"])
    dataset.Rows = dataset.Columns = 65535
    dataset.NumberOfFrames = 2**30
    dataset.save_as(files["seg"])
    with pytest.raises(InputError, match="too many to read"):
        import_findings([files["seg"]])


def test_without_a_place(result, tmp_path):
    files = export(result, tmp_path / "out", Wanted()).files
    dataset = read(files["seg"])
    del dataset.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence
    dataset.save_as(files["seg"])
    with pytest.raises(InputError, match="does not say where in the patient"):
        import_findings([files["seg"]])


def test_kept_in_the_result(result, tmp_path):
    files = export(result, tmp_path / "out", Wanted()).files
    found = import_findings([files["seg"], files["sr"]], result).findings
    path = save_imported(result.folder / IMPORTED_FILE, found, result.folder)
    assert load_imported(result.folder) == found
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, "fingerprint": "other"}))
    assert load_imported(result.folder) == []
    path.write_text(json.dumps({**data, "schema_version": 2}))
    with pytest.raises(InputError, match="newer version"):
        load_imported(result.folder)
    data["findings"][0]["box_ras"] = "everywhere"
    path.write_text(json.dumps(data))
    with pytest.raises(InputError, match="box_ras"):
        load_imported(result.folder)
    path.unlink()
    assert load_imported(result.folder) == []


def test_a_result_that_knows_no_series(result, source, tmp_path):
    manifest = result.manifest
    del manifest["input"]["source"]
    with pytest.raises(InputError, match="does not say which DICOM series"):
        import_findings([other_segmentation(source, tmp_path / "o.dcm")], result)


def test_other_objects(result, tmp_path):
    made = header("1.2.3")
    made.SOPClassUID, made.Modality = "1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT"
    made.save_as(tmp_path / "rt.dcm", enforce_file_format=True)
    with pytest.raises(InputError, match="is a radiotherapy structure set"):
        import_findings([tmp_path / "rt.dcm"])
