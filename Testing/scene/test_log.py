"""What Slicer's log must not hold: errors when a result comes, is replaced, goes, is saved and opened again."""

from __future__ import annotations

import pytest
from example_result import make_result
from scenes import add_ct

from GANAnomalyLib.scene.build import build_scene, build_steps
from GANAnomalyLib.scene.display import set_heat_visible, show
from GANAnomalyLib.scene.finding_review import decide, go_to, highlight
from GANAnomalyLib.scene.result_nodes import remove, results_in
from GANAnomalyLib.scene.session import load_scene, open_session, save_scene
from GANAnomalyLib.scene.three_d import BOXES, HEAT_SURFACE, hide_3d, preparing, show_3d
from GANAnomalyLib.scene.view_pictures import open_view


class Log:
    """What VTK says on standard error, where Slicer's log has it from too."""

    def __init__(self, capfd) -> None:
        self._capfd = capfd

    def errors(self) -> list[str]:
        lines = self._capfd.readouterr().err.splitlines()
        return [line for line in lines if "ERR|" in line or line.startswith(("ERROR", "Error"))]


@pytest.fixture
def log(capfd):
    return Log(capfd)


@pytest.fixture
def drawn(log):
    """A session with a slice view that draws each change, colour legends included, and a CT in it."""
    pytest.importorskip("trame_slicer")
    with open_session() as app:
        view = open_view(app)
        view.update_size(100, 100)
        view.set_render_blocked(False)
        log.errors()
        yield app, view


class ListOfData:
    """Takes the line of each node that goes out of the list of data, as the application does and a scene alone not."""

    def __init__(self, scene) -> None:
        import slicer
        from vtkmodules.util.misc import calldata_type
        from vtkmodules.util.vtkConstants import VTK_OBJECT

        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)

        @calldata_type(VTK_OBJECT)
        def removed(_scene, _event, node):
            item = hierarchy.GetItemByDataNode(node)
            if item:
                hierarchy.RemoveItem(item, False, False)

        scene.AddObserver(scene.NodeRemovedEvent, removed)


def draw(app, view, nodes):
    show(app.scene, nodes)
    view.fit_view_to_content()
    view.render_window().Render()


class Complete:
    """Looks at the scene whenever it or its list of data changes: segments must have a display node to be listed with.

    The application's list of data asks for it at each of these times and writes an error where there is none.
    """

    def __init__(self, scene) -> None:
        import slicer
        from vtkmodules.vtkCommonCore import vtkCommand

        self.lacking: list[str] = []
        self._scene = scene
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
        for watched in (scene, hierarchy):
            watched.AddObserver(vtkCommand.AnyEvent, self._look)

    def _look(self, _caller, event) -> None:
        for n in range(self._scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")):
            node = self._scene.GetNthNodeByClass(n, "vtkMRMLSegmentationNode")
            if node.GetSegmentation().GetNumberOfSegments() and node.GetDisplayNode() is None:
                self.lacking.append(f"{node.GetName()} at {event}")


def test_a_result_comes_is_replaced_and_goes_without_an_error(drawn, log, small, small_result):
    app, view = drawn
    ct = add_ct(app.scene, small)
    complete = Complete(app.scene)
    for _ in range(2):
        nodes = build_scene(app.scene, ct, small_result)
        draw(app, view, nodes)
        highlight(nodes, 2)
        go_to(app.scene, nodes, 2)
        decide(nodes, 2, "accepted")
        set_heat_visible(app.scene, nodes, False)
        set_heat_visible(app.scene, nodes, True)
        view.render_window().Render()
    assert remove(app.scene, nodes) > 9
    view.render_window().Render()
    assert log.errors() == []
    assert complete.lacking == []


@pytest.mark.parametrize("steps", [2, 9])
def test_a_result_given_up_half_way_goes_without_an_error(drawn, log, small, small_result, steps):
    app, view = drawn
    ct = add_ct(app.scene, small)
    complete = Complete(app.scene)
    draw(app, view, build_scene(app.scene, ct, small_result))
    building = build_steps(app.scene, ct, small_result)
    for _ in range(steps):
        next(building)
    building.close()
    view.render_window().Render()
    assert len(results_in(app.scene)) == 1
    assert log.errors() == []
    assert complete.lacking == []


def test_what_the_application_has_taken_off_its_list_is_left_alone(drawn, log, small, small_result):
    app, view = drawn
    ct = add_ct(app.scene, small)
    ListOfData(app.scene)
    for _ in range(2):
        nodes = build_scene(app.scene, ct, small_result)
        for kind in (BOXES, HEAT_SURFACE):
            show_3d(app.scene, nodes, preparing(nodes, kind)())
        hide_3d(app.scene, nodes)
    remove(app.scene, nodes)
    view.render_window().Render()
    assert log.errors() == []


def test_a_scene_is_opened_over_another_without_an_error(drawn, log, small, small_result, tmp_path):
    app, view = drawn
    draw(app, view, build_scene(app.scene, add_ct(app.scene, small), small_result))
    save_scene(app, tmp_path / "review.mrb")
    for _ in range(2):
        load_scene(app, tmp_path / "review.mrb")
        nodes = results_in(app.scene)[0]
        draw(app, view, nodes)
    draw(app, view, build_scene(app.scene, nodes.ct, small_result))
    assert log.errors() == []


def test_a_scene_is_closed_without_an_error_of_ours(drawn, log, small, small_result):
    app, view = drawn
    draw(app, view, build_scene(app.scene, add_ct(app.scene, small), small_result))
    app.scene.Clear(False)
    # Without the application the grey colours of every volume go before the volume does.
    assert [line for line in log.errors() if "Image" not in line] == []


def test_a_heatmap_deleted_by_hand_takes_its_legend_along(drawn, log, small, small_result):
    app, view = drawn
    nodes = build_scene(app.scene, add_ct(app.scene, small), small_result)
    draw(app, view, nodes)
    app.scene.RemoveNode(nodes.heatmap)
    view.render_window().Render()
    left = results_in(app.scene)[0]
    if left.legend is not None:
        left.legend.Modified()
    remove(app.scene, left)
    view.render_window().Render()
    assert log.errors() == []


def test_the_list_of_data_holds_nothing_of_a_result_that_went(app, small, small_result, tmp_path):
    from GANAnomalyLib.scene.roles import _children, subject_hierarchy

    ct = add_ct(app.scene, small)
    hierarchy = subject_hierarchy(app.scene)
    before = set(_children(hierarchy, hierarchy.GetSceneItemID(), recursive=True))
    nodes = build_scene(app.scene, ct, make_result(tmp_path, small))
    assert len(set(_children(hierarchy, hierarchy.GetSceneItemID(), recursive=True)) - before) > 6
    remove(app.scene, nodes)
    assert set(_children(hierarchy, hierarchy.GetSceneItemID(), recursive=True)) == before
