"""What one export holds: the same findings in each object, the same objects each time, nothing half-written."""

from __future__ import annotations

import json

import numpy as np
import pytest
from dicom.made import FRAME, SERIES, STUDY, corners, read, stored, write_result, write_series
from dicom.validator import faults, needs_dciodvfy
from highdicom import sr
from highdicom.seg import segread
from PIL import Image

from GANAnomalyLib.dicom import export_objects as export_module
from GANAnomalyLib.dicom.codes import ABNORMAL_STRUCTURE, term_of
from GANAnomalyLib.dicom.export_objects import FILE_NAMES, KINDS, Wanted, export
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.review.added_findings import CaseVerdict, ReaderFinding
from GANAnomalyLib.review.coded_labels import Label
from GANAnomalyLib.review.decisions import Decision
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.volume import read_volume

BOXES = [((4, 12), (5, 14), (2, 5)), ((8, 18), (10, 18), (3, 6)), ((20, 26), (12, 20), (6, 7))]
DECISIONS = {
    1: Decision(
        1,
        "accepted",
        "liver, segment VII\nsize für Dr. Müßig: 漢字",
        "2026-02-04T05:06:07+00:00",
        label=Label("SCT", "367643001", "Cyst"),
    ),
    # A code that DICOM cannot hold, and words without one, are no finding type.
    2: Decision(2, "rejected", "", "2026-02-04T05:07:07+00:00", label=Label("OWN", "x" * 17, "much too long")),
    3: Decision(3),
}
READER = "Müller^Änne"
ADDED = [
    ReaderFinding(
        (8.375, 9.75, 11.25), (6.0, 9.0, 5.0), Label("SCT", "367643001", "Cyst"), "left 腎", 4, "2026-02-04T05:09:07Z"
    ),
    ReaderFinding((14.0, 18.0, 20.0), (0.0, 0.0, 0.0), Label.words("something odd"), "", None),
]
VERDICT = CaseVerdict("abnormal", 5, "2026-02-04T05:10:07+00:00")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A result on a series of ten images, with a summary picture."""
    folder = tmp_path_factory.mktemp("case")
    source = write_series(folder / "ct", stored(10, 24, 32), corners(10), change=_named)
    result = write_result(folder / "result", source, BOXES)
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)).save(result.path("summary"))
    return result


def _named(made, n):
    made.SpecificCharacterSet, made.PatientName = "ISO_IR 192", "Müller^Jörg=王^小东"


@pytest.fixture(scope="module")
def everything(case, tmp_path_factory):
    """All kinds of objects, and a reader's report."""
    wanted = Wanted(KINDS, decisions=DECISIONS, reader=READER, added=ADDED, verdict=VERDICT)
    return export(case, tmp_path_factory.mktemp("all") / "out", wanted)


def test_all_are_written(everything):
    assert {kind: path.name for kind, path in everything.files.items()} == FILE_NAMES
    assert sorted(path.name for path in everything.files["seg"].parent.iterdir()) == sorted(FILE_NAMES.values())
    assert everything.notes == []


@needs_dciodvfy
@pytest.mark.parametrize("kind", FILE_NAMES)
def test_no_fault_by_the_standard(everything, kind):
    assert faults(everything.files[kind]) == []


@pytest.mark.parametrize("kind", FILE_NAMES)
def test_patient_and_study_are_those_of_the_source(everything, kind):
    made = read(everything.files[kind])
    assert str(made.PatientName) == "Müller^Jörg=王^小东"
    assert (made.PatientID, made.StudyInstanceUID, made.AccessionNumber) == ("T-77", STUDY, "A9")
    assert made.SeriesInstanceUID != SERIES
    assert made.Manufacturer == "GANAnomaly"
    assert made.get("FrameOfReferenceUID", FRAME) == FRAME
    assert made.file_meta.MediaStorageSOPInstanceUID == made.SOPInstanceUID


def test_every_series_and_object_has_a_uid_of_its_own(everything):
    made = [read(path) for path in everything.files.values()]
    assert len({one.SOPInstanceUID for one in made}) == len({one.SeriesInstanceUID for one in made}) == len(FILE_NAMES)
    assert all(one.SOPInstanceUID.is_valid and str(one.SOPInstanceUID).startswith("2.25.") for one in made)


def test_exported_again_it_is_the_same_to_the_last_byte(case, everything, tmp_path):
    wanted = Wanted(KINDS, decisions=DECISIONS, reader=READER, added=ADDED, verdict=VERDICT)
    again = export(case, tmp_path / "again", wanted)
    for kind, path in again.files.items():
        assert path.read_bytes() == everything.files[kind].read_bytes(), kind


def test_other_content_has_other_uids(case, everything, tmp_path):
    """The findings' own, by which they are followed, stay."""
    other = {**DECISIONS, 3: Decision(3, "unsure", "", "2026-02-04T05:08:07+00:00")}
    more = {"added": ADDED, "verdict": VERDICT}
    again = export(case, tmp_path / "again", Wanted(("sr",), decisions=other, reader=READER, **more))
    one, two = (read(exported.files["reader"]) for exported in (everything, again))
    assert one.SOPInstanceUID != two.SOPInstanceUID
    assert _tracking(one) == _tracking(two)
    assert (one.CompletionFlag, two.CompletionFlag) == ("PARTIAL", "COMPLETE")
    assert read(again.files["sr"]).SOPInstanceUID == read(everything.files["sr"]).SOPInstanceUID


def test_a_sites_root(case, tmp_path):
    root = "1.2.826.0.1.3680043.8.1055.1"
    made = export(case, tmp_path / "out", Wanted(root=root)).files
    assert all(str(read(path).SOPInstanceUID).startswith(f"{root}.") for path in made.values())
    assert all(len(str(read(path).SOPInstanceUID)) <= 64 for path in made.values())


@pytest.mark.parametrize("root", ["", "1", "1.02.3", "a.b", "3.1.2", "1.2." + "9" * 60, "1..2", "../x"])
def test_no_root(case, tmp_path, root):
    with pytest.raises(InputError, match="is no root of UIDs"):
        export(case, tmp_path / "out", Wanted(root=root))
    assert list(tmp_path.iterdir()) == []


def _tracking(report) -> set[tuple[str, str]]:
    content = sr.Comprehensive3DSR.from_dataset(report).content
    groups = content.get_volumetric_roi_measurement_groups() + content.get_image_measurement_groups()
    return {(group.tracking_identifier, str(group.tracking_uid)) for group in groups}


def test_segmentation_and_report_follow_the_same_findings(everything):
    segments = read(everything.files["seg"]).SegmentSequence
    tracked = {(item.TrackingID, str(item.TrackingUID)) for item in segments}
    assert len(tracked) == 3
    assert _tracking(read(everything.files["sr"])) == tracked
    assert tracked < _tracking(read(everything.files["reader"]))  # which has the reader's own besides


def test_segments_say_what_made_them(case, everything):
    for item in read(everything.files["seg"]).SegmentSequence:
        algorithm = item.SegmentationAlgorithmIdentificationSequence[0]
        assert algorithm.AlgorithmFamilyCodeSequence[0].CodeValue == "123110"
        assert algorithm.AlgorithmName == "demo"
        assert "abababab" in algorithm.AlgorithmVersion
        assert case.manifest["model"]["hash"] in algorithm.AlgorithmParameters
        assert item.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator == "SCT"
        assert item.SegmentLabel.startswith(str(item.SegmentNumber))


def test_boxes_that_overlap_are_whole(case, everything):
    segmentation = segread(everything.files["seg"])
    assert segmentation.SegmentsOverlap == "YES"
    for finding in case.findings:
        uids = [str(item.TrackingUID) for item in segmentation.SegmentSequence if item.SegmentNumber == finding.rank]
        numbers = segmentation.get_segment_numbers(tracking_uid=uids[0])
        assert numbers == [finding.rank]
    counts = _counts(segmentation)
    assert counts == {n: int(np.prod([stop - start for start, stop in box])) for n, box in enumerate(BOXES, start=1)}


def _counts(segmentation) -> dict[int, int]:
    counts: dict[int, int] = {}
    for n, group in enumerate(segmentation.PerFrameFunctionalGroupsSequence):
        number = int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        counts[number] = counts.get(number, 0) + int(segmentation.get_stored_frame(n + 1).sum())
    return counts


def test_in_a_label_map_the_better_rank_shows(case, tmp_path):
    made = export(case, tmp_path / "out", Wanted(labelmap=True))
    segmentation = segread(made.files["seg"])
    pixels = np.stack([segmentation.get_stored_frame(n + 1) for n in range(segmentation.NumberOfFrames)])
    assert segmentation.SegmentationType == "LABELMAP"
    assert (pixels == 1).sum() == 8 * 9 * 3
    assert (pixels == 2).sum() == 10 * 8 * 3 - 4 * 4 * 2


def test_a_finding_below_a_better_one_has_no_segment_in_a_label_map(tmp_path):
    source = write_series(tmp_path / "ct", stored(6, 20, 20), corners(6))
    result = write_result(tmp_path / "result", source, [((2, 12), (2, 12), (1, 4)), ((4, 8), (4, 8), (2, 3))])
    made = export(result, tmp_path / "out", Wanted(labelmap=True))
    assert ["TrackingUID" in item for item in read(made.files["seg"]).SegmentSequence] == [False, True]  # the ground
    assert len(_tracking(read(made.files["sr"]))) == 2


def _judged(group) -> list[tuple[str, str]]:
    """All that was judged, not the algorithm's family, which is told as a code too."""
    told = [(one.name.meaning, one.value.meaning) for one in group.get_qualitative_evaluations()]
    return [pair for pair in told if pair[0] != "Algorithm Family"]


def test_the_machines_report(case, everything):
    report = sr.Comprehensive3DSR.from_dataset(read(everything.files["sr"]))
    assert (report.VerificationFlag, report.CompletionFlag, report.PreliminaryFlag) == (
        "UNVERIFIED",
        "COMPLETE",
        "PRELIMINARY",
    )
    context = report.content.get_observer_contexts()
    assert [one.observer_type.meaning for one in context] == ["Device"]
    segmentation = read(everything.files["seg"])
    groups = report.content.get_volumetric_roi_measurement_groups()
    assert len(groups) == 3
    for finding, group in zip(case.findings, groups, strict=True):
        segment = group.reference_type, group.referenced_segment
        assert segment[1].referenced_sop_instance_uid == segmentation.SOPInstanceUID
        values = {one.name.meaning: float(one.value) for one in group.get_measurements()}
        (i, j, k) = finding.box_ijk
        sizes = [(stop - start) * mm for (start, stop), mm in zip((i, j, k), (0.75, 1.5, 2.5), strict=True)]
        assert [values[name] for name in ("Width", "Length", "Depth")] == pytest.approx(sizes)
        assert values["Volume"] == pytest.approx(np.prod(sizes))
        assert values["Anomaly score, x usual"] == pytest.approx(finding.score)
        assert _judged(group) == []
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert sorted(len(series.ReferencedSOPSequence) for series in evidence) == [1, 10]


def test_the_readers_report_comes_after_the_machines(everything):
    machine, report = (read(everything.files[kind]) for kind in ("sr", "reader"))
    before = report.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert before.ReferencedSOPInstanceUID == machine.SOPInstanceUID
    assert (report.VerificationFlag, report.CompletionFlag) == ("UNVERIFIED", "PARTIAL")
    content = sr.Comprehensive3DSR.from_dataset(report).content
    context = content.get_observer_contexts()
    assert [one.observer_type.meaning for one in context] == ["Person"]
    assert str(context[0].observer_identifying_attributes.name) == READER
    groups = content.get_volumetric_roi_measurement_groups()[:3]
    judged = [_judged(group) for group in groups]
    assert judged == [[("Reader's decision", "Abnormal")], [("Reader's decision", "Normal")], []]
    kinds = [group.finding_type for group in groups]
    abnormal = ("49755003", "SCT")
    assert [(kind.value, kind.scheme_designator) for kind in kinds] == [("367643001", "SCT"), abnormal, abnormal]
    assert "漢字".encode() in everything.files["reader"].read_bytes()
    assert "PredecessorDocumentsSequence" not in machine


def test_a_readers_term_keeps_its_scheme():
    for scheme, code in (("SCT", "367643001"), ("RADLEX", "RID1")):
        term = term_of(Label(scheme, code, "Cyst"))
        assert (term.scheme_designator, term.value, term.meaning) == (scheme, code, "Cyst")
    assert term_of(Label.words("something odd")) == term_of(None) == ABNORMAL_STRUCTURE


def test_what_a_reader_added_is_in_the_readers_report(case, everything):
    """A box has a segment that was drawn by hand, a point is a point; the model's objects do not tell of them."""
    report, drawn = read(everything.files["reader"]), segread(everything.files["reader_seg"])
    content = sr.Comprehensive3DSR.from_dataset(report).content
    box = content.get_volumetric_roi_measurement_groups()[3]
    values = {one.name.meaning: float(one.value) for one in box.get_measurements()}
    assert [values[name] for name in ("Width", "Length", "Depth")] == pytest.approx([6.0, 9.0, 5.0])
    assert values["Volume"] == pytest.approx(6 * 9 * 5)
    assert values["Reader's confidence, 1 to 5"] == 4
    assert box.finding_type.meaning == "Cyst"
    assert box.referenced_segment.referenced_sop_instance_uid == drawn.SOPInstanceUID
    description = drawn.get_segment_description(1)
    assert (description.SegmentAlgorithmType, description.tracking_uid) == ("MANUAL", box.tracking_uid)
    assert description.segmented_property_type.meaning == "Cyst"
    held = drawn.get_volume(combine_segments=False)
    places = held.map_indices_to_reference(np.argwhere(held.array[..., 0])) * [-1.0, -1.0, 1.0]
    np.testing.assert_allclose(places.mean(axis=0), ADDED[0].centre_ras)
    np.testing.assert_allclose(np.ptp(places, axis=0) + np.array([0.75, 1.5, 2.5]), ADDED[0].size_mm)

    (point,) = content.get_planar_roi_measurement_groups()
    np.testing.assert_allclose(point.roi.value, [[-14.0, -18.0, 20.0]])
    assert b"something odd" in everything.files["reader"].read_bytes()
    (verdict,) = content.get_image_measurement_groups()
    assert _judged(verdict) == [("Reader's verdict on the case", "Abnormal")]
    machine = everything.files["sr"].read_bytes() + everything.files["seg"].read_bytes()
    assert "腎".encode() not in machine
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert sorted(len(series.ReferencedSOPSequence) for series in evidence) == [1, 1, 10]


def test_a_box_smaller_than_a_pixel_is_a_point(case, tmp_path):
    added = [ReaderFinding((8.1, 10.1, 12.0), (0.05, 0.05, 0.05))]
    made = export(case, tmp_path / "out", Wanted(("sr",), decisions={}, reader=READER, added=added)).files
    assert "reader_seg" not in made
    content = sr.Comprehensive3DSR.from_dataset(read(made["reader"])).content
    assert len(content.get_planar_roi_measurement_groups()) == 1


def test_the_map_is_the_heat(case, everything):
    made = read(everything.files["map"])
    assert made.NumberOfFrames == 5  # of ten images five hold any heat
    mapping = made.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "{ratio}"
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1.0, 0.0)
    assert "x usual" in mapping.QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeMeaning
    volume = read_volume(case.manifest["request"]["input"])
    heat = np.zeros(volume.voxels.shape, np.float32)
    for n, box in enumerate(BOXES):
        i, j, k = (slice(*ends) for ends in box)
        heat[k, j, i] = 5 + n
    for group, frame in zip(made.PerFrameFunctionalGroupsSequence, made.pixel_array, strict=True):
        lps = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        np.testing.assert_allclose(frame, heat[round(volume.ijk(lps * [-1, -1, 1])[2])], atol=1e-6)


def test_heat_above_the_threshold(everything):
    assert sum(read(everything.files["heat"]).pixel_array.sum(axis=(1, 2))) == 8 * 9 * 3 + 10 * 8 * 3 - 4 * 4 * 2 + 48


def test_a_capture_carries_the_notice_and_names_nobody(everything):
    made = read(everything.files["capture"])
    assert (made.BurnedInAnnotation, made.PhotometricInterpretation, made.Columns) == ("NO", "RGB", 400)
    band = made.pixel_array[300:]
    assert len(band) > 20
    assert (band > 200).any()


def test_the_document(everything):
    made = read(everything.files["pdf"])
    document = made.EncapsulatedDocument[: made.EncapsulatedDocumentLength]
    assert document.startswith(b"%PDF-")
    assert document.rstrip().endswith(b"%%EOF")
    assert (made.MIMETypeOfEncapsulatedDocument, made.BurnedInAnnotation) == ("application/pdf", "NO")


def test_boxes_are_drawn_on_their_images(case, everything):
    made = read(everything.files["gsps"])
    first = made.GraphicAnnotationSequence[0]
    sop = first.ReferencedImageSequence[0].ReferencedSOPInstanceUID
    volume = read_volume(case.manifest["request"]["input"])
    assert f"{SERIES}.3" == sop  # image 2, counted from 0
    corners = np.array(first.GraphicObjectSequence[0].GraphicData).reshape(-1, 2)
    np.testing.assert_array_equal(corners, [[4, 5], [12, 5], [12, 14], [4, 14], [4, 5]])
    assert made.SoftcopyVOILUTSequence[0].WindowWidth == 350
    assert volume.voxels.shape == (10, 24, 32)


def test_no_finding(tmp_path):
    source = write_series(tmp_path / "ct", stored(4, 16, 16), corners(4))
    made = export(write_result(tmp_path / "result", source, []), tmp_path / "out", Wanted(KINDS))
    assert set(made.files) == {"sr", "pdf"}
    assert len(made.notes) == 5
    content = sr.Comprehensive3DSR.from_dataset(read(made.files["sr"])).content
    told = [(one.name.meaning, one.value) for one in content.get_image_measurement_groups()[0].get_measurements()]
    assert told == [("Number of findings", 0)]


@needs_dciodvfy
def test_no_finding_is_no_fault(tmp_path):
    source = write_series(tmp_path / "ct", stored(4, 16, 16), corners(4))
    made = export(write_result(tmp_path / "result", source, []), tmp_path / "out", Wanted())
    assert faults(made.files["sr"]) == []


def test_a_finding_outside_all_images_is_said(tmp_path):
    source = write_series(tmp_path / "ct", stored(4, 16, 16), corners(4))
    result = write_result(tmp_path / "result", source, [((2, 6), (2, 6), (1, 2)), ((2, 6), (2, 6), (200, 201))])
    made = export(result, tmp_path / "out", Wanted())
    assert made.notes == ["Finding 2 lies outside the images and was left out."]
    assert len(read(made.files["seg"]).SegmentSequence) == 1


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(("rtstruct",)), "no kind of object 'rtstruct'"),
        (Wanted(decisions=DECISIONS, reader=" "), "need the reader's name"),
    ],
)
def test_asked_wrongly(case, tmp_path, wanted, said):
    with pytest.raises(InputError, match=said):
        export(case, tmp_path / "out", wanted)
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_stay(case, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files"):
        export(case, tmp_path, Wanted())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(InputError, match="is a file"):
        export(case, tmp_path / "notes.txt", Wanted())


def test_an_earlier_export_is_replaced_whole(case, tmp_path):
    export(case, tmp_path / "out", Wanted(("pdf",)))
    export(case, tmp_path / "out", Wanted())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["findings_seg.dcm", "findings_sr.dcm"]


def test_objects_that_disagree_are_not_put_in_place(case, tmp_path, monkeypatch):
    true = export_module.machine_report

    def another(making, placed, segmentation):
        placed[0].volume_mm3 *= 2
        made = true(making, placed, segmentation)
        placed[0].volume_mm3 /= 2
        return made

    monkeypatch.setattr(export_module, "machine_report", another)
    with pytest.raises(GANAnomalyError, match="do not agree"):
        export(case, tmp_path / "out", Wanted())
    assert list(tmp_path.iterdir()) == []


def test_a_result_knows_no_uid(case):
    text = (case.folder / "result.json").read_text()
    assert SERIES not in text
    assert len(json.loads(text)["input"]["source"]["instances"]) == 10


def test_a_result_that_does_not_say_where_it_lies(tmp_path):
    source = write_series(tmp_path / "ct", stored(4, 16, 16), corners(4))
    flat = {"shape_kji": [4, 16, 16], "ijk_to_ras": np.zeros((4, 4)).tolist()}
    for n, geometry in enumerate(({}, flat)):
        result = write_result(tmp_path / str(n), source, [], geometry=geometry)
        with pytest.raises(InputError, match="does not say where it lies"):
            export(result, tmp_path / "out", Wanted())
    assert not (tmp_path / "out").exists()


def test_stopped(case, tmp_path):
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        export(case, tmp_path / "out", Wanted(), cancel=cancel)
    assert list(tmp_path.iterdir()) == []


def test_no_score_and_no_window(tmp_path):
    """What an older result lacks is left out."""
    source = write_series(tmp_path / "ct", stored(4, 16, 16), corners(4))
    result = write_result(tmp_path / "result", source, [((2, 6), (2, 6), (1, 2))], settings={})
    result.findings[0].score = float("nan")
    made = export(result, tmp_path / "out", Wanted(("sr", "gsps")))
    content = sr.Comprehensive3DSR.from_dataset(read(made.files["sr"])).content
    names = [one.name.meaning for one in content.get_volumetric_roi_measurement_groups()[0].get_measurements()]
    assert names == ["Volume", "Width", "Length", "Depth"]
    assert "SoftcopyVOILUTSequence" not in read(made.files["gsps"])
