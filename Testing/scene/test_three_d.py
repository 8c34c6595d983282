"""The findings in the 3-D view: made on demand, where the CT lies, and gone again without a trace."""

from __future__ import annotations

import numpy as np
import pytest
from changing_ct import now
from example_result import tilted
from scenes import TURN, add_ct, add_transform, moved, reopened

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.scene import display, surfaces
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.finding_review import centre_ras, highlight
from GANAnomalyLib.scene.result_nodes import remove, result_of
from GANAnomalyLib.scene.three_d import BOXES, HEAT_SURFACE, OFF, hide_3d, preparing, show_3d, shown_3d
from GANAnomalyLib.scene.three_d_nodes import BODY, BOX, HEAT, models_of
from GANAnomalyLib.scene.volume_nodes import array_of


@pytest.fixture
def nodes(app, small, small_result):
    return build_scene(app.scene, add_ct(app.scene, small), small_result)


def put(app, nodes, kind):
    show_3d(app.scene, nodes, preparing(nodes, kind)())


def ids(scene):
    nodes = scene.GetNodes()
    return {nodes.GetItemAsObject(n).GetID() for n in range(nodes.GetNumberOfItems())}


def bounds(node):
    found = [0.0] * 6
    node.GetRASBounds(found)
    return np.array(found).reshape(3, 2)


def test_boxes_stand_where_the_findings_are(app, nodes, small, small_result):
    assert models_of(nodes) == [], "nothing before it is asked for"
    put(app, nodes, BOXES)
    assert shown_3d(nodes) == BOXES
    boxes = models_of(nodes, BOX)
    assert len(boxes) == len(small_result.findings)
    for box, finding in zip(boxes, small_result.findings, strict=True):
        assert bounds(box).mean(axis=1) == pytest.approx(centre_ras(nodes, finding.rank), abs=1e-3)
        assert np.ptp(bounds(box), axis=1) == pytest.approx(finding.size_mm, abs=1e-3)
    (body,) = models_of(nodes, BODY)
    assert body.GetPolyData().GetNumberOfCells() > 500
    assert body.GetDisplayNode().GetOpacity() < 0.3
    last = small.ras(np.array(small.voxels.shape[::-1]) - 1)
    outer = np.sort(np.stack([small.ras(np.zeros(3)), last], axis=1))
    assert np.all(bounds(body)[:, 0] >= outer[:, 0] - 4)
    assert np.all(bounds(body)[:, 1] <= outer[:, 1] + 4)


def test_the_selected_finding_is_bright(app, nodes):
    highlight(nodes, 2)
    put(app, nodes, BOXES)

    def opacities():
        return [box.GetDisplayNode().GetOpacity() for box in models_of(nodes, BOX)]

    assert opacities()[1] > 0.8
    assert max(opacities()[:1] + opacities()[2:]) < 0.2
    highlight(nodes, 1)
    assert opacities()[0] > 0.8
    assert opacities()[1] < 0.2


def test_the_heats_surface_is_what_lies_above_the_threshold(app, nodes):
    display.set_threshold(nodes, 60.0)
    put(app, nodes, HEAT_SURFACE)
    assert shown_3d(nodes) == HEAT_SURFACE
    (heat,) = models_of(nodes, HEAT)
    wide = heat.GetPolyData().GetNumberOfCells()
    assert wide > 50
    body = models_of(nodes, BODY)[0]
    display.set_threshold(nodes, 120.0)
    put(app, nodes, HEAT_SURFACE)
    (heat,) = models_of(nodes, HEAT)
    assert 0 < heat.GetPolyData().GetNumberOfCells() < wide
    assert models_of(nodes, BODY) == [body], "it is not computed again"
    put(app, nodes, BOXES)
    assert shown_3d(nodes) == BOXES
    assert models_of(nodes, HEAT) == []


def test_it_goes_without_a_trace_alone_and_with_its_result(app, nodes, small_result):
    before = ids(app.scene)
    put(app, nodes, HEAT_SURFACE)
    hide_3d(app.scene, nodes)
    assert ids(app.scene) == before
    assert shown_3d(nodes) == OFF
    put(app, nodes, BOXES)
    again = build_scene(app.scene, nodes.ct, small_result)
    assert app.scene.GetNumberOfNodesByClass("vtkMRMLModelDisplayNode") <= 3, "those of Slicer's own slices"
    put(app, again, BOXES)
    remove(app.scene, again)
    assert ids(app.scene) <= before


def test_a_saved_scene_shows_it_again(app, nodes, tmp_path):
    highlight(nodes, 3)
    put(app, nodes, BOXES)
    with reopened(app, tmp_path / "scene.mrb") as later:
        found = result_of(later.scene, later.scene.GetFirstNodeByName("CT of the user"))
        assert shown_3d(found) == BOXES
        highlight(found, 1)
        assert models_of(found, BOX)[0].GetDisplayNode().GetOpacity() > 0.8
        remove(later.scene, found)
        assert later.scene.GetFirstNodeByName("GANAnomaly body") is None


def test_it_follows_a_transform(app, small, small_result):
    ct = add_ct(app.scene, small)
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    nodes = build_scene(app.scene, ct, small_result)
    put(app, nodes, BOXES)
    box, finding = models_of(nodes, BOX)[0], small_result.findings[0]
    assert bounds(box).mean(axis=1) == pytest.approx(moved(finding.centre_ras, TURN), abs=1e-3)


def test_a_surface_lies_in_its_volume_however_that_lies(small):
    volume = tilted(small)
    surface = surfaces.body_surface(volume.voxels, volume.ijk_to_ras)
    points = np.array([surface.GetPoint(n) for n in range(surface.GetNumberOfPoints())])
    ijk = (np.linalg.inv(volume.ijk_to_ras) @ np.c_[points, np.ones(len(points))].T)[:3].T
    assert ijk.min() >= -1
    assert np.all(ijk.max(axis=0) <= np.array(volume.voxels.shape[::-1]))


def test_large_volumes_are_looked_at_coarsely_but_no_focus_is_missed():
    heat = np.zeros((200, 300, 250), np.float32)
    heat[101, 207, 33] = 5.0
    surface = surfaces.heat_surface(heat, 2.0, np.eye(4))
    assert surface.GetNumberOfPoints() > 0
    assert np.allclose(surface.GetCenter(), (33, 207, 101), atol=4)
    assert surfaces.body_surface(np.full((3, 4, 5), -1000, np.int16), np.eye(4)).GetNumberOfPoints() == 0


def test_what_is_gone_is_told(app, nodes):
    app.scene.RemoveNode(nodes.heatmap)
    nodes.heatmap = None
    with pytest.raises(InputError, match="heatmap was deleted"):
        preparing(nodes, HEAT_SURFACE)
    put(app, nodes, BOXES)
    app.scene.RemoveNode(nodes.ct)
    nodes.ct = None
    with pytest.raises(InputError, match="scan of this result was deleted"):
        preparing(nodes, BOXES)


def test_models_go_where_the_ct_goes_and_hide_with_their_result(app, small, small_result):
    ct = add_ct(app.scene, small)
    nodes = build_scene(app.scene, ct, small_result)
    put(app, nodes, BOXES)
    (first, *_) = models_of(nodes, BOX)
    before = bounds(first)
    up = np.eye(4)
    up[2, 3] = 30
    ct.SetAndObserveTransformNodeID(add_transform(app.scene, up).GetID())
    now(app, ct)
    assert bounds(first) - before == pytest.approx(np.array([[0, 0], [0, 0], [30, 30]]), abs=1e-3)
    ct.HardenTransform()
    now(app, ct)
    assert bounds(first) - before == pytest.approx(np.array([[0, 0], [0, 0], [30, 30]]), abs=1e-3)
    array_of(ct)[:2] = 500
    ct.GetImageData().Modified()
    ct.Modified()
    now(app, ct)
    assert not any(model.GetDisplayNode().GetVisibility() for model in models_of(nodes))
