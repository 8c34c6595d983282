"""What a reader sets in the panel is what the views' nodes hold, and what a loaded scene gives back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from example_result import LEVEL, WINDOW, make_result, sagittal, torso
from scenes import add_ct, reopened

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.scene import display, heat_values
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.finding_review import highlight
from GANAnomalyLib.scene.heat_values import SAMPLE, sorted_heat
from GANAnomalyLib.scene.result_nodes import result_of
from GANAnomalyLib.scene.volume_nodes import volume_of

pytest.importorskip("slicer")


@pytest.fixture
def views(app):
    made = []
    for name in ("Red", "Green"):
        node = app.scene.CreateNodeByClass("vtkMRMLSliceCompositeNode")
        node.UnRegister(None)
        node.SetLayoutName(name)
        made.append(app.scene.AddNode(node))
    return made


@pytest.fixture
def nodes(small, small_result, app, views):
    built = build_scene(app.scene, add_ct(app.scene, small), small_result)
    display.show(app.scene, built)
    return built


def test_showing_lays_the_heat_over_the_ct_and_links_the_views(nodes, views):
    for view in views:
        assert view.GetBackgroundVolumeID() == nodes.ct.GetID()
        assert view.GetForegroundVolumeID() == nodes.heatmap.GetID()
        assert view.GetForegroundOpacity() == 0.6
        assert view.GetLinkedControl()


def test_heat_hidden_and_shown_again_keeps_its_opacity(nodes, views, app):
    display.set_opacity(app.scene, nodes, 0.35)
    display.set_heat_visible(app.scene, nodes, False)
    assert {view.GetForegroundVolumeID() for view in views} == {None}
    assert not display.display_state(app.scene, nodes).heat_visible
    display.set_heat_visible(app.scene, nodes, True)
    assert {view.GetForegroundVolumeID() for view in views} == {nodes.heatmap.GetID()}
    assert {view.GetForegroundOpacity() for view in views} == {0.35}
    display.set_opacity(app.scene, nodes, 7)
    assert display.display_state(app.scene, nodes).opacity == 1.0


def test_views_of_another_volume_are_left_alone(nodes, views, small, app):
    other = add_ct(app.scene, small, "another")
    views[1].SetBackgroundVolumeID(other.GetID())
    views[1].SetForegroundVolumeID(other.GetID())
    display.set_opacity(app.scene, nodes, 0.1)
    display.set_heat_visible(app.scene, nodes, False)
    display.set_heat_visible(app.scene, nodes, True)
    assert views[1].GetForegroundVolumeID() == other.GetID()
    assert views[1].GetForegroundOpacity() == 0.6
    assert views[0].GetForegroundVolumeID() == nodes.heatmap.GetID()


def test_the_threshold_clears_what_is_below_and_never_the_hottest(nodes):
    heat = nodes.heatmap.GetDisplayNode()
    colours = heat.GetWindowLevelMin(), heat.GetWindowLevelMax()
    changes = []
    heat.AddObserver("ModifiedEvent", lambda *_: changes.append(1))
    hottest = float(volume_of(nodes.heatmap).voxels.max())
    for score in (12.5, hottest, hottest + 50):
        changes.clear()
        display.set_threshold(nodes, score)
        assert len(changes) == 1
        assert heat.GetApplyThreshold()
        assert heat.GetLowerThreshold() == score
        assert heat.GetUpperThreshold() > max(score, hottest)
        assert (heat.GetWindowLevelMin(), heat.GetWindowLevelMax()) == colours


def test_scores_and_percent_are_those_of_the_voxels(nodes, app):
    heat = volume_of(nodes.heatmap).voxels
    assert display.score_limits(nodes) == pytest.approx((heat.min(), heat.max()))
    for score in (0.0, 5.0, 60.0, 1e6):
        assert display.top_percent(nodes, score) == pytest.approx(100 * (heat > score).mean(), abs=0.01)
    for percent in (0.1, 2.0, 50.0):
        score = display.score_of_top_percent(nodes, percent)
        assert 100 * (heat > score).mean() == pytest.approx(percent, abs=0.01)
        assert display.top_percent(nodes, score) == pytest.approx(percent, abs=0.01)
    assert display.score_of_top_percent(nodes, 0) == pytest.approx(heat.max())
    assert display.score_of_top_percent(nodes, 100) == pytest.approx(heat.min())


@pytest.mark.parametrize("turn", [lambda volume: volume, sagittal])
def test_only_analysed_slices_count(small, app, tmp_path, turn):
    place = turn(small)
    result = make_result(tmp_path, place)
    part = dataclasses.replace(result, scores=[row for row in result.scores if 3 <= row["slice"] < 7])
    nodes = build_scene(app.scene, add_ct(app.scene, place), part)
    heat = volume_of(nodes.heatmap).voxels
    # Sagittal: rows run from head to feet.
    analysed = heat[3:7] if place is small else heat[:, 24 - 7 : 24 - 3]
    for score in (2.0, 40.0):
        assert display.top_percent(nodes, score) == pytest.approx(100 * (analysed > score).mean(), abs=0.01)


def test_a_large_ct_is_sampled_fairly_and_a_drag_costs_nothing(app, tmp_path, monkeypatch):
    volume = torso()
    nodes = build_scene(app.scene, add_ct(app.scene, volume), make_result(tmp_path, volume))
    heat = volume_of(nodes.heatmap).voxels
    assert heat.size > 2 * SAMPLE
    assert len(sorted_heat(nodes)) == SAMPLE + 1
    for score in (1.0, 20.0, 60.0):
        assert display.top_percent(nodes, score) == pytest.approx(100 * (heat > score).mean(), abs=0.3)
    ct = nodes.ct
    with monkeypatch.context() as patch:
        # A pass over the heat takes tens of milliseconds; a search in the sorted sample some hundredths of one.
        patch.setattr(heat_values, "_sample", lambda *_: pytest.fail("the heat is gone through again"))
        for n in range(20):
            display.top_percent(nodes, float(n))
            display.score_of_top_percent(nodes, n / 2)
    # Also for a panel that asks for the nodes anew.
    again = result_of(app.scene, ct)
    assert sorted_heat(again) is sorted_heat(nodes)
    nodes.heatmap.GetImageData().GetPointData().GetScalars().SetValue(0, 1e4)
    nodes.heatmap.GetImageData().GetPointData().GetScalars().Modified()
    assert display.score_limits(nodes)[1] == 1e4


def test_colours_can_be_changed_and_given_back(nodes, app):
    table = app.scene.GetNodeByID("vtkMRMLColorTableNodeGrey")
    display.set_colours(nodes, table)
    assert display.display_state(app.scene, nodes).colours is table
    display.set_colours(nodes, None)
    assert display.display_state(app.scene, nodes).colours is nodes.heat_colours


def test_the_legend_can_be_hidden(nodes, app):
    assert display.display_state(app.scene, nodes).legend_visible
    display.set_legend_visible(nodes, False)
    assert not nodes.legend.GetVisibility()
    assert not display.display_state(app.scene, nodes).legend_visible


@pytest.mark.parametrize("auto", [False, True])
def test_the_models_window_is_put_on_and_taken_off(nodes, app, auto):
    ct = nodes.ct.GetDisplayNode()
    ct.SetAutoWindowLevel(auto)
    if not auto:
        ct.SetWindowLevel(1500, -500)
    before = ct.GetWindow(), ct.GetLevel()
    for _ in range(2):
        display.use_model_window(nodes)
        assert (ct.GetWindow(), ct.GetLevel()) == (WINDOW, LEVEL)
        assert display.display_state(app.scene, nodes).model_window
    display.restore_window(nodes)
    assert (ct.GetWindow(), ct.GetLevel()) == before
    assert bool(ct.GetAutoWindowLevel()) == auto
    assert not display.display_state(app.scene, nodes).model_window
    ct.SetAutoWindowLevel(False)
    ct.SetWindowLevel(80, 40)
    display.restore_window(nodes)
    assert (ct.GetWindow(), ct.GetLevel()) == (80, 40)


def test_a_loaded_scene_tells_its_display(nodes, app, tmp_path):
    nodes.ct.GetDisplayNode().SetAutoWindowLevel(False)
    nodes.ct.GetDisplayNode().SetWindowLevel(1500, -500)
    display.use_model_window(nodes)
    display.set_threshold(nodes, 33.25)
    display.set_opacity(app.scene, nodes, 0.4)
    display.set_legend_visible(nodes, False)
    highlight(nodes, 2)
    before = display.display_state(app.scene, nodes)
    with reopened(app, tmp_path / "scene.mrb") as again:
        found = result_of(again.scene, again.scene.GetFirstNodeByName("CT of the user"))
        state = display.display_state(again.scene, found)
        assert state.colours is found.heat_colours
        assert dataclasses.replace(state, colours=None) == dataclasses.replace(before, colours=None)
        assert (state.threshold, state.opacity, state.highlighted) == (33.25, 0.4, 2)
        display.restore_window(found)
        assert found.ct.GetDisplayNode().GetWindow() == 1500
        assert np.allclose(sorted_heat(found), sorted_heat(nodes), atol=1e-3)


def test_what_is_gone_gives_a_sentence_or_the_usual_value(nodes, app):
    for name in ("heatmap", "legend", "ct"):
        app.scene.RemoveNode(getattr(nodes, name)) if app.scene.IsNodePresent(getattr(nodes, name)) else None
        setattr(nodes, name, None)
    for call in (
        lambda: display.set_threshold(nodes, 1.0),
        lambda: display.score_limits(nodes),
        lambda: display.set_colours(nodes, None),
        lambda: display.use_model_window(nodes),
    ):
        with pytest.raises(InputError, match="deleted from the scene"):
            call()
    display.set_legend_visible(nodes, True)
    display.set_heat_visible(app.scene, nodes, True)
    display.show(app.scene, nodes)
    state = display.display_state(app.scene, nodes)
    assert (state.heat_visible, state.threshold, state.colours, state.legend_visible) == (False, 60.0, None, False)


def test_hiding_heat_whose_ct_is_gone_keeps_what_lies_behind_it(nodes, views, small, app):
    other = add_ct(app.scene, small, "another")
    app.scene.RemoveNode(nodes.ct)
    nodes.ct = None
    views[0].SetBackgroundVolumeID(other.GetID())
    display.set_heat_visible(app.scene, nodes, False)
    assert views[0].GetForegroundVolumeID() is None
    assert views[0].GetBackgroundVolumeID() == other.GetID()


def test_the_slider_reaches_a_threshold_above_all_heat(small, app, tmp_path):
    nodes = build_scene(app.scene, add_ct(app.scene, small), make_result(tmp_path, small, threshold=500.0))
    assert display.score_limits(nodes) == pytest.approx((volume_of(nodes.heatmap).voxels.min(), 500.0))
    assert display.display_state(app.scene, nodes).threshold == 500.0
    assert display.top_percent(nodes, 500.0) == 0.0
