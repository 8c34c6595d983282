"""The markups that a reader's own findings are in a scene: found again, and the selected one bright among them."""

from __future__ import annotations

from typing import Any

from .result_nodes import ReviewNodes
from .roles import ROLE, same_result

MARK_ROLE = "reader finding"
BOX_CLASS, POINT_CLASS = "vtkMRMLMarkupsROINode", "vtkMRMLMarkupsFiducialNode"
_BRIGHT, _FAINT = 1.0, 0.4


def marks_of(nodes: ReviewNodes) -> list[Any]:
    """The markups of a result in its scene, as they came into it; what lost its place is none any more."""
    every = [node for node in same_result(nodes.bearer()) if node.GetAttribute(ROLE) == MARK_ROLE]
    return [node for node in every if node.GetNumberOfControlPoints() > 0]


def paint_marks(nodes: ReviewNodes, rank: int | None) -> None:
    """Show one mark strongly, which is counted -1, -2, ..., and the others faintly; None shows all alike."""
    for number, node in enumerate(marks_of(nodes), 1):
        display = node.GetDisplayNode()
        if display is not None:
            opacity = _BRIGHT if rank in (None, -number) else _FAINT
            if display.GetOpacity() != opacity:
                display.SetOpacity(opacity)
