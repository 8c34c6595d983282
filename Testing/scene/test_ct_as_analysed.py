"""The CT as it was when analysed, for a result whose CT has changed; and scenes saved in any state."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from changing_ct import CHANGES, another_file, bent, edit, hidden, layers, lies_on_ct, now, resample, shown
from example_result import LEVEL, WINDOW, make_result, sagittal
from scenes import add_ct, add_transform, reopened

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.scene import display
from GANAnomalyLib.scene.as_analysed import as_analysed, leave, showing_as_analysed
from GANAnomalyLib.scene.belonging import Belonging
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.result_nodes import facts_of, keep_facts, result_of, results_in
from GANAnomalyLib.scene.settle import settle
from GANAnomalyLib.scene.volume_nodes import matrix_of, set_matrix, volume_of
from GANAnomalyLib.volume.orient import AxialStack

pytest.importorskip("slicer")


@pytest.mark.parametrize("turn", [lambda volume: volume, sagittal], ids=["axial", "sagittal"])
def test_the_ct_as_it_was_is_what_the_model_saw(app, views, small, tmp_path, turn):
    volume = turn(small)
    result = make_result(tmp_path, volume)
    part = dataclasses.replace(result, scores=[row for row in result.scores if 3 <= row["slice"] < 9])
    ct = add_ct(app.scene, volume)
    nodes = build_scene(app.scene, ct, part)
    display.show(app.scene, nodes)
    edit(app, ct)
    now(app, ct)
    for _ in showing_as_analysed(app.scene, nodes):
        pass
    past = as_analysed(result_of(app.scene, ct))
    low, high = LEVEL - WINDOW / 2, LEVEL + WINDOW / 2
    seen = AxialStack.from_volume(volume_of(past.ct)).slices
    was = np.clip(AxialStack.from_volume(volume).slices, low, high)
    assert np.abs(seen[3:9] - was[3:9]).max() <= 1.0
    assert not np.any(seen[:3] - low)
    assert not np.any(seen[9:] - low)
    assert np.allclose(matrix_of(past.ct), volume.ijk_to_ras)


def test_shown_as_it_was_with_a_mark_and_back(app, ct, nodes, small, small_result):
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    now(app, ct)
    another_file(app, ct)
    now(app, ct)
    title, count = nodes.legend.GetTitleText(), app.scene.GetNumberOfNodes()
    for _ in showing_as_analysed(app.scene, nodes):
        pass
    past = as_analysed(result_of(app.scene, ct))
    assert shown(app, past.ct, nodes)
    assert "not as it is now" in past.ct.GetName()
    assert nodes.legend.GetTitleText() == "Earlier CT.\n" + title
    colour = [0.0] * 4
    past.ct.GetDisplayNode().GetColorNode().GetColor(255, colour)
    assert colour[0] < colour[2], "no grey of a CT of today"
    assert lies_on_ct(past, small_result)
    assert now(app, ct)[0] is Belonging.OTHER_VOXELS
    assert shown(app, past.ct, nodes), "it stays as long as the reader wants it"

    leave(app.scene, result_of(app.scene, ct), hidden=True)
    nodes = result_of(app.scene, ct)
    assert hidden(app, ct, nodes)
    assert as_analysed(nodes) is None
    assert nodes.legend.GetTitleText() == title
    assert app.scene.GetNumberOfNodes() == count


def test_undone_while_shown_as_it_was_the_result_is_back_over_the_ct(app, ct, nodes, small):
    import slicer.util

    edit(app, ct)
    now(app, ct)
    for _ in showing_as_analysed(app.scene, nodes):
        pass
    slicer.util.updateVolumeFromArray(ct, small.voxels)
    assert now(app, ct)[0] is Belonging.HERE
    nodes = result_of(app.scene, ct)
    assert shown(app, ct, nodes)
    assert as_analysed(nodes) is None
    assert not nodes.legend.GetTitleText().startswith("Earlier CT.")


def test_undone_while_the_ct_as_it_was_is_made_nothing_is_shown_of_it(app, ct, nodes, small, monkeypatch):
    import slicer.util

    from GANAnomalyLib.scene import as_analysed as module

    monkeypatch.setattr(module, "STEP", 10_000)
    edit(app, ct)
    now(app, ct)
    steps = showing_as_analysed(app.scene, nodes)
    next(steps)
    slicer.util.updateVolumeFromArray(ct, small.voxels)
    now(app, ct)
    assert len(list(steps)) == 11
    assert shown(app, ct, nodes)
    assert as_analysed(result_of(app.scene, ct)) is None


@pytest.mark.parametrize("name", ["heatmap", "reconstruction", "difference"])
def test_without_its_maps_the_ct_as_it_was_is_not_known(app, ct, nodes, name):
    edit(app, ct)
    now(app, ct)
    app.scene.RemoveNode(getattr(nodes, name))
    with pytest.raises(InputError, match="analyse the scan again"):
        list(showing_as_analysed(app.scene, result_of(app.scene, ct)))


def test_analysed_again_it_is_a_result_of_the_ct_as_it_is_now(app, ct, nodes, tmp_path):
    edit(app, ct)
    now(app, ct)
    for _ in showing_as_analysed(app.scene, nodes):
        pass
    fresh = build_scene(app.scene, ct, make_result(tmp_path, volume_of(ct)))
    display.show(app.scene, fresh)
    assert now(app, ct)[0] is Belonging.HERE
    assert layers(app)["Red"] == (ct.GetID(), fresh.heatmap.GetID())
    assert len(results_in(app.scene)) == 1
    assert fresh.findings.GetDisplayNode().GetVisibility()


@pytest.mark.parametrize("change", [edit, resample, bent], ids=lambda change: change.__name__)
def test_a_scene_saved_while_hidden_opens_hidden(app, ct, nodes, small, change, tmp_path):
    import slicer.util

    change(app, ct)
    now(app, ct)
    with reopened(app, tmp_path / "scene.mrb") as again:
        (opened,) = results_in(again.scene)
        assert hidden(again, opened.ct, opened), "before anybody looks"
        assert now(again, opened.ct)[0] is CHANGES[change]
        assert hidden(again, opened.ct, opened)
        opened.ct.SetAndObserveTransformNodeID(None)
        slicer.util.updateVolumeFromArray(opened.ct, small.voxels)
        set_matrix(opened.ct, small.ijk_to_ras)
        assert now(again, opened.ct)[0] is Belonging.HERE
        assert shown(again, opened.ct, opened)


def test_a_scene_saved_while_shown_opens_shown(app, ct, nodes, small_result, tmp_path):
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    ct.HardenTransform()
    now(app, ct)
    with reopened(app, tmp_path / "scene.mrb") as again:
        (opened,) = results_in(again.scene)
        assert shown(again, opened.ct, opened)
        assert now(again, opened.ct)[0] is Belonging.HERE
        assert shown(again, opened.ct, opened)
        assert lies_on_ct(opened, small_result)
        edit(again, opened.ct)
        assert now(again, opened.ct)[0] is Belonging.OTHER_VOXELS


def test_a_scene_saved_over_the_ct_as_it_was_opens_so(app, ct, nodes, tmp_path):
    edit(app, ct)
    now(app, ct)
    for _ in showing_as_analysed(app.scene, nodes):
        pass
    with reopened(app, tmp_path / "scene.mrb") as again:
        (opened,) = results_in(again.scene)
        assert now(again, opened.ct)[0] is Belonging.OTHER_VOXELS
        assert shown(again, opened.earlier_ct, opened)
        assert opened.legend.GetTitleText().startswith("Earlier CT.")


def test_a_scene_of_an_earlier_version_takes_its_ct_for_the_right_one(app, ct, nodes):
    facts = facts_of(nodes)
    facts.voxels = ""
    keep_facts(nodes, facts)
    ct.GetImageData().Modified()
    assert settle(app.scene, nodes) is Belonging.UNKNOWN
    assert now(app, ct)[0] is Belonging.HERE
    assert facts_of(nodes).voxels
    edit(app, ct)
    assert now(app, ct)[0] is Belonging.OTHER_VOXELS
