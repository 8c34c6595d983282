"""Linear transforms carry a result along with its CT: applied, moved, hardened, taken away."""

from __future__ import annotations

import numpy as np
import pytest
from changing_ct import SHEAR, lies_on_ct, now, shown, small_ras, world
from scenes import TURN, add_ct, add_transform, moved

from GANAnomalyLib.scene.belonging import Belonging
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.result_nodes import facts_of
from GANAnomalyLib.scene.scene_maps import load_maps
from GANAnomalyLib.scene.volume_nodes import matrix_of, vtk_matrix
from GANAnomalyLib.volume.volume import Volume

pytest.importorskip("slicer")


def test_put_under_moved_and_taken_away_after_the_analysis(app, ct, nodes, small_result):
    transform = add_transform(app.scene)
    ct.SetAndObserveTransformNodeID(transform.GetID())
    assert now(app, ct)[0] is Belonging.HERE
    assert lies_on_ct(nodes, small_result)
    assert np.allclose(world(nodes.heatmap, [3, 4, 5]), moved(small_ras(nodes, [3, 4, 5])))
    further = TURN @ TURN
    transform.SetMatrixTransformToParent(vtk_matrix(further))
    assert now(app, ct)[0] is Belonging.HERE
    assert lies_on_ct(nodes, small_result)
    ct.SetAndObserveTransformNodeID(None)
    assert now(app, ct)[0] is Belonging.HERE
    assert lies_on_ct(nodes, small_result)
    assert shown(app, ct, nodes)


def test_under_two_transforms_of_which_the_upper_is_moved(app, ct, nodes, small_result):
    lower, upper = add_transform(app.scene), add_transform(app.scene, np.eye(4))
    lower.SetAndObserveTransformNodeID(upper.GetID())
    ct.SetAndObserveTransformNodeID(lower.GetID())
    now(app, ct)
    upper.SetMatrixTransformToParent(vtk_matrix(TURN))
    assert now(app, ct)[0] is Belonging.HERE
    assert lies_on_ct(nodes, small_result)


@pytest.mark.parametrize("matrix", [TURN, SHEAR], ids=["rigid", "with shear and scale"])
@pytest.mark.parametrize("with_maps", [False, True])
def test_hardened_on_the_ct_alone_or_on_all(app, ct, nodes, small_result, matrix, with_maps):
    transform = add_transform(app.scene, matrix)
    ct.SetAndObserveTransformNodeID(transform.GetID())
    now(app, ct)
    ct.HardenTransform()
    if with_maps:
        for node in (nodes.heatmap, nodes.reconstruction, nodes.difference, nodes.findings):
            node.HardenTransform()
    for _ in range(2):
        assert now(app, ct)[0] is Belonging.HERE
        assert ct.GetTransformNodeID() is None
        assert nodes.heatmap.GetTransformNodeID() is None
        assert np.allclose(matrix_of(nodes.heatmap), matrix @ np.array(facts_of(nodes).stack["ijk_to_ras"]))
        assert lies_on_ct(nodes, small_result)
        assert shown(app, ct, nodes)


def test_hardened_before_anybody_looked(app, ct, nodes, small_result):
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    ct.HardenTransform()
    assert now(app, ct)[0] is Belonging.HERE
    assert lies_on_ct(nodes, small_result)


def test_a_ct_moved_before_and_after_the_analysis(app, ct, views, small_result):
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    nodes = build_scene(app.scene, ct, small_result)
    assert lies_on_ct(nodes, small_result)
    ct.HardenTransform()
    now(app, ct)
    assert lies_on_ct(nodes, small_result)
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    now(app, ct)
    assert lies_on_ct(nodes, small_result)


def test_a_ct_hardened_while_it_is_analysed(app, ct, small, small_result):
    """The maps were read for the place it had; it has another when they come into the scene."""
    maps = load_maps(small_result, small)
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    ct.HardenTransform()
    nodes = build_scene(app.scene, ct, small_result, maps)
    assert lies_on_ct(nodes, small_result)


def test_a_turned_ct_whose_grid_of_findings_the_user_changed(app, ct, nodes, small_result):
    """The findings' own reference grid cannot be asked then: how far the maps go tells."""
    other = add_ct(app.scene, Volume(np.zeros((4, 4, 4), np.int16), np.eye(4)), "another")
    nodes.findings.SetReferenceImageGeometryParameterFromVolumeNode(other)
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    ct.HardenTransform()
    now(app, ct)
    assert lies_on_ct(nodes, small_result)
