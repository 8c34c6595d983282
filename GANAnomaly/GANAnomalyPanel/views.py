"""Which slice the reader is looking at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
import vtk


class ViewWatcher:
    """Calls ``on_place((r, a, s))`` with the middle of an axial slice view whenever it moves."""

    def __init__(self, on_place: Callable[[Any], None]) -> None:
        self._on_place = on_place
        self._tags: list[tuple[Any, int]] = []
        self._places: dict[str, tuple[float, float, float]] = {}

    def watch(self) -> None:
        """Follow the slice views that the scene has now."""
        self.close()
        scene = slicer.mrmlScene
        for n in range(scene.GetNumberOfNodesByClass("vtkMRMLSliceNode")):
            node = scene.GetNthNodeByClass(n, "vtkMRMLSliceNode")
            self._tags.append((node, node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._moved)))

    def close(self) -> None:
        """Follow no view any more."""
        for node, tag in self._tags:
            node.RemoveObserver(tag)
        self._tags = []

    def _moved(self, node: Any, _event: str) -> None:
        matrix = node.GetSliceToRAS()
        # Only views across the body: the others do not show one slice.
        if abs(matrix.GetElement(2, 2)) < 0.7:
            return
        place = tuple(matrix.GetElement(row, 3) for row in range(3))
        if self._places.get(node.GetID()) != place:
            self._places[node.GetID()] = place
            self._on_place(place)
