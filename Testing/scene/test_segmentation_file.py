"""A .seg.nrrd must open in Slicer as segments with names, colours and codes, on the right voxels."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk
from example_result import UNIT, tilted

from GANAnomalyLib.errors import GANAnomalyError
from GANAnomalyLib.models.score_units import CALIBRATED
from GANAnomalyLib.results.segmentation_file import (
    ABNORMAL_STRUCTURE,
    Segment,
    box_labels,
    finding_segments,
    segment_name,
    write_seg_nrrd,
)

slicer = pytest.importorskip("slicer")


def _open(path, app):
    node = app.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node


def test_opens_in_slicer_with_names_colours_and_codes(result, app):
    segmentation = _open(result.path("findings_segmentation"), app).GetSegmentation()
    assert segmentation.GetNumberOfSegments() == len(result.findings) == 4
    for wanted in finding_segments(result.findings, UNIT):
        segment = segmentation.GetSegment(f"Finding_{wanted['label']}")
        assert segment.GetName() == wanted["name"]
        assert segment.GetColor() == pytest.approx(wanted["color"], abs=1e-5)
        assert segment.GetLabelValue() == wanted["label"]
        assert segment.GetTerminology() == ABNORMAL_STRUCTURE


def test_terminology_is_one_slicer_can_parse():
    entry = slicer.vtkSlicerTerminologyEntry()
    assert slicer.vtkSlicerTerminologiesModuleLogic().DeserializeTerminologyEntry(ABNORMAL_STRUCTURE, entry)
    assert entry.GetTypeObject().GetCodeValue() == "49755003"


@pytest.mark.parametrize("oblique", [False, True])
def test_a_segment_lies_where_its_finding_lies(volume, result, app, tmp_path, oblique):
    place = tilted(volume) if oblique else volume
    labels = box_labels(result.findings, place.voxels.shape)
    path = tmp_path / "findings.seg.nrrd"
    write_seg_nrrd(path, labels, place.ijk_to_ras, finding_segments(result.findings))
    node = _open(path, app)
    for finding in result.findings:
        (i0, i1), (j0, j1), (k0, k1) = finding.box_ijk
        expected = place.ras(np.array([i0 + i1 - 1, j0 + j1 - 1, k0 + k1 - 1]) / 2)
        centre = node.GetSegmentCenterRAS(f"Finding_{finding.label}")
        # Slicer answers with the nearest voxel's centre: half a voxel away along each axis at most.
        assert np.linalg.norm(centre - expected) < 0.51 * np.sqrt(3) * max(place.spacing)


def test_keeps_the_labels_and_their_geometry_exactly(volume, tmp_path):
    place = tilted(volume)
    labels = np.zeros(place.voxels.shape, dtype=np.uint16)
    labels[3, 5, 7] = 700
    path = tmp_path / "one.seg.nrrd"
    segment = Segment(label=700, name="a|b\nc", color=(1.0, 0.5, 0.0), terminology=ABNORMAL_STRUCTURE)
    write_seg_nrrd(path, labels, place.ijk_to_ras, [segment])
    image = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(image), labels)
    lps = image.TransformIndexToPhysicalPoint((7, 5, 3))
    assert np.allclose(np.array(lps) * [-1, -1, 1], place.ras([7, 5, 3]), atol=1e-4)
    assert image.GetMetaData("Segment0_Extent") == "7 7 5 5 3 3"
    assert image.GetMetaData("Segment0_Name") == "a/b c"


def test_where_boxes_meet_the_better_rank_shows(volume, result):
    first, second = result.findings[:2]
    clash = type(second)(**{**vars(second), "box_ijk": first.box_ijk})
    labels = box_labels([first, clash], volume.voxels.shape)
    assert set(np.unique(labels)) == {0, first.label}


def test_refuses_what_does_not_fit_together(volume, tmp_path):
    labels = np.zeros((2, 2, 2), dtype=np.uint8)
    labels[0, 0, 0] = 3
    path = tmp_path / "x.seg.nrrd"
    with pytest.raises(ValueError, match=r"\[3\]"):
        write_seg_nrrd(path, labels, np.eye(4), [])
    with pytest.raises(ValueError, match=r"seg\.nrrd"):
        write_seg_nrrd(tmp_path / "x.nrrd", labels, np.eye(4), [])
    with pytest.raises(ValueError, match="uint8"):
        write_seg_nrrd(path, labels.astype(float), np.eye(4), [])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_gives_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GANAnomalyError, match="cannot be written"):
        write_seg_nrrd(tmp_path / "file" / "x.seg.nrrd", np.zeros((1, 2, 2), np.uint8), np.eye(4), [])


def test_names_say_rank_and_score(result):
    first = result.findings[0]
    assert segment_name(first).startswith("1 - score ")
    assert segment_name(dataclasses.replace(first, score=9.36), CALIBRATED) == "1 - 9.4x usual"
