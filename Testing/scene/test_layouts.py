"""The compare layouts make Slicer's own layout logic show a CT and what is normal, side by side."""

from __future__ import annotations

import numpy as np
import pytest
from example_result import make_result, sagittal, tilted
from scenes import add_ct, add_transform

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.scene import display, layouts
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.finding_review import centre_ras, highlight, ras_of_slice
from GANAnomalyLib.scene.slice_views import CT_VIEW, DIFFERENCE_VIEW, OVERLAY_VIEW, RECONSTRUCTION_VIEW, composite_of

slicer = pytest.importorskip("slicer")
NAMES = {
    layouts.COMPARE: [CT_VIEW, RECONSTRUCTION_VIEW, OVERLAY_VIEW],
    layouts.COMPARE_DIFFERENCE: [CT_VIEW, RECONSTRUCTION_VIEW, OVERLAY_VIEW, DIFFERENCE_VIEW],
}


@pytest.fixture
def logic(app):
    """Slicer's layout logic over the session's scene, our layouts registered."""
    made = slicer.vtkMRMLLayoutLogic()
    made.SetMRMLScene(app.scene)
    layouts.register_layouts(made.GetLayoutNode())
    yield made
    made.SetMRMLScene(None)


@pytest.fixture
def nodes(small, small_result, app):
    return build_scene(app.scene, add_ct(app.scene, small), small_result)


def _views(logic, layout):
    logic.GetLayoutNode().SetViewArrangement(layout)
    return [logic.GetMRMLScene().GetSingletonNode(name, "vtkMRMLSliceNode") for name in NAMES[layout]]


def _axes(view):
    matrix = view.GetSliceToRAS()
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(3)])


def _pixels(view):
    """(height, width, 3) as drawn off screen, the lowest line first."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

    view.render_window().Render()
    grab = vtkWindowToImageFilter()
    grab.SetInput(view.render_window())
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    width, height = image.GetDimensions()[:2]
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)[..., :3].astype(int)


@pytest.mark.parametrize("layout", NAMES)
def test_slicers_layout_logic_makes_the_views(logic, layout):
    views = _views(logic, layout)
    assert None not in views
    assert logic.GetLayoutNode().GetLayoutRootElement().GetName() == "layout"
    shown = logic.GetViewNodes()
    assert [shown.GetItemAsObject(n) for n in range(shown.GetNumberOfItems())] == views
    assert len({view.GetLayoutLabel() for view in views}) == len(views)
    assert all(len(view.GetLayoutLabel()) <= 2 for view in views), "cut by the bar above the view"
    assert len({view.GetLayoutColor() for view in views}) == len(views)
    assert {view.GetOrientation() for view in views} == {"Axial"}
    assert {view.GetViewGroup() for view in views} == {layouts.VIEW_GROUP}


def test_registering_again_does_no_harm_and_leaves_slicers_own(logic):
    node = logic.GetLayoutNode()
    own = node.GetLayoutDescription(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    before = node.GetLayoutDescription(layouts.COMPARE)
    layouts.register_layouts(node)
    assert node.GetLayoutDescription(layouts.COMPARE) == before
    assert node.GetLayoutDescription(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView) == own
    assert slicer.vtkMRMLLayoutNode.SlicerLayoutCustomView < layouts.COMPARE


@pytest.mark.parametrize("layout", NAMES)
def test_each_view_shows_its_volume_linked_with_the_others(logic, nodes, app, layout):
    _views(logic, layout)
    layouts.fill_layout(app.scene, nodes, layout)
    shown = {
        CT_VIEW: (nodes.ct, None),
        RECONSTRUCTION_VIEW: (nodes.reconstruction, None),
        OVERLAY_VIEW: (nodes.ct, nodes.heatmap),
        DIFFERENCE_VIEW: (nodes.difference, None),
    }
    for name in NAMES[layout]:
        composite = composite_of(app.scene, name)
        back, front = shown[name]
        assert composite.GetBackgroundVolumeID() == back.GetID()
        assert composite.GetForegroundVolumeID() == (front and front.GetID())
        assert composite.GetLinkedControl()
        assert composite.GetHotLinkedControl()
        assert not composite.GetDoPropagateVolumeSelection()
    assert app.scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode") == len(NAMES[layout])


@pytest.mark.parametrize("stored", ["axial", "sagittal", "tilted", "moved"])
def test_all_views_lie_in_the_cts_axial_plane_at_one_place_and_zoom(logic, small, app, tmp_path, stored):
    place = {"sagittal": sagittal, "tilted": tilted}.get(stored, lambda volume: volume)(small)
    ct = add_ct(app.scene, place)
    if stored == "moved":
        ct.SetAndObserveTransformNodeID(add_transform(app.scene).GetID())
    nodes = build_scene(app.scene, ct, make_result(tmp_path, place))
    views = _views(logic, layouts.COMPARE)
    for view, size in zip(views, ((400, 600), (410, 600), (390, 600)), strict=True):
        view.SetDimensions(*size, 1)
    layouts.fill_layout(app.scene, nodes, layouts.COMPARE)
    first = _axes(views[0])
    # Slices lie on top of each other along the view's normal, whichever way the CT is stored.
    step = np.array(ras_of_slice(nodes, 1)) - ras_of_slice(nodes, 0)
    assert abs(first[:, 2] @ step) / np.linalg.norm(step) == pytest.approx(1, abs=1e-6)
    middle = np.array(ras_of_slice(nodes, 12))
    for view in views:
        axes = _axes(view)
        assert np.allclose(axes, first, atol=1e-6)
        assert axes[:, 2] @ (middle - axes[:, 3]) == pytest.approx(0, abs=1e-4)
        width, height = view.GetDimensions()[:2]
        # The whole CT fits, and one pixel is as large in all views.
        assert view.GetFieldOfView()[0] / width == pytest.approx(views[0].GetFieldOfView()[0] / 400)
        assert view.GetFieldOfView()[1] / height == pytest.approx(views[0].GetFieldOfView()[0] / 400)
        assert view.GetFieldOfView()[0] >= 80 * 3 - 1e-6
        assert view.GetFieldOfView()[1] >= 60 * 3 - 1e-6


def test_the_highlighted_finding_is_where_the_views_begin(logic, nodes, app):
    highlight(nodes, 2)
    views = _views(logic, layouts.COMPARE)
    layouts.fill_layout(app.scene, nodes, layouts.COMPARE)
    for view in views:
        axes = _axes(view)
        assert axes[:, 2] @ (np.array(centre_ras(nodes, 2)) - axes[:, 3]) == pytest.approx(0, abs=1e-4)


def test_showing_and_hiding_heat_touches_the_overlay_view_alone(logic, nodes, app):
    red = composite_of(app.scene, "Red")
    display.show(app.scene, nodes, 0.3)
    display.set_heat_visible(app.scene, nodes, False)
    _views(logic, layouts.COMPARE)
    layouts.fill_layout(app.scene, nodes, layouts.COMPARE)
    overlay, ct = composite_of(app.scene, OVERLAY_VIEW), composite_of(app.scene, CT_VIEW)
    assert overlay.GetForegroundVolumeID() is None
    display.set_heat_visible(app.scene, nodes, True)
    assert overlay.GetForegroundVolumeID() == red.GetForegroundVolumeID() == nodes.heatmap.GetID()
    assert overlay.GetForegroundOpacity() == 0.3
    display.show(app.scene, nodes)
    assert ct.GetForegroundVolumeID() is None
    assert composite_of(app.scene, RECONSTRUCTION_VIEW).GetBackgroundVolumeID() == nodes.reconstruction.GetID()


def test_a_layout_that_is_not_shown_is_refused(nodes, app):
    for layout in (layouts.COMPARE, 3):
        with pytest.raises(InputError, match="choose a compare layout"):
            layouts.fill_layout(app.scene, nodes, layout)


@pytest.mark.slow
def test_the_views_draw_what_they_are_for(logic, nodes, app):
    """Off screen, through Slicer's own slice pipeline: grey CT, grey normal, coloured overlay."""
    from trame_slicer.views import ViewLayoutDefinition, ViewProps, ViewType

    drawn = {}
    views = {}
    # A view made here brings its own slice node, which the layout then takes.
    for name in NAMES[layouts.COMPARE]:
        props = ViewProps(label=name, orientation="Axial", color="#8FA3B0", group=layouts.VIEW_GROUP)
        views[name] = app.view_manager.create_view(ViewLayoutDefinition(name, ViewType.SLICE_VIEW, props))
        views[name].update_size(200, 160)
    assert _views(logic, layouts.COMPARE) == [view.get_view_node() for view in views.values()]
    for view in views.values():
        # Out of the application nobody tells the slice nodes how large their views are.
        view.fit_view_to_content()
    layouts.fill_layout(app.scene, nodes, layouts.COMPARE)
    for name, view in views.items():
        assert view.get_view_node().GetDimensions()[:2] == (200, 160)
        drawn[name] = _pixels(view)
        assert (drawn[name].max(axis=-1) > 60).mean() > 0.3
    spread = {name: (pixels.max(axis=-1) - pixels.min(axis=-1)) > 60 for name, pixels in drawn.items()}
    assert spread[OVERLAY_VIEW].mean() > spread[CT_VIEW].mean() + 0.005
    # The same place in all: where the CT is bright, the smoothed one mostly is.
    grey = [drawn[name].mean(axis=-1).ravel() for name in (CT_VIEW, RECONSTRUCTION_VIEW)]
    assert np.corrcoef(*grey)[0, 1] > 0.7
    # The legend is there too, although the view was opened after it, and goes when it is not wanted.
    display.set_legend_visible(nodes, False)
    changed = np.argwhere(np.abs(_pixels(views[OVERLAY_VIEW]) - drawn[OVERLAY_VIEW]).max(axis=-1) > 30)
    assert len(changed) > 50
    assert changed[:, 1].min() > 120
