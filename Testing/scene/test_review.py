"""Rows, decisions and places of findings and slices, as the scene has them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from example_result import make_result, sagittal, tilted
from scenes import add_ct, add_transform, moved, reopened

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.why import Why
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.finding_review import (
    DECISION_TAG,
    centre_ras,
    decide,
    highlight,
    highlighted,
    jump,
    jump_to_slice,
    ras_of_slice,
    rows,
    slice_at,
    slice_rows,
)
from GANAnomalyLib.scene.result_nodes import result_of
from GANAnomalyLib.volume.orient import AxialStack

pytest.importorskip("slicer")
COMMENT = "A \"needle\", tip in segment VII;\nfür Dr. Müßig: 漢字, 50 % = sure?\n\n'+1' <b> & c:\\new 5″ 😀"


@pytest.fixture
def nodes(small, small_result, app):
    return build_scene(app.scene, add_ct(app.scene, small), small_result)


def _opacity(nodes, rank):
    segment = rows(nodes)[rank - 1].segment_id
    return nodes.findings.GetDisplayNode().GetSegmentOpacity2DOutline(segment)


def test_rows_are_the_findings(nodes, small_result):
    for row, finding in zip(rows(nodes), small_result.findings, strict=True):
        assert (row.rank, row.slice, row.slices) == (finding.rank, finding.slice, finding.slices)
        assert row.score == pytest.approx(finding.score)
        assert row.centre_ras == pytest.approx(finding.centre_ras)
        assert row.size_mm == pytest.approx(finding.size_mm, abs=0.5)
        assert nodes.findings.GetSegmentation().GetSegment(row.segment_id).GetLabelValue() == finding.label
        assert (row.decision, row.comment, row.decided) == ("", "", "")
    assert [row.why for row in rows(nodes)] == [finding.why for finding in small_result.findings]
    assert rows(nodes)[0].why == Why("brighter", 175, True)
    assert rows(nodes)[1].why is None


def test_a_table_that_the_user_turned_round_and_cut_gives_the_same_rows(nodes):
    before = rows(nodes)
    table = nodes.findings_table.GetTable()
    lines = [[table.GetValue(n, c) for c in range(table.GetNumberOfColumns())] for n in range(4)]
    for n, line in enumerate(lines[::-1]):
        for column, value in enumerate(line):
            table.SetValue(n, column, value)
    assert rows(nodes) == before
    table.RemoveRow(0)
    table.RemoveColumnByName("comment")
    assert rows(nodes) == before[:3]
    table.RemoveColumnByName("why")
    assert [row.why for row in rows(nodes)] == [None] * 3, "as in scenes of earlier versions"
    before = rows(nodes)
    decide(nodes, 3, "unsure", "column made again")
    assert rows(nodes)[2].comment == "column made again"
    assert rows(nodes)[0] == before[0]


def test_odd_cells_do_no_harm(nodes):
    from vtkmodules.vtkCommonCore import vtkStringArray, vtkVariant

    table = nodes.findings_table.GetTable()
    texts = vtkStringArray()
    texts.SetName("rank")
    for text in ("1", "two", "1", "4.0"):
        texts.InsertNextValue(text)
    table.RemoveColumnByName("rank")
    table.AddColumn(texts)
    table.SetValueByName(0, "size (mm)", vtkVariant("large"))
    table.SetValueByName(0, "decision", vtkVariant("maybe"))
    found = rows(nodes)
    assert [row.rank for row in found] == [1, 4]
    assert all(math.isnan(size) for size in found[0].size_mm)
    assert found[0].decision == ""
    table.RemoveColumnByName("A")
    with pytest.raises(InputError, match="no place for finding 1"):
        centre_ras(nodes, 1)
    app_nodes = nodes
    app_nodes.findings_table = None
    assert rows(app_nodes) == []


def test_a_decision_is_in_the_table_the_segment_and_the_outline(nodes):
    changes = []
    nodes.findings_table.AddObserver("ModifiedEvent", lambda *_: changes.append(1))
    row = decide(nodes, 2, "accepted", "  a needle ")
    assert (row.decision, row.comment) == ("accepted", "a needle")
    assert row.decided.endswith("+00:00")
    decide(nodes, 3, "rejected")
    segment = nodes.findings.GetSegmentation().GetSegment(row.segment_id)
    from vtkmodules.vtkCommonCore import reference

    tag = reference("")
    assert segment.GetTag(DECISION_TAG, tag)
    assert tag == "accepted"
    assert _opacity(nodes, 3) < 0.5 < _opacity(nodes, 1) == _opacity(nodes, 2) == 1.0
    undone = decide(nodes, 2, "", "")
    assert (undone.decision, undone.comment, undone.decided) == ("", "", "")
    assert not segment.HasTag(DECISION_TAG)
    assert _opacity(nodes, 2) == _opacity(nodes, 1)


def test_a_decision_without_a_comment_keeps_the_comment(nodes):
    decide(nodes, 1, "unsure", "look again")
    assert decide(nodes, 1, "rejected").comment == "look again"


def test_what_cannot_be_decided_is_refused_and_changes_nothing(nodes):
    before = rows(nodes)
    with pytest.raises(InputError, match="no finding 9"):
        decide(nodes, 9, "accepted")
    with pytest.raises(InputError, match="accepted, rejected or unsure"):
        decide(nodes, 1, "Accepted")
    with pytest.raises(InputError, match="shorten"):
        decide(nodes, 1, "accepted", "x" * 5000)
    assert rows(nodes) == before


def test_decisions_and_comments_survive_a_saved_scene(nodes, app, tmp_path):
    texts = [COMMENT, '"', "=1+1\t|x", 'ends in a quote"']
    made = [
        decide(nodes, n + 1, decision, text)
        for n, (decision, text) in enumerate(zip(("accepted", "rejected", "unsure", ""), texts, strict=True))
    ]
    assert made[0].comment == COMMENT
    assert made[2].comment == "=1+1 |x"
    highlight(nodes, 3)
    with reopened(app, tmp_path / "scene.mrb") as again:
        found = result_of(again.scene, again.scene.GetFirstNodeByName("CT of the user"))
        for row, expected in zip(rows(found), made, strict=True):
            assert (row.decision, row.comment, row.decided) == (expected.decision, expected.comment, expected.decided)
            assert row.centre_ras == pytest.approx(expected.centre_ras, rel=1e-5)
        segmentation = found.findings.GetSegmentation()
        assert [segmentation.GetSegment(row.segment_id).HasTag(DECISION_TAG) for row in rows(found)] == [1, 1, 1, 0]
        assert highlighted(found) == 3
        assert decide(found, 4, "accepted", COMMENT).comment == COMMENT
        # And a second time, from a scene that was itself loaded.
        with reopened(again, tmp_path / "again.mrb") as third:
            last = result_of(third.scene, third.scene.GetFirstNodeByName("CT of the user"))
            assert [row.comment for row in rows(last)] == [COMMENT, '"', "=1+1 |x", COMMENT]


def test_the_highlighted_finding_stands_out(nodes):
    decide(nodes, 2, "rejected")
    usual = [_opacity(nodes, rank) for rank in (1, 2, 3, 4)]
    highlight(nodes, 2)
    assert _opacity(nodes, 2) == 1.0
    assert all(_opacity(nodes, rank) < 0.5 for rank in (1, 3, 4))
    decide(nodes, 3, "accepted")
    assert _opacity(nodes, 3) < 0.5
    highlight(nodes, None)
    assert highlighted(nodes) is None
    assert [_opacity(nodes, rank) for rank in (1, 2, 4)] == [usual[0], usual[1], usual[3]]


@pytest.mark.parametrize("centred", [True, False])
def test_jumping_brings_every_view_to_the_point(nodes, app, centred):
    views = [app.scene.AddNewNodeByClass("vtkMRMLSliceNode") for _ in range(3)]
    for view, plane in zip(views, ("Axial", "Coronal", "Sagittal"), strict=True):
        view.SetOrientation(plane)
    point = np.array(centre_ras(nodes, 1))
    jump(app.scene, tuple(point), centred)
    for view in views:
        matrix = view.GetSliceToRAS()
        origin = np.array([matrix.GetElement(row, 3) for row in range(3)])
        normal = np.array([matrix.GetElement(row, 2) for row in range(3)])
        assert normal @ (point - origin) == pytest.approx(0, abs=1e-6)
        assert np.allclose(origin, point) == centred


@pytest.mark.parametrize("transformed", [False, True])
@pytest.mark.parametrize("stored", ["axial", "tilted", "sagittal", "oblique sagittal"])
def test_slices_and_places_fit_however_the_ct_lies(small, app, tmp_path, stored, transformed):
    turns = {"axial": [], "tilted": [tilted], "sagittal": [sagittal], "oblique sagittal": [sagittal, tilted]}
    place = small
    for turn in turns[stored]:
        place = turn(place)
    ct = add_ct(app.scene, place)
    if transformed:
        ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    result = make_result(tmp_path, place)
    nodes = build_scene(app.scene, ct, result)
    to_world = moved if transformed else tuple
    stack = AxialStack.from_volume(place)
    assert len(stack.slices) == 24
    random = np.random.default_rng(1)
    for ijk in random.integers(0, place.voxels.shape[::-1], (20, 3)):
        assert slice_at(nodes, tuple(to_world(place.ras(ijk)))) == round(float(stack.ijk_to_stack(ijk)[0]))
    table = slice_rows(nodes)
    assert [row.slice for row in table] == [row["slice"] for row in result.scores]
    for row, said in zip(table, result.scores, strict=True):
        assert (row.score, row.patch_score) == pytest.approx((said["score"], said["patch_score"]))
        assert row.position_mm == pytest.approx(said["position_mm"])
        assert slice_at(nodes, row.ras) == row.slice
        assert ras_of_slice(nodes, row.slice) == pytest.approx(row.ras)
    # Patient order: the last slice lies above the first, before the user moved anything.
    assert (np.array(table[-1].ras) - table[0].ras)[2] > 0
    step = (np.array(table[1].ras) - table[0].ras) * 0.6
    assert slice_at(nodes, tuple(np.array(table[0].ras) - step)) is None
    assert slice_at(nodes, tuple(np.array(table[-1].ras) + step)) is None
    for finding in result.findings:
        assert centre_ras(nodes, finding.rank) == pytest.approx(tuple(to_world(finding.centre_ras)), abs=1e-6)


@pytest.mark.parametrize("hardened", [("ct",), ("ct", "heatmap", "reconstruction", "difference", "findings")])
def test_places_stay_right_when_a_transform_is_hardened(small, small_result, app, hardened):
    ct = add_ct(app.scene, small)
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    nodes = build_scene(app.scene, ct, small_result)
    before = centre_ras(nodes, 1), ras_of_slice(nodes, 5)
    for name in hardened:
        getattr(nodes, name).HardenTransform()
    assert ct.GetParentTransformNode() is None
    assert centre_ras(nodes, 1) == pytest.approx(before[0], abs=1e-6)
    assert ras_of_slice(nodes, 5) == pytest.approx(before[1], abs=1e-6)
    assert slice_at(nodes, before[1]) == 5


def test_going_to_a_slice_leaves_the_other_views_where_they_are(nodes, app):
    views = {}
    for name, orientation in (("Red", "Axial"), ("Green", "Coronal")):
        view = app.scene.AddNewNodeByClass("vtkMRMLSliceNode", name)
        view.SetLayoutName(name)
        view.SetOrientation(orientation)
        views[name] = view
    jump(app.scene, centre_ras(nodes, 1))
    before = views["Green"].GetSliceOffset()
    last = slice_rows(nodes)[-1]
    jump_to_slice(app.scene, nodes, last.slice)
    assert views["Red"].GetSliceOffset() == pytest.approx(last.ras[2])
    assert views["Green"].GetSliceOffset() == pytest.approx(before)
    with pytest.raises(InputError, match="no slice"):
        jump_to_slice(app.scene, nodes, 10_000)


def test_places_are_known_without_the_ct(nodes, app):
    before = centre_ras(nodes, 2), ras_of_slice(nodes, 3)
    app.scene.RemoveNode(nodes.ct)
    nodes.ct = None
    assert (centre_ras(nodes, 2), ras_of_slice(nodes, 3)) == before


def test_a_slice_that_is_not_there_gives_a_sentence(nodes):
    with pytest.raises(InputError, match="slices 0 to 23"):
        ras_of_slice(nodes, 24)


def test_without_its_tables_a_result_has_no_rows(nodes):
    nodes.scores = None
    assert slice_rows(nodes) == []
