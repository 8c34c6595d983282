"""slicer.app.layoutManager(): real layout, view and slice nodes with real slice logics; nothing is drawn."""

from __future__ import annotations

import slicer
from PySide6.QtCore import Property, QObject, QSize, Signal
from PySide6.QtWidgets import QWidget


class SliceView(QObject):
    """Stands for the drawn view: it has a size, it counts the renderings asked for."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.renderings = 0

    def forceRender(self) -> None:
        self.renderings += 1

    scheduleRender = forceRender


class qMRMLSliceWidget(QWidget):
    """A slice view's node, composite node and logic."""

    def __init__(self, slice_node, logic) -> None:
        super().__init__()
        self._node, self._logic, self._view = slice_node, logic, SliceView(self)

    def mrmlSliceNode(self):
        return self._node

    def sliceLogic(self):
        return self._logic

    def mrmlSliceCompositeNode(self):
        return self._logic.GetSliceCompositeNode()

    def sliceView(self) -> SliceView:
        return self._view


class ViewWidget(QWidget):
    """A 3D, table or plot view: its node."""

    def __init__(self, node) -> None:
        super().__init__()
        self._node, self._view = node, SliceView(self)

    def mrmlViewNode(self):
        return self._node

    mrmlPlotViewNode = mrmlTableViewNode = mrmlViewNode

    def threeDView(self) -> SliceView:
        return self._view

    plotView = tableView = threeDView


class qMRMLLayoutManager(QObject):
    """Layouts as vtkMRMLLayoutLogic makes them from the layout node."""

    layoutChanged = Signal(int)

    def __init__(self, core, parent=None) -> None:
        super().__init__(parent)
        self._core, self._slices, self._others = core, {}, {}
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLApplicationLogic(core.app_logic)
        self._logic.SetMRMLScene(core.scene)
        node = self._logic.GetLayoutNode()
        node.AddObserver("ModifiedEvent", lambda *_: self._on_layout())
        self._shown = None
        self._view_nodes()

    def _on_layout(self) -> None:
        arrangement = self._logic.GetLayoutNode().GetViewArrangement()
        self._view_nodes()
        if arrangement != self._shown:
            self._shown = arrangement
            self.layoutChanged.emit(arrangement)

    def _view_nodes(self) -> list:
        """The nodes of the current layout's views; a slice view met for the first time gets its logic."""
        collection = self._logic.GetViewNodes()
        nodes = [collection.GetItemAsObject(i) for i in range(collection.GetNumberOfItems())] if collection else []
        for node in nodes:
            if node.IsA("vtkMRMLSliceNode") and node.GetID() not in self._slices:
                self._slices[node.GetID()] = qMRMLSliceWidget(node, self._slice_logic(node))
        return nodes

    def _slice_logic(self, node):
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLApplicationLogic(self._core.app_logic)
        logic.SetMRMLScene(self._core.scene)
        logic.SetSliceNode(node)
        self._core.app_logic.GetSliceLogics().AddItem(logic)
        size = QSize(400, 400)
        node.SetDimensions(size.width(), size.height(), 1)
        return logic

    def layoutLogic(self):
        return self._logic

    def setLayout(self, arrangement: int) -> None:
        self._logic.GetLayoutNode().SetViewArrangement(int(arrangement))

    layout = Property(int, lambda self: self._logic.GetLayoutNode().GetViewArrangement(), setLayout)

    def sliceViewNames(self) -> list[str]:
        return [node.GetLayoutName() for node in self._view_nodes() if node.IsA("vtkMRMLSliceNode")]

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        self._view_nodes()
        for widget in self._slices.values():
            if widget.mrmlSliceNode().GetLayoutName() == name:
                return widget
        return None

    def _widgets(self, class_name: str) -> list[ViewWidget]:
        nodes = [node for node in self._view_nodes() if node.IsA(class_name)]
        for node in nodes:
            self._others.setdefault(node.GetID(), ViewWidget(node))
        return [self._others[node.GetID()] for node in nodes]

    threeDViewCount = Property(int, lambda self: len(self._widgets("vtkMRMLViewNode")))
    tableViewCount = Property(int, lambda self: len(self._widgets("vtkMRMLTableViewNode")))
    plotViewCount = Property(int, lambda self: len(self._widgets("vtkMRMLPlotViewNode")))

    def threeDWidget(self, index: int) -> ViewWidget:
        return self._widgets("vtkMRMLViewNode")[index]

    def tableWidget(self, index: int) -> ViewWidget:
        return self._widgets("vtkMRMLTableViewNode")[index]

    def plotWidget(self, index: int) -> ViewWidget:
        return self._widgets("vtkMRMLPlotViewNode")[index]

    def mrmlSliceLogics(self):
        return self._core.app_logic.GetSliceLogics()

    def resetSliceViews(self) -> None:
        for widget in self._slices.values():
            widget.sliceLogic().FitSliceToAll()

    def resetThreeDViews(self) -> None:
        """There is no camera to move."""

    def pauseRender(self) -> None:
        """Nothing is drawn."""

    resumeRender = pauseRender
