"""Slicer's widgets that show a scene: nodes, colour tables, segments, numbers with units."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Property, QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from slicer_harness.mrml_nodes import qMRMLNodeComboBox, qMRMLSortFilterProxyModel, qMRMLWidget

__all__ = [
    "qMRMLColorTableComboBox",
    "qMRMLNodeComboBox",
    "qMRMLSegmentSelectorWidget",
    "qMRMLSortFilterProxyModel",
    "qMRMLWidget",
]


class qMRMLColorTableComboBox(qMRMLNodeComboBox):
    """The scene's colour tables."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._showHidden, self._addEnabled, self._removeEnabled = True, False, False
        self.setNodeTypes(["vtkMRMLColorTableNode", "vtkMRMLProceduralColorNode"])


class qMRMLSegmentSelectorWidget(qMRMLWidget):
    """A segmentation and one of its segments."""

    currentNodeChanged = Signal(object)
    currentNodeValid = Signal(bool)
    currentSegmentChanged = Signal(str)
    segmentSelectionChanged = Signal("QStringList")
    SIGNALS: ClassVar = {
        **qMRMLWidget.SIGNALS,
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeChanged(bool)": "currentNodeValid",
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._segmentation, self._tags, self._segment = None, [], ""
        self._nodes, self._segments, self._message = qMRMLNodeComboBox(self), QComboBox(self), QLabel(self)
        self._nodes.setNodeTypes(["vtkMRMLSegmentationNode"])
        self._nodes.addEnabled = self._nodes.removeEnabled = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._nodes, self._segments, self._message):
            column.addWidget(widget)
        self._nodes.currentNodeChanged.connect(self._on_node)
        self._nodes.currentNodeValid.connect(self.currentNodeValid)
        self._segments.currentIndexChanged.connect(self._on_segment)
        self._refresh()

    def _on_scene(self) -> None:
        self._nodes.setMRMLScene(self._scene)

    # In Slicer too, this flag is about both lists.
    def _set_none(self, enabled: bool) -> None:
        self._nodes.noneEnabled = enabled
        self._refresh()

    noneEnabled = Property(bool, lambda self: self._nodes.noneEnabled, _set_none)
    editEnabled = Property(bool, lambda s: s._nodes.editEnabled, lambda s, v: setattr(s._nodes, "editEnabled", v))
    horizontalLayout = Property(bool, lambda self: False, lambda self, value: None)
    segmentationNodeSelectorVisible = Property(
        bool, lambda s: not s._nodes.isHidden(), lambda s, shown: s._nodes.setVisible(shown)
    )

    def currentNode(self):
        return self._nodes.currentNode()

    def currentNodeID(self) -> str:
        return self._nodes.currentNodeID

    @Slot(object)
    def setCurrentNode(self, node) -> None:
        self._nodes.setCurrentNode(node)

    @Slot(str)
    def setCurrentNodeID(self, node_id: str) -> None:
        self._nodes.setCurrentNodeID(node_id)

    def currentSegmentID(self) -> str:
        return self._segment

    @Slot(str)
    def setCurrentSegmentID(self, segment_id: str) -> None:
        at = self._segments.findData(segment_id or "")
        if at >= 0:
            self._segments.setCurrentIndex(at)

    def _on_node(self, node) -> None:
        for tag in self._tags:
            self._segmentation.RemoveObserver(tag)
        self._segmentation = node.GetSegmentation() if node is not None else None
        self._tags = []
        if self._segmentation is not None:
            events = ("SegmentAdded", "SegmentRemoved", "SegmentModified")
            numbers = [getattr(self._segmentation, event) for event in events]
            self._tags = [self._segmentation.AddObserver(number, lambda *_: self._refresh()) for number in numbers]
        self._refresh()
        self.currentNodeChanged.emit(node)

    def _refresh(self) -> None:
        ids = list(self._segmentation.GetSegmentIDs()) if self._segmentation is not None else []
        with QSignalBlocker(self._segments):
            self._segments.clear()
            if ids and self.noneEnabled:
                self._segments.addItem("None", "")
            for segment_id in ids:
                self._segments.addItem(self._segmentation.GetSegment(segment_id).GetName(), segment_id)
            self._segments.setCurrentIndex(-1)
        self._segments.setVisible(bool(ids))
        self._message.setVisible(not ids)
        empty = "No node is selected" if self._segmentation is None else "No segments in segmentation"
        self._message.setText(empty)
        if ids and (self._segment in ids or (self.noneEnabled and not self._segment)):
            with QSignalBlocker(self._segments):
                self._segments.setCurrentIndex(self._segments.findData(self._segment))
        elif ids:
            self._segments.setCurrentIndex(1 if self.noneEnabled else 0)

    def _on_segment(self, row: int) -> None:
        if self._segmentation is not None:
            self._segment = self._segments.itemData(row) or ""
            self.currentSegmentChanged.emit(self._segment)
