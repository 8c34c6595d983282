"""A reader's own findings in the scene: marked, measured, moved with the CT, saved, taken back."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from example_result import make_result, sagittal, tilted
from scenes import add_ct, add_transform, moved, reopened

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.review.added_findings import CaseVerdict, ReaderFinding
from GANAnomalyLib.review.coded_labels import Label
from GANAnomalyLib.review.decisions import save_decisions
from GANAnomalyLib.review.reading_changes import Withdrawn, changes
from GANAnomalyLib.scene import hiding
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.carry_along import carry_along
from GANAnomalyLib.scene.case_verdict import judge_case, verdict_of
from GANAnomalyLib.scene.finding_review import decide, highlight, rows
from GANAnomalyLib.scene.mark_nodes import marks_of
from GANAnomalyLib.scene.open_result import read_result
from GANAnomalyLib.scene.places import Places
from GANAnomalyLib.scene.reader_marks import (
    describe,
    go_to_mark,
    mark_box,
    mark_point,
    reader_findings,
    reader_rows,
    remove_mark,
)
from GANAnomalyLib.scene.reading_state import put_reading, reading_of
from GANAnomalyLib.scene.result_nodes import remove, result_of
from GANAnomalyLib.scene.segment_export import write_segmentation

pytest.importorskip("slicer")
NODULE = Label("SCT", "27925004", "Nodule")


def _world(nodes, *ijk):
    return Places.of(nodes).world(np.array(ijk, float))


@pytest.mark.parametrize("make", [lambda volume: volume, sagittal, tilted], ids=["axial", "sagittal", "oblique"])
def test_a_box_is_measured_along_the_image(app, small, tmp_path, make):
    volume = make(small)
    nodes = build_scene(app.scene, add_ct(app.scene, volume), make_result(tmp_path / "r", volume))
    limit = np.array(volume.voxels.shape[::-1])
    low = np.minimum([4, 5, 6], limit - 9)
    high = np.add(low, [6, 4, 3])
    made = mark_box(app.scene, nodes, _world(nodes, *low), _world(nodes, *high))
    assert made.size_mm == pytest.approx((high - low) * volume.spacing, abs=0.01)
    assert made.centre_ras == pytest.approx(volume.ras((low + high) / 2), abs=0.01)
    assert reader_findings(nodes) == [made]
    row = reader_rows(nodes)[0]
    stack = Places.of(nodes).stack
    ends = sorted(round(float(stack.ijk_to_stack(np.array(end, float))[0])) for end in (low, high))
    assert (row.rank, list(row.slices)) == (-1, ends)
    # Drawn in a slice, as a view has it: as deep as the shorter side.
    flat = mark_box(app.scene, nodes, _world(nodes, *low), _world(nodes, high[0], high[1], low[2]))
    shorter = min((high - low)[:2] * volume.spacing[:2])
    deep = min(shorter, volume.spacing[2] * (2 * min(low[2] + 0.5, limit[2] - 0.5 - low[2])))
    assert flat.size_mm[:2] == pytest.approx(((high - low) * volume.spacing)[:2], abs=0.01)
    assert flat.size_mm[2] == pytest.approx(deep, abs=volume.spacing[2])


def test_a_point_is_where_it_was_clicked(app, nodes):
    made = mark_point(app.scene, nodes, _world(nodes, 10.25, 20, 8))
    assert made.is_point
    assert made.centre_ras == pytest.approx(Places.of(nodes).then(np.array([10.25, 20, 8])), abs=0.001)
    row = reader_rows(nodes)[0]
    assert row.slices[0] == row.slices[1] == row.slice
    assert marks_of(nodes)[0].GetParentTransformNode() is None


def test_what_lies_outside_the_ct_is_refused_and_what_lies_half_outside_is_cut(app, nodes, small):
    count = np.array(small.voxels.shape[::-1])
    with pytest.raises(InputError, match="outside the scan"):
        mark_point(app.scene, nodes, _world(nodes, -2, 5, 5))
    with pytest.raises(InputError, match="outside the scan"):
        mark_box(app.scene, nodes, _world(nodes, *(count + 5)), _world(nodes, *(count + 9)))
    with pytest.raises(InputError, match="no extent"):
        mark_box(app.scene, nodes, _world(nodes, 5, 5, 5), _world(nodes, 5, 9, 5))
    assert marks_of(nodes) == []
    cut = mark_box(app.scene, nodes, _world(nodes, -10, 2, 2), _world(nodes, 3, 6, 6))
    assert cut.size_mm[0] == pytest.approx(3.5 * small.spacing[0], abs=0.01)
    everything = mark_box(app.scene, nodes, _world(nodes, *(-count)), _world(nodes, *(2 * count)))
    assert everything.size_mm == pytest.approx(count * small.spacing, abs=0.01)


def test_a_finding_is_described_and_named(app, nodes):
    mark_point(app.scene, nodes, _world(nodes, 5, 5, 5))
    mark_box(app.scene, nodes, _world(nodes, 5, 5, 5), _world(nodes, 9, 9, 9))
    made = describe(nodes, -2, comment='  "größer";\nneu ', confidence=4, label=NODULE)
    assert (made.comment, made.confidence, made.label) == ('"größer";\nneu', 4, NODULE)
    assert made.decided.endswith("+00:00")
    assert [node.GetName() for node in marks_of(nodes)] == ["+1", "+2 Nodule"]
    assert describe(nodes, -2, confidence=0).confidence is None
    assert reader_rows(nodes)[1].label == NODULE
    remove_mark(app.scene, nodes, -1)
    assert [node.GetName() for node in marks_of(nodes)] == ["+1 Nodule"]
    for rank in (-2, 0, 1):
        with pytest.raises(InputError, match="was deleted"):
            describe(nodes, rank, comment="x")
    with pytest.raises(InputError, match="from 1 to 5"):
        describe(nodes, -1, confidence=7)


def test_a_box_that_is_dragged_has_moved(app, nodes):
    made = mark_box(app.scene, nodes, _world(nodes, 5, 5, 5), _world(nodes, 9, 9, 9))
    node = marks_of(nodes)[0]
    node.SetCenter([value + 3 for value in node.GetCenter()])
    now = reader_findings(nodes)[0]
    assert now.mark == made.mark
    assert np.subtract(now.centre_ras, made.centre_ras) == pytest.approx([3, 3, 3], abs=0.01)
    app.scene.RemoveNode(node)
    assert reader_findings(nodes) == []


def test_they_go_where_the_ct_goes(app, nodes, ct):
    box = mark_box(app.scene, nodes, _world(nodes, 5, 5, 5), _world(nodes, 9, 8, 7))
    point = mark_point(app.scene, nodes, _world(nodes, 12, 12, 12))
    before = _world(nodes, 12, 12, 12)
    transform = add_transform(app.scene)
    ct.SetAndObserveTransformNodeID(transform.GetID())
    carry_along(nodes)

    def same():
        for now, then in zip(reader_findings(nodes), (box, point), strict=True):
            assert now.centre_ras == pytest.approx(then.centre_ras, abs=0.01)
            assert now.size_mm == pytest.approx(then.size_mm, abs=0.01)
        world = [0.0] * 3
        marks_of(nodes)[1].GetNthControlPointPositionWorld(0, world)
        assert world == pytest.approx(moved(before), abs=0.01)

    same()
    late = mark_point(app.scene, nodes, moved(before))
    assert late.centre_ras == pytest.approx(point.centre_ras, abs=0.01)
    remove_mark(app.scene, nodes, -3)
    ct.HardenTransform()
    carry_along(nodes)
    same()


def test_a_saved_scene_has_them_all(app, nodes, tmp_path):
    mark_box(app.scene, nodes, _world(nodes, 5, 5, 5), _world(nodes, 9, 8, 7))
    mark_point(app.scene, nodes, _world(nodes, 12.3, 12, 12))
    describe(nodes, -1, 'größer <b> & "x"\nzweite', 5, NODULE)
    decide(nodes, 1, "accepted", confidence=2, label=Label.words("gas, 50 %"))
    judge_case(nodes, "abnormal", 3)
    before = reading_of(nodes)
    assert before.decisions[0].confidence == 2
    with reopened(app, tmp_path / "scene.mrb") as again:
        found = result_of(again.scene, again.scene.GetFirstNodeByName("CT of the user"))
        now = reading_of(found)
        assert now == before
        assert changes(before, now) == []
        assert len(marks_of(found)) == 2
        remove(again.scene, found)
        assert again.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode") == 0


def test_a_state_is_put_back(app, nodes):
    states = [reading_of(nodes)]
    mark_box(app.scene, nodes, _world(nodes, 5, 5, 5), _world(nodes, 9, 8, 7))
    states.append(reading_of(nodes))
    describe(nodes, -1, "x", 5, NODULE)
    states.append(reading_of(nodes))
    decide(nodes, 2, "rejected", "y", 1, NODULE)
    states.append(reading_of(nodes))
    judge_case(nodes, "normal", 2)
    states.append(reading_of(nodes))
    node = marks_of(nodes)[0]
    node.SetSize(20, 21, 22)
    states.append(reading_of(nodes))
    remove_mark(app.scene, nodes, -1)
    states.append(reading_of(nodes))
    for wanted in (*reversed(states), *states, states[0], states[-1], states[3]):
        put_reading(app.scene, nodes, wanted)
        assert reading_of(nodes) == wanted
    told = [len(changes(a, b)) for a, b in itertools.pairwise(states)]
    assert told == [1] * 6
    assert isinstance(changes(states[-2], states[-1])[0], Withdrawn)
    assert changes(states[0], states[1]) == [states[1].added[0]]


def test_a_verdict_is_said_and_taken_back(nodes):
    assert verdict_of(nodes) == CaseVerdict()
    assert judge_case(nodes, "inadequate").verdict == "inadequate"
    assert judge_case(nodes, confidence=4) == verdict_of(nodes)
    assert (verdict_of(nodes).verdict, verdict_of(nodes).confidence) == ("inadequate", 4)
    assert judge_case(nodes, "", 0) == CaseVerdict()
    with pytest.raises(InputError, match="normal, abnormal or inadequate"):
        judge_case(nodes, "ill")
    nodes.findings_table.SetAttribute("GANAnomaly.Verdict", '{"verdict": 3}')
    assert verdict_of(nodes) == CaseVerdict()


def test_two_results_keep_their_own(app, small, small_result, tmp_path):
    first = build_scene(app.scene, add_ct(app.scene, small, "first"), small_result)
    volume = tilted(small)
    second = build_scene(app.scene, add_ct(app.scene, volume, "second"), make_result(tmp_path / "r", volume))
    one = mark_point(app.scene, first, _world(first, 5, 5, 5))
    two = mark_point(app.scene, second, _world(second, 6, 6, 6))
    judge_case(second, "normal")
    assert (reader_findings(first), reader_findings(second)) == ([one], [two])
    assert verdict_of(first) == CaseVerdict()
    remove(app.scene, first)
    assert reader_findings(second) == [two]


def test_an_analysis_anew_keeps_what_was_marked(app, ct, nodes, small, tmp_path):
    one = mark_box(app.scene, nodes, _world(nodes, 5, 5, 5), _world(nodes, 9, 8, 7))
    judge_case(nodes, "abnormal", 3)
    result = make_result(tmp_path / "again", small)
    again = build_scene(app.scene, ct, result)
    assert reader_findings(again) == [one]
    assert verdict_of(again).verdict == "abnormal"
    manifest = (tmp_path / "again" / "result.json").read_text().replace("0123abcd", "another")
    (tmp_path / "again" / "result.json").write_text(manifest)
    other = build_scene(app.scene, ct, type(result).read(tmp_path / "again"))
    assert reader_findings(other) == [one], "it is of the CT"
    assert verdict_of(other) == CaseVerdict(), "another result was not judged"


def test_what_a_folder_keeps_is_opened_once(app, ct, small, tmp_path):
    make_result(tmp_path / "kept", small)
    box = ReaderFinding((1.0, 2.0, 3.0), (8.0, 6.0, 6.0), NODULE, "kept", 3, "2026-01-02T03:04:05+00:00")
    nodes = read_result(app.scene, tmp_path / "kept", ct)
    verdict = CaseVerdict("abnormal", 2, "2026-01-02T03:04:05+00:00")
    save_decisions(tmp_path / "kept", rows(nodes), added=[box], verdict=verdict)
    for _time in range(2):
        nodes = read_result(app.scene, tmp_path / "kept", ct)
        (found,) = reader_findings(nodes)
        assert replace(found, centre_ras=box.centre_ras, size_mm=box.size_mm) == box
        assert found.centre_ras == pytest.approx(box.centre_ras, abs=0.002)
        assert verdict_of(nodes) == verdict


def test_they_are_hidden_with_the_result_and_step_back_for_others(app, nodes):
    mark_point(app.scene, nodes, _world(nodes, 5, 5, 5))
    mark_point(app.scene, nodes, _world(nodes, 8, 5, 5))
    first, second = (node.GetDisplayNode() for node in marks_of(nodes))
    highlight(nodes, -2)
    assert first.GetOpacity() < second.GetOpacity() == 1
    highlight(nodes, None)
    assert first.GetOpacity() == 1
    hiding.hide(app.scene, nodes)
    assert not first.GetVisibility()
    hiding.unhide(app.scene, nodes)
    assert first.GetVisibility()


def test_views_go_to_a_mark(app, nodes):
    view = app.scene.AddNewNodeByClass("vtkMRMLSliceNode")
    view.SetOrientation("Axial")
    mark_box(app.scene, nodes, _world(nodes, 5, 5, 5), _world(nodes, 9, 8, 7))
    wanted = _world(nodes, 7, 6.5, 6)
    view.JumpSliceByOffsetting(0.0, 0.0, wanted[2] + 30)
    go_to_mark(app.scene, nodes, -1)
    assert view.GetSliceToRAS().GetElement(2, 3) == pytest.approx(wanted[2], abs=0.05)


def test_the_segmentation_has_the_boxes_with_their_terms(app, nodes, tmp_path):
    mark_point(app.scene, nodes, _world(nodes, 5, 5, 5))
    mark_box(app.scene, nodes, _world(nodes, 4.5, 4.5, 4.5), _world(nodes, 9.5, 8.5, 7.5))
    describe(nodes, -2, label=NODULE)
    path = write_segmentation(nodes, tmp_path / "x.seg.nrrd")
    import slicer

    storage, node = slicer.vtkMRMLSegmentationStorageNode(), slicer.vtkMRMLSegmentationNode()
    app.scene.AddNode(node)
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    segment = node.GetSegmentation().GetSegment("Reader_2")
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import reference
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    tag = reference("")
    assert segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), tag)
    assert "SCT^27925004^Nodule" in tag
    assert segment.GetName() == "+2 Nodule"
    assert node.GetSegmentation().GetSegment("Reader_1") is None, "a point has no extent"
    image = segment.GetRepresentation("Binary labelmap")
    extent, matrix = image.GetExtent(), vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    shape = [extent[2 * n + 1] - extent[2 * n] + 1 for n in (2, 1, 0)]
    values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(shape)
    inside = np.argwhere(values == segment.GetLabelValue())[:, ::-1] + extent[::2]

    def rounded(place):
        return [round(value, 2) + 0.0 for value in place]

    places = [matrix.MultiplyPoint([*ijk, 1.0])[:3] for ijk in inside.tolist()]
    # From the 4.5th to the 9.5th voxel: voxels 5 to 9.
    wanted = [_world(nodes, i, j, k) for k in (5, 6, 7) for j in (5, 6, 7, 8) for i in range(5, 10)]
    assert np.allclose(sorted(map(rounded, places)), sorted(map(rounded, wanted)), atol=0.01)
