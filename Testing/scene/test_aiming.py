"""Going to a finding scrolls the views and moves them in their plane only where the finding is not seen."""

from __future__ import annotations

import numpy as np
import pytest
from example_result import hip, make_result, tilted
from scenes import TURN, add_ct, add_transform, moved

from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.finding_review import centre_ras, go_to

PLANES = ("Axial", "Coronal", "Sagittal")


@pytest.fixture
def views(app):
    views = [app.scene.AddNewNodeByClass("vtkMRMLSliceNode") for _ in PLANES]
    for view, plane in zip(views, PLANES, strict=True):
        view.SetDimensions(400, 300, 1)
        view.SetOrientation(plane)
    return views


@pytest.fixture
def nodes(app, small, small_result):
    return build_scene(app.scene, add_ct(app.scene, small), small_result)


def in_view(view, point):
    """A world point as a share of the view's width and height, 0 to 1 inside."""
    matrix = view.GetXYToRAS()
    to_ras = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    x, y, z, _ = np.linalg.inv(to_ras) @ [*point, 1.0]
    return np.array([x, y]) / view.GetDimensions()[:2], z


def zoom(view, width, centre, pan=(0.0, 0.0)):
    view.SetFieldOfView(width, width * 0.75, 1.0)
    view.JumpSliceByCentering(*centre)
    view.SetXYZOrigin(*pan, 0.0)


def corners(finding, volume):
    first, last = np.array(finding.box_ijk, dtype=float).T
    ends = np.array([first - 0.5, last - 0.5])
    return [volume.ras(np.where(pick, ends[1], ends[0])) for pick in np.ndindex(2, 2, 2)]


def test_a_finding_in_sight_moves_nothing_but_the_slice(views, app, nodes, small):
    middle = small.ras(np.array(small.voxels.shape[::-1]) / 2)
    for view in views:
        zoom(view, 700.0, middle, (11.0, -6.0))
    before = [(view.GetXYZOrigin(), view.GetFieldOfView(), in_view(view, middle)[0]) for view in views]
    for rank in (1, 3, 2):
        go_to(app.scene, nodes, rank)
        for view, (origin, field, where) in zip(views, before, strict=True):
            assert (view.GetXYZOrigin(), view.GetFieldOfView()) == (origin, field)
            assert in_view(view, middle)[0] == pytest.approx(where, abs=1e-6)
            assert in_view(view, centre_ras(nodes, rank))[1] == pytest.approx(0, abs=1e-6)


def test_a_finding_out_of_sight_is_brought_in_by_the_shortest_way(views, app, nodes, small, small_result):
    finding = small_result.findings[0]
    for view in views:
        zoom(view, 120.0, np.array(centre_ras(nodes, 1)), (90.0, 4.0))
    go_to(app.scene, nodes, 1)
    for view in views:
        assert view.GetFieldOfView()[:2] == (120.0, 90.0), "the zoom stays"
        x, y, _ = view.GetXYZOrigin()
        assert y == 4.0, "what is seen along one axis is not moved along it"
        assert 0 < x < 90.0
        shares = np.array([in_view(view, corner)[0] for corner in corners(finding, small)])
        assert shares.min() >= 0
        assert shares.max() <= 1
        assert shares[:, 0].min() == pytest.approx(0.1, abs=1e-6), "well inside, and no further"
    held = [view.GetXYZOrigin() for view in views]
    go_to(app.scene, nodes, 1)
    assert [view.GetXYZOrigin() for view in views] == held


def test_of_a_finding_larger_than_the_view_its_centre_is_looked_at(views, app, nodes):
    centre = np.array(centre_ras(nodes, 1))
    for view in views:
        zoom(view, 12.0, centre, (3.0, 0.0))
    go_to(app.scene, nodes, 1)
    assert [view.GetXYZOrigin()[:2] for view in views] == [(3.0, 0.0)] * 3, "it is seen as it is"
    for view in views:
        zoom(view, 12.0, centre, (50.0, 0.0))
    go_to(app.scene, nodes, 1)
    for view in views:
        assert in_view(view, centre)[0] == pytest.approx([0.1, 0.5], abs=1e-6)


@pytest.mark.parametrize("place", [hip(), tilted(hip())], ids=["straight", "tilted"])
def test_a_moved_ct_takes_the_place_along(views, app, tmp_path, place):
    ct = add_ct(app.scene, place)
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    result = make_result(tmp_path, place)
    nodes = build_scene(app.scene, ct, result)
    for view in views:
        zoom(view, 150.0, np.array([300.0, -300.0, 300.0]))
    for finding in result.findings:
        go_to(app.scene, nodes, finding.rank)
        for view in views:
            for corner in corners(finding, place):
                share, _ = in_view(view, moved(corner, TURN))
                assert share.min() > 0
                assert share.max() < 1
