"""A result belongs to the CT on the screen: whatever changes that hides it, and undone it is back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from changing_ct import CHANGES, crop, edit, hidden, layers, lies_on_ct, now, resample, sequence_of, shown
from example_result import make_result
from scenes import add_ct, add_transform

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.scene import display, voxel_prints
from GANAnomalyLib.scene.belonging import Belonging, belonging
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.finding_review import decide, rows
from GANAnomalyLib.scene.hiding import is_hidden
from GANAnomalyLib.scene.open_result import read_result
from GANAnomalyLib.scene.result_nodes import facts_of, result_of
from GANAnomalyLib.scene.settle import settle
from GANAnomalyLib.scene.volume_nodes import array_of, set_matrix
from GANAnomalyLib.scene.voxel_prints import known, reading
from GANAnomalyLib.volume.hashing import hash_volume
from GANAnomalyLib.volume.volume import Volume

pytest.importorskip("slicer")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_ct_hides_its_result_and_undone_brings_it_back(app, ct, nodes, small, small_result, change):
    import slicer.util

    decide(nodes, 1, "accepted", "a needle")
    change(app, ct)
    state, nodes = now(app, ct)
    assert state is CHANGES[change]
    assert hidden(app, ct, nodes)
    assert now(app, ct)[0] is state
    assert hidden(app, ct, nodes)

    ct.SetAndObserveTransformNodeID(None)
    ct.SetAndObserveImageData(None)
    slicer.util.updateVolumeFromArray(ct, small.voxels)
    set_matrix(ct, small.ijk_to_ras)
    assert now(app, ct)[0] is Belonging.HERE
    assert shown(app, ct, nodes)
    assert not is_hidden(nodes)
    assert lies_on_ct(nodes, small_result)
    assert rows(nodes)[0].comment == "a needle"


def test_what_the_reader_had_switched_off_stays_off(app, ct, nodes, small, views):
    display.set_heat_visible(app.scene, nodes, False)
    display.set_legend_visible(nodes, False)
    before = layers(app)
    edit(app, ct)
    now(app, ct)
    array_of(ct)[3, 4, 5] -= 1
    ct.GetImageData().Modified()
    assert now(app, ct)[0] is Belonging.HERE
    assert layers(app) == before
    assert not nodes.legend.GetVisibility()
    assert nodes.findings.GetDisplayNode().GetVisibility()


def test_a_view_that_shows_something_else_by_now_is_left_alone(app, ct, nodes, small, views):
    import slicer.util

    edit(app, ct)
    now(app, ct)
    other = add_ct(app.scene, small, "another")
    views[0].SetForegroundVolumeID(other.GetID())
    slicer.util.updateVolumeFromArray(ct, small.voxels)
    now(app, ct)
    assert layers(app)["Red"] == (ct.GetID(), other.GetID())
    assert layers(app)["Green"] == (ct.GetID(), nodes.heatmap.GetID())


def test_said_to_be_changed_and_the_same_voxels_is_no_change(app, ct, nodes, small):
    """Also in another number type: nothing blinks, and voxels are read once for each time that VTK speaks up."""
    import slicer.util

    seen = []
    nodes.findings.GetDisplayNode().AddObserver("ModifiedEvent", lambda *_: seen.append(1))
    for kind in ("int16", "float32", "float64", "int32"):
        slicer.util.updateVolumeFromArray(ct, small.voxels.astype(kind))
        assert settle(app.scene, nodes) is Belonging.UNKNOWN
        assert shown(app, ct, nodes), "as it was while it is not known"
        assert now(app, ct)[0] is Belonging.HERE
    assert shown(app, ct, nodes)
    assert not seen


def test_voxels_are_not_read_for_a_transform_nor_right_after_the_analysis(app, ct, nodes):
    assert known(ct) == facts_of(nodes).voxels
    ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    assert settle(app.scene, nodes) is Belonging.HERE


def test_reading_stops_when_the_voxels_change_meanwhile(app, ct, nodes, monkeypatch):
    monkeypatch.setattr(voxel_prints, "STEP", 10_000)
    ct.GetImageData().Modified()
    steps = reading(ct)
    next(steps)
    array_of(ct)[0, 0, 0] += 1
    ct.GetImageData().Modified()
    assert list(steps) == []
    assert known(ct) is None
    taken = len(list(reading(ct)))
    assert taken == 12, "two planes of 4800 voxels a step"
    assert belonging(nodes) is Belonging.OTHER_VOXELS


def test_another_time_point_hides_and_the_old_one_brings_back(app, views, small, small_result):
    later = Volume(small.voxels[:, ::-1].copy(), small.ijk_to_ras)
    larger = Volume(np.repeat(small.voxels, 2, axis=0), small.ijk_to_ras)
    proxy, go_to = sequence_of(app, [small, later, larger])
    nodes = build_scene(app.scene, proxy, small_result)
    display.show(app.scene, nodes)
    views[2].SetBackgroundVolumeID(nodes.reconstruction.GetID())
    for item, state in ((1, Belonging.OTHER_VOXELS), (0, None), (2, Belonging.OTHER_GRID), (0, None), (1, None)):
        go_to(item)
        found = now(app, proxy)[0]
        assert found.changed == (item != 0)
        assert found is (state or found)
        assert (hidden if item else shown)(app, proxy, nodes)
    go_to(0)
    now(app, proxy)
    assert lies_on_ct(nodes, small_result)


def test_another_time_point_is_told_before_its_voxels_are_read(app, views, small, small_result):
    proxy, go_to = sequence_of(app, [small, Volume(small.voxels[:, ::-1].copy(), small.ijk_to_ras)])
    nodes = build_scene(app.scene, proxy, small_result)
    go_to(1)
    assert settle(app.scene, nodes) is Belonging.OTHER_VOXELS


def test_two_cts_of_one_name_have_each_their_own(app, ct, nodes, small, small_result, tmp_path):
    volume = Volume(small.voxels[::-1].copy(), small.ijk_to_ras)
    twin = add_ct(app.scene, volume, ct.GetName())
    theirs = build_scene(app.scene, twin, make_result(tmp_path, volume))
    edit(app, ct)
    assert now(app, ct)[0] is Belonging.OTHER_VOXELS
    assert now(app, twin)[0] is Belonging.HERE
    assert is_hidden(nodes)
    assert not is_hidden(theirs)


def test_a_clone_of_the_ct_is_not_the_one_analysed(app, ct, nodes):
    clone = app.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", ct.GetName())
    clone.Copy(ct)
    assert result_of(app.scene, clone) is None
    edit(app, clone)
    assert now(app, ct)[0] is Belonging.HERE
    assert shown(app, ct, nodes)


def test_a_clone_of_a_map_does_not_take_its_place(app, ct, nodes):
    clone = app.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    clone.Copy(nodes.heatmap)
    assert result_of(app.scene, ct).heatmap is nodes.heatmap
    app.scene.RemoveNode(nodes.heatmap)
    assert result_of(app.scene, ct).heatmap is clone


@pytest.mark.parametrize("change", [crop, resample, edit], ids=lambda change: change.__name__)
def test_a_result_folder_is_refused_by_a_ct_of_the_same_name_that_was_changed(app, ct, small, tmp_path, change):
    result = make_result(tmp_path / "result", small)
    told = result.folder / "result.json"
    told.write_text(json.dumps({**json.loads(told.read_text()), "input": {"hash": hash_volume(small)}}))
    before = app.scene.GetNumberOfNodes()
    change(app, ct)
    with pytest.raises(InputError, match=r"another (scan|volume)"):
        read_result(app.scene, result.folder, ct)
    assert app.scene.GetNumberOfNodes() == before
    clone = add_ct(app.scene, small, ct.GetName())
    assert read_result(app.scene, result.folder, clone).ct is clone
