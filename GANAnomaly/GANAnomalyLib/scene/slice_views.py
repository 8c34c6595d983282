"""Slice views of a scene and what they show, ours for comparing told from the user's."""

from __future__ import annotations

from typing import Any

from .result_nodes import ReviewNodes

CT_VIEW, RECONSTRUCTION_VIEW = "GANAnomalyCT", "GANAnomalyReconstruction"
OVERLAY_VIEW, DIFFERENCE_VIEW = "GANAnomalyOverlay", "GANAnomalyDifference"
COMPARE_VIEWS = (CT_VIEW, RECONSTRUCTION_VIEW, OVERLAY_VIEW, DIFFERENCE_VIEW)


def composites(scene: Any) -> list[Any]:
    """The composite node of every slice view: which volumes it shows."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")
    return [scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode") for n in range(count)]


def composite_of(scene: Any, view_name: str) -> Any:
    """The composite node of a view, made where no slice logic has made it yet."""
    for composite in composites(scene):
        if composite.GetLayoutName() == view_name:
            return composite
    composite = scene.CreateNodeByClass("vtkMRMLSliceCompositeNode")
    composite.UnRegister(None)
    composite.SetLayoutName(view_name)
    return scene.AddNode(composite)


def set_layers(composite: Any, background: Any, foreground: Any) -> None:
    """Show two volume nodes (None for nothing), one over the other.

    A view that was opened after a colour legend came into the scene makes that legend only when its layers change as
    if by hand, that is with these flags set. No interaction is begun: that would put the volumes into linked views.
    """
    layers = composite.BackgroundVolumeFlag | composite.ForegroundVolumeFlag
    before = composite.GetInteractionFlags()
    composite.SetInteractionFlags(before | layers)
    unfinished = composite.StartModify()
    composite.SetBackgroundVolumeID(None if background is None else background.GetID())
    composite.SetForegroundVolumeID(None if foreground is None else foreground.GetID())
    composite.EndModify(unfinished)
    composite.SetInteractionFlags(before)


def slice_node(scene: Any, view_name: str) -> Any:
    """The slice node of a view; None where no layout has shown it yet."""
    return scene.GetSingletonNode(view_name, "vtkMRMLSliceNode")


def is_compare(composite: Any) -> bool:
    """Whether a view is one of our compare layouts'."""
    return composite.GetLayoutName() in COMPARE_VIEWS


def is_heat_view(composite: Any, nodes: ReviewNodes) -> bool:
    """Whether a view is one to show a result's heat in: its CT is there, and not just to be compared."""
    if is_compare(composite) and composite.GetLayoutName() != OVERLAY_VIEW:
        return False
    if nodes.ct is None:
        return nodes.heatmap is not None and composite.GetForegroundVolumeID() == nodes.heatmap.GetID()
    return bool(composite.GetBackgroundVolumeID() == nodes.ct.GetID())
