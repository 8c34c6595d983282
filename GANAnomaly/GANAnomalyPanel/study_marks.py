"""The places that a reader marks on a case of a study, and how suspicious each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

_NAME = "Reader's marks"


def rate_on(field: Any, scale: Any) -> None:
    """Set a QDoubleSpinBox up for a scale (RatingScale); its least value is for "not rated yet"."""
    step = 1.0 if scale.whole else (scale.high - scale.low) / 20
    field.decimals = 0 if scale.whole else 2
    field.setRange(scale.low - step, scale.high)
    field.singleStep = step
    field.specialValueText = _("Rating?")
    field.value = scale.low - step


def rated(field: Any) -> float | None:
    """What a field of :func:`rate_on` says; None for nothing yet."""
    return None if field.value <= field.minimum else float(field.value)


class StudyMarks:
    """Points of one markups node over the scan, and the table that lists them with a rating each.

    ``changed()`` is called after whatever the reader did to them.
    """

    def __init__(self, ui: Any, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._table, self._button, self._remove = ui.studyMarksTable, ui.studyMarkButton, ui.studyRemoveMarkButton
        self._node: Any = None
        self._scale: Any = None
        self._tags: list[int] = []
        self._fields: dict[str, Any] = {}
        self._filling = False
        self._button.connect("clicked(bool)", lambda _checked=False: self.begin())
        self._remove.connect("clicked(bool)", lambda _checked=False: self._take_away())
        self._table.connect("cellClicked(int,int)", lambda row, _column: self._go_to(row))
        self._table.setHorizontalHeaderLabels([_("Place (R, A, S in mm)"), _("Rating")])
        self._table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        # A click that Slicer is still at work on is over then.
        self._later = qt.QTimer()
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.connect("timeout()", self._taken)

    def show(self, scale: Any, marks: Sequence[tuple[float, float, float, float | None]] = ()) -> None:
        """Begin a case, with the ``marks`` (R, A, S, rating) that it has already."""
        self.forget()
        self._scale = scale
        scene = slicer.mrmlScene
        node = self._node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", _NAME)
        node.CreateDefaultDisplayNodes()
        for r, a, s, _rating in marks:
            node.AddControlPointWorld([r, a, s])
        for event in (node.PointPositionDefinedEvent, node.PointRemovedEvent, node.PointEndInteractionEvent):
            self._tags.append(node.AddObserver(event, lambda *_event: self._later.start()))
        self._fill({node.GetNthControlPointID(n): mark[3] for n, mark in enumerate(marks)})

    def forget(self) -> None:
        """The case is left; its node goes with the scene."""
        self._later.stop()
        if self._node is not None:
            for tag in self._tags:
                self._node.RemoveObserver(tag)
        self._node, self._tags, self._fields = None, [], {}
        self._table.setRowCount(0)

    def begin(self) -> None:
        """Place a mark with the next click in a view."""
        if self._node is None:
            return
        scene, node = slicer.mrmlScene, self._node
        selection = scene.GetSingletonNode("Singleton", "vtkMRMLSelectionNode")
        interaction = scene.GetSingletonNode("Singleton", "vtkMRMLInteractionNode")
        selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
        selection.SetActivePlaceNodeID(node.GetID())
        interaction.SetPlaceModePersistence(0)
        interaction.SetCurrentInteractionMode(interaction.Place)

    def marks(self) -> list[tuple[float, float, float, float | None]]:
        """(R, A, S, rating), None for one without a rating yet."""
        return [(*self._place(n), rated(self._fields[name])) for n, name in self._points()]

    def _points(self) -> list[tuple[int, str]]:
        node = self._node
        if node is None:
            return []
        defined = [
            n for n in range(node.GetNumberOfControlPoints())
            if node.GetNthControlPointPositionStatus(n) == node.PositionDefined
        ]  # fmt: skip
        return [(n, node.GetNthControlPointID(n)) for n in defined]

    def _place(self, n: int) -> tuple[float, float, float]:
        place = [0.0] * 3
        self._node.GetNthControlPointPositionWorld(n, place)
        return place[0], place[1], place[2]

    def _taken(self) -> None:
        if self._node is not None:
            self._fill({name: rated(field) for name, field in self._fields.items()})
            self._changed()

    def _fill(self, ratings: dict[str, float | None]) -> None:
        self._filling = True
        points = self._points()
        self._fields = {}
        self._table.setRowCount(len(points))
        for row, (n, name) in enumerate(points):
            place = qt.QTableWidgetItem(", ".join(f"{value:.0f}" for value in self._place(n)))
            place.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
            self._table.setItem(row, 0, place)
            field = qt.QDoubleSpinBox()
            rate_on(field, self._scale)
            if ratings.get(name) is not None:
                field.value = ratings[name]
            field.connect("valueChanged(double)", lambda _value: None if self._filling else self._changed())
            self._table.setCellWidget(row, 1, field)
            self._fields[name] = field
        self._remove.enabled = bool(points)
        self._filling = False

    def _go_to(self, row: int) -> None:
        points = self._points()
        if row < len(points):
            slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *self._place(points[row][0]))

    def _take_away(self) -> None:
        """The chosen mark, else the last."""
        points, row = self._points(), self._table.currentRow()
        if points:
            self._node.RemoveNthControlPoint(points[row if 0 <= row < len(points) else -1][0])
