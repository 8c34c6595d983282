"""The findings as a segmentation file that Slicer opens again, with the decisions in it."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from scenes import add_ct

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.finding_review import DECISION_TAG, decide, rows
from GANAnomalyLib.scene.segment_export import write_segmentation

slicer = pytest.importorskip("slicer")


@pytest.fixture
def nodes(small, small_result, app):
    return build_scene(app.scene, add_ct(app.scene, small), small_result)


def _open(path, app):
    node = app.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node.GetSegmentation()


def test_all_findings_with_names_colours_and_decisions(nodes, app, tmp_path, small):
    decide(nodes, 2, "rejected")
    path = write_segmentation(nodes, tmp_path / "Befund für Ü.seg.nrrd")
    assert list(tmp_path.iterdir()) == [path]
    there, here = _open(path, app), nodes.findings.GetSegmentation()
    assert there.GetNumberOfSegments() == 4
    for row in rows(nodes):
        segment, own = there.GetSegment(row.segment_id), here.GetSegment(row.segment_id)
        assert segment.GetName() == own.GetName()
        assert segment.GetColor() == pytest.approx(own.GetColor(), abs=1e-3)
        assert segment.GetTerminology() == own.GetTerminology()
        assert segment.HasTag(DECISION_TAG) == (row.rank == 2)
    image = sitk.ReadImage(str(path))
    assert image.GetSpacing() == pytest.approx(small.spacing, abs=1e-5)


def test_only_the_accepted_ones(nodes, app, tmp_path, small_result):
    decide(nodes, 3, "accepted")
    decide(nodes, 1, "unsure")
    path = write_segmentation(nodes, tmp_path / "accepted.seg.nrrd", only_accepted=True)
    segmentation = _open(path, app)
    assert segmentation.GetNumberOfSegments() == 1
    assert segmentation.GetSegment(rows(nodes)[2].segment_id) is not None
    assert nodes.findings.GetSegmentation().GetNumberOfSegments() == 4
    image = sitk.ReadImage(str(path))
    voxels = sitk.GetArrayFromImage(image)
    where = np.argwhere(voxels)[:, ::-1]
    middle = image.TransformContinuousIndexToPhysicalPoint(((where.min(0) + where.max(0)) / 2).tolist())
    assert np.array(middle) * [-1, -1, 1] == pytest.approx(small_result.findings[2].centre_ras, abs=3.1)


def test_nothing_to_write_is_said_and_nothing_written(nodes, tmp_path):
    with pytest.raises(InputError, match="No finding is accepted yet"):
        write_segmentation(nodes, tmp_path / "x.seg.nrrd", only_accepted=True)
    with pytest.raises(InputError, match=r"must end in \.seg\.nrrd"):
        write_segmentation(nodes, tmp_path / "x.nrrd")
    nodes.findings = None
    with pytest.raises(InputError, match="deleted"):
        write_segmentation(nodes, tmp_path / "x.seg.nrrd")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_keeps_what_is_there(nodes, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_segmentation(nodes, tmp_path / "none" / "x.seg.nrrd")
    (tmp_path / "x.seg.nrrd").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_segmentation(nodes, tmp_path / "x.seg.nrrd")
    assert [path.name for path in tmp_path.iterdir()] == ["x.seg.nrrd"]
