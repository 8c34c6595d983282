"""A result's findings in the 3-D view, on demand: boxes or the heat's surface, the body faint around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..results.colours import finding_colour
from .finding_review import box_ijk, highlighted, rows
from .places import Places
from .result_nodes import ReviewNodes, facts_of
from .roles import FINGERPRINT, RESULT, claim, mark, removal, subject_hierarchy
from .steps import Steps, run_through
from .surfaces import body_surface, box_surface, heat_surface
from .three_d_nodes import BODY, BOX, HEAT, RANK, models_of, paint
from .volume_nodes import array_of, matrix_of

OFF, BOXES, HEAT_SURFACE = "off", "boxes", "heat"
_BODY_COLOUR, _BODY_OPACITY = (0.85, 0.75, 0.65), 0.15
_HEAT_COLOUR, _HEAT_OPACITY = (0.95, 0.45, 0.15), 0.35


@dataclass
class Surfaces:
    """What :func:`preparing` made: which kind, and vtkPolyData of the body and the heat (None where not asked for)."""

    kind: str
    body: Any
    heat: Any


def shown_3d(nodes: ReviewNodes) -> str:
    """What of a result is in the 3-D view: :data:`OFF`, :data:`BOXES` or :data:`HEAT_SURFACE`."""
    if models_of(nodes, HEAT):
        return HEAT_SURFACE
    return BOXES if models_of(nodes, BOX) else OFF


def preparing(nodes: ReviewNodes, kind: str) -> Callable[[], Surfaces]:
    """A function that computes what :func:`show_3d` shows; it may run in another thread.

    Raises :class:`InputError` when the CT or the heatmap, of which it is made, was deleted.
    """
    if nodes.ct is None or nodes.ct.GetImageData() is None:
        raise InputError("The scan of this result was deleted from the scene: load it again.")
    modality = facts_of(nodes).modality
    body = None if models_of(nodes, BODY) else (array_of(nodes.ct), matrix_of(nodes.ct), modality)
    heat = None
    if kind == HEAT_SURFACE:
        if nodes.heatmap is None or nodes.heatmap.GetImageData() is None:
            raise InputError(
                "The heatmap was deleted from the scene: analyse the scan again, or open the saved result."
            )
        threshold = float(nodes.heatmap.GetDisplayNode().GetLowerThreshold())
        heat = array_of(nodes.heatmap), threshold, matrix_of(nodes.heatmap)
    return lambda: Surfaces(
        kind, None if body is None else body_surface(*body), None if heat is None else heat_surface(*heat)
    )


def show_3d(scene: Any, nodes: ReviewNodes, surfaces: Surfaces) -> None:
    """Show what was prepared, in place of what was shown before."""
    run_through(show_3d_steps(scene, nodes, surfaces))


def show_3d_steps(scene: Any, nodes: ReviewNodes, surfaces: Surfaces) -> Steps[None]:
    """What :func:`show_3d` does, a model a step: each of them has the view drawn. All are seen at the end."""
    yield from hide_3d_steps(scene, nodes, keep_body=surfaces.body is None)
    made = []
    if surfaces.body is not None:
        made.append(_add(scene, nodes, BODY, "GANAnomaly body", surfaces.body, _BODY_COLOUR, _BODY_OPACITY))
        yield
    if surfaces.kind == HEAT_SURFACE:
        made.append(_add(scene, nodes, HEAT, "GANAnomaly heat in 3-D", surfaces.heat, _HEAT_COLOUR, _HEAT_OPACITY))
        yield
    # Boxes in any case: of a surface alone nobody can tell which finding is the selected one.
    places = Places.of(nodes)
    for number, row in enumerate(rows(nodes)):
        corners = np.array([places.volume.ras(ijk) for ijk in box_ijk(nodes, row)])
        name = f"GANAnomaly finding {row.rank}"
        node = _add(scene, nodes, BOX, name, box_surface(corners), finding_colour(number), 1.0)
        node.SetAttribute(RANK, str(row.rank))
        made.append(node)
        yield
    hierarchy = subject_hierarchy(scene)
    for node in made:
        item = hierarchy.GetItemByDataNode(node)
        if nodes.folder:
            (hierarchy.SetItemParent(item, nodes.folder) if item else hierarchy.CreateItem(nodes.folder, node))
    paint(nodes, highlighted(nodes))
    for node in made:
        if scene.IsNodePresent(node):
            node.GetDisplayNode().SetVisibility(True)


def hide_3d(scene: Any, nodes: ReviewNodes) -> None:
    """Remove a result from the 3-D view, and from the scene what was made for it."""
    run_through(hide_3d_steps(scene, nodes))


def hide_3d_steps(scene: Any, nodes: ReviewNodes, keep_body: bool = False) -> Steps[None]:
    """What :func:`hide_3d` does, gone from the view at once and from the scene a model a step."""
    kinds = (BOX, HEAT) if keep_body else (BOX, HEAT, BODY)
    doomed = [node for kind in kinds for node in models_of(nodes, kind)]
    for node in doomed:
        if node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility(False)
    for _gone in removal(scene, doomed):
        yield


def _add(
    scene: Any, nodes: ReviewNodes, role: str, name: str, surface: Any, colour: tuple[float, ...], opacity: float
) -> Any:
    import slicer

    bearer = nodes.bearer()
    display = scene.AddNewNodeByClass("vtkMRMLModelDisplayNode")
    display.SetColor(*colour)
    display.SetOpacity(opacity)
    display.SetVisibility2D(False)
    display.SetVisibility(False)
    display.SetBackfaceCulling(False)
    node = slicer.vtkMRMLModelNode()
    node.SetName(name)
    node.SetAndObservePolyData(surface)
    node.SetAndObserveDisplayNodeID(display.GetID())
    mark(node, role, bearer.GetAttribute(FINGERPRINT) or "")
    scene.AddNode(node)
    claim([node], nodes.ct, bearer.GetAttribute(RESULT) or "")
    on_grid = nodes.ct if nodes.heatmap is None else nodes.heatmap
    node.SetAndObserveTransformNodeID(on_grid.GetTransformNodeID())
    return node
