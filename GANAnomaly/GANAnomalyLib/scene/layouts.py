"""Layouts that compare a CT with what the model takes for normal, in linked axial views."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError
from ..modalities import modality_code
from .display import OVERLAY_OPACITY, display_state
from .finding_review import centre_ras, highlighted
from .places import Places
from .result_nodes import ReviewNodes, facts_of
from .slice_views import (
    CT_VIEW,
    DIFFERENCE_VIEW,
    OVERLAY_VIEW,
    RECONSTRUCTION_VIEW,
    composite_of,
    composites,
    is_heat_view,
    set_layers,
    slice_node,
)

COMPARE = 5731
"""CT | reconstruction | overlay."""
COMPARE_DIFFERENCE = 5732
"""CT | reconstruction over overlay | difference."""
VIEW_GROUP = 5731
"""Views are linked within their group: the user's own views do not follow ours."""

_LOOK = {  # as short as Slicer's own R, G, Y: there is room for no more
    CT_VIEW: ("CT", "#8FA3B0"),
    RECONSTRUCTION_VIEW: ("N", "#5FB0A8"),
    OVERLAY_VIEW: ("H", "#D98A3D"),
    DIFFERENCE_VIEW: ("D", "#6C8FD4"),
}
_ROWS = {
    COMPARE: ((CT_VIEW, RECONSTRUCTION_VIEW, OVERLAY_VIEW),),
    COMPARE_DIFFERENCE: ((CT_VIEW, RECONSTRUCTION_VIEW), (OVERLAY_VIEW, DIFFERENCE_VIEW)),
}


def register_layouts(layout_node: Any) -> None:
    """Make our layouts known to a layout node, under :data:`COMPARE` and :data:`COMPARE_DIFFERENCE`.

    A second call (a reloaded module) does no harm. It changes no view until one of them is set.
    """
    for layout, rows in _ROWS.items():
        if not layout_node.AddLayoutDescription(layout, _description(rows)):
            layout_node.SetLayoutDescription(layout, _description(rows))


def fill_layout(scene: Any, nodes: ReviewNodes, layout_id: int) -> None:
    """Show a result in the views of one of our layouts, which must be the one that is set.

    The views are linked, in the CT's own axial plane, at one zoom, and at the highlighted finding or else the middle
    of the CT. Raises :class:`InputError` for another layout, one whose views were not made yet, or a deleted CT.
    """
    names = [name for row in _ROWS.get(layout_id, ()) for name in row]
    views = [slice_node(scene, name) for name in names]
    if not names or None in views:
        raise InputError("The compare views are not shown: choose a compare layout first.")
    if nodes.ct is None:
        raise InputError("The scan of this result was deleted from the scene: load it again.")
    before = display_state(scene, nodes)
    heat = nodes.heatmap if before.heat_visible or not _any_view_shows(scene, nodes) else None
    shown = {
        CT_VIEW: (nodes.ct, None),
        RECONSTRUCTION_VIEW: (nodes.reconstruction, None),
        OVERLAY_VIEW: (nodes.ct, heat),
        DIFFERENCE_VIEW: (nodes.difference, None),
    }
    for name in names:
        composite = composite_of(scene, name)
        unfinished = composite.StartModify()
        # Slicer would otherwise put the next volume that is loaded into them all.
        composite.SetDoPropagateVolumeSelection(False)
        composite.SetForegroundOpacity(before.opacity if name == OVERLAY_VIEW else OVERLAY_OPACITY)
        composite.SetLinkedControl(True)
        composite.SetHotLinkedControl(True)
        composite.EndModify(unfinished)
        set_layers(composite, *shown[name])
    if CT_VIEW in names:
        views[names.index(CT_VIEW)].SetLayoutLabel(modality_code(facts_of(nodes).modality))
    _aim(views, nodes)
    if nodes.legend is not None:
        nodes.legend.Modified()


def _description(rows: tuple[tuple[str, ...], ...]) -> str:
    """The layout as XML, in the elements Slicer's layout manager reads."""
    lines = [_line(row) for row in rows]
    if len(lines) == 1:
        return lines[0]
    return f'<layout type="vertical">{"".join(f"<item>{line}</item>" for line in lines)}</layout>'


def _line(names: tuple[str, ...]) -> str:
    return f'<layout type="horizontal">{"".join(f"<item>{_view(name)}</item>" for name in names)}</layout>'


def _view(name: str) -> str:
    label, colour = _LOOK[name]
    values = {"orientation": "Axial", "viewlabel": label, "viewcolor": colour, "viewgroup": VIEW_GROUP}
    said = "".join(f'<property name="{key}" action="default">{value}</property>' for key, value in values.items())
    return f'<view class="vtkMRMLSliceNode" singletontag="{name}">{said}</view>'


def _any_view_shows(scene: Any, nodes: ReviewNodes) -> bool:
    """Whether any view stands for what the user chose; in a new scene none does yet."""
    return any(is_heat_view(composite, nodes) for composite in composites(scene))


def _aim(views: list[Any], nodes: ReviewNodes) -> None:
    """All views into the CT's axial plane, with one size of a pixel, at one place."""
    target = _target(nodes)
    for view in views:
        if view.HasSliceOrientationPreset("Axial"):
            view.SetOrientation("Axial")
        view.RotateToVolumePlane(nodes.ct)
    corners = _corners(nodes)
    across, down = (_extent(corners, views[0], axis) for axis in (0, 1))
    sizes = [view.GetDimensions()[:2] for view in views]
    pixel = max(max(across / max(width, 1), down / max(height, 1)) for width, height in sizes)
    for view, (width, height) in zip(views, sizes, strict=True):
        unfinished = view.StartModify()
        view.SetFieldOfView(pixel * max(width, 1), pixel * max(height, 1), view.GetFieldOfView()[2])
        view.SetXYZOrigin(0.0, 0.0, 0.0)
        view.JumpSliceByCentering(*corners.mean(axis=0).tolist())
        view.JumpSliceByOffsetting(*target)
        view.EndModify(unfinished)


def _target(nodes: ReviewNodes) -> tuple[float, float, float]:
    rank = highlighted(nodes)
    if rank is not None:
        try:
            return centre_ras(nodes, rank)
        except InputError:
            pass
    places = Places.of(nodes)
    return places.middle(len(places.stack.slices) // 2)


def _corners(nodes: ReviewNodes) -> np.ndarray:
    """(8, 3) world corners of the CT, voxel borders included."""
    places = Places.of(nodes)
    ends = np.array(places.volume.voxels.shape[::-1]) - 0.5
    ijk = np.array(np.meshgrid(*[(-0.5, end) for end in ends])).reshape(3, -1).T
    return np.array([places.world(point) for point in ijk])


def _extent(corners: np.ndarray, view: Any, axis: int) -> float:
    """Millimetres the corners span along a view's axis."""
    matrix = view.GetSliceToRAS()
    along = corners @ np.array([matrix.GetElement(row, axis) for row in range(3)])
    return float(np.ptp(along))
