"""Slice views brought to a place; how the reader has panned and zoomed them is left alone as far as it can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .places import Places, Point
from .result_nodes import ReviewNodes

_ACROSS = 0.7
"""Cosine of the steepest angle at which a view still counts as across the slices."""
_MARGIN = 0.1
"""How much of a view's width or height lies between its border and what it was moved for."""


def jump(scene: Any, ras: Point, centred: bool = True) -> None:
    """Bring every slice view to a world point; ``centred`` also moves it to the middle of the view."""
    for view in _views(scene):
        (view.JumpSliceByCentering if centred else view.JumpSliceByOffsetting)(*ras)


def jump_to_box(scene: Any, ras: Point, corners: np.ndarray) -> None:
    """Bring every slice view to a world point; zoom and pan stay where the box around it is seen whole.

    Parameters
    ----------
    corners: (N, 3) world points of the box. A view that does not show all of it is moved along its plane, just so far
        that the box lies a tenth of the view inside; of a box too large for the view only the point is looked at.
    """
    for view in _views(scene):
        unfinished = view.StartModify()
        view.JumpSliceByOffsetting(*ras)
        _bring_into_sight(view, ras, corners)
        view.EndModify(unfinished)


def jump_to_slice(scene: Any, nodes: ReviewNodes, slice: int) -> None:
    """Bring the views across the slice axis to a slice (patient order); the others stay where the reader has them."""
    places = Places.of(nodes)
    here = places.middle(slice)
    along = np.subtract(
        places.world(places.stack.stack_to_ijk(np.array([1.0, 0.0, 0.0]))),
        places.world(places.stack.stack_to_ijk(np.array([0.0, 0.0, 0.0]))),
    )
    along /= max(float(np.linalg.norm(along)), 1e-9)
    for view in _views(scene):
        normal = [view.GetSliceToRAS().GetElement(row, 2) for row in range(3)]
        if abs(float(np.dot(along, normal))) > _ACROSS:
            view.JumpSliceByOffsetting(*here)


def _views(scene: Any) -> Iterator[Any]:
    for n in range(scene.GetNumberOfNodesByClass("vtkMRMLSliceNode")):
        yield scene.GetNthNodeByClass(n, "vtkMRMLSliceNode")


def _bring_into_sight(view: Any, ras: Point, corners: np.ndarray) -> None:
    matrix = view.GetSliceToRAS()
    to_ras = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    points = np.vstack([np.asarray(ras, dtype=float), corners])
    in_view = (np.linalg.inv(to_ras) @ np.c_[points, np.ones(len(points))].T)[:2]
    origin = list(view.GetXYZOrigin())
    moves = [
        _move(float(places[0]), float(places[1:].min()), float(places[1:].max()), middle, size)
        for places, middle, size in zip(in_view, origin, view.GetFieldOfView()[:2], strict=False)
    ]
    if any(moves):
        view.SetXYZOrigin(origin[0] + moves[0], origin[1] + moves[1], origin[2])


def _move(point: float, first: float, last: float, middle: float, size: float) -> float:
    """How far a view of ``size`` mm around ``middle`` is to be moved along one of its axes; 0 where all is seen."""
    margin = _MARGIN * size
    if last - first > size - 2 * margin:
        first = last = point
    low, high = middle - size / 2, middle + size / 2
    if first < low:
        return first - margin - low
    return last + margin - high if last > high else 0.0
