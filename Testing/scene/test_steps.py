"""A result enters the scene in small steps; given up half way, the scene is as it was but for what the user did."""

from __future__ import annotations

import pytest
from scenes import add_ct

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.scene import heat_values
from GANAnomalyLib.scene.build import build_scene, build_steps
from GANAnomalyLib.scene.finding_review import decide, rows
from GANAnomalyLib.scene.result_nodes import results_in
from GANAnomalyLib.scene.roles import result_folders
from GANAnomalyLib.scene.scene_maps import load_maps
from GANAnomalyLib.scene.steps import run_through
from GANAnomalyLib.scene.volume_nodes import array_of, volume_of


def ids(scene):
    nodes = scene.GetNodes()
    return {nodes.GetItemAsObject(n).GetID() for n in range(nodes.GetNumberOfItems())}


@pytest.fixture
def ct(app, small):
    return add_ct(app.scene, small)


def steps_of(app, ct, result):
    return build_steps(app.scene, ct, result, load_maps(result, volume_of(ct)))


def test_steps_come_to_the_same_as_all_at_once(app, ct, small_result):
    count = 0
    steps = steps_of(app, ct, small_result)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            nodes = end.value
            break
        count += 1
    assert count >= 9
    assert results_in(app.scene)[0].findings is nodes.findings
    assert nodes.findings.GetDisplayNode().GetVisibility()
    again = build_scene(app.scene, ct, small_result)
    assert [row.score for row in rows(again)] == [finding.score for finding in small_result.findings]


def test_given_up_at_any_step_the_scene_is_as_it_was(app, ct, small_result):
    earlier = build_scene(app.scene, ct, small_result)
    before, folders = ids(app.scene), result_folders(app.scene)
    for taken in range(100):
        steps = steps_of(app, ct, small_result)
        for _ in range(taken):
            next(steps)
        if not app.scene.IsNodePresent(earlier.findings):
            break
        steps.close()
        if len(results_in(app.scene)) == 1 and results_in(app.scene)[0].findings is not earlier.findings:
            break
        assert ids(app.scene) == before
        assert result_folders(app.scene) == folders
        assert earlier.findings.GetDisplayNode().GetVisibility()
    assert taken >= 9, "the earlier result goes only when the new one is whole"


def test_once_the_new_result_is_whole_it_stays_whole(app, ct, small_result):
    earlier = build_scene(app.scene, ct, small_result)
    count = app.scene.GetNumberOfNodes()
    steps = steps_of(app, ct, small_result)
    while app.scene.IsNodePresent(earlier.legend or earlier.heatmap):
        next(steps)
    steps.close()
    assert app.scene.GetNumberOfNodes() == count
    (left,) = results_in(app.scene)
    assert left.findings is not earlier.findings
    assert len(left.own()) == len(earlier.own())


def test_what_the_user_does_between_steps_is_kept(app, ct, small_result):
    earlier = build_scene(app.scene, ct, small_result)
    steps = steps_of(app, ct, small_result)
    for _ in range(4):
        next(steps)
    theirs = app.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "mine")
    next(steps)
    steps.close()
    assert app.scene.IsNodePresent(theirs)

    steps = steps_of(app, ct, small_result)
    for _ in range(4):
        next(steps)
    decide(earlier, 2, "rejected", "while the other came")
    assert rows(run_through(steps))[1].comment == "while the other came"


def test_a_ct_that_is_closed_meanwhile_ends_it(app, ct, small_result):
    before = ids(app.scene)
    steps = steps_of(app, ct, small_result)
    for _ in range(5):
        next(steps)
    app.scene.RemoveNode(ct)
    with pytest.raises(InputError, match="closed meanwhile"):
        run_through(steps)
    assert ids(app.scene) <= before | {"vtkMRMLSubjectHierarchyNode1"}
    assert results_in(app.scene) == []


def test_large_arrays_are_not_copied_into_the_scene(app, ct, small_result, monkeypatch):
    maps = load_maps(small_result, volume_of(ct))
    images = {name: getattr(maps, name) for name in ("heat", "reconstruction", "difference")}
    monkeypatch.setattr(heat_values, "_sample", lambda nodes: pytest.fail("it was taken beforehand"))
    nodes = run_through(build_steps(app.scene, ct, small_result, maps))
    assert nodes.heatmap.GetImageData() is images["heat"]
    assert nodes.reconstruction.GetImageData() is images["reconstruction"]
    assert nodes.difference.GetImageData() is images["difference"]
    assert heat_values.sorted_heat(nodes)[-1] == array_of(nodes.heatmap).max()
