"""Slicer's list of nodes, and the widget with a scene. The nodes in it are real ones."""

from __future__ import annotations

from typing import ClassVar

import vtk
from PySide6.QtCore import Property, QObject, QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QWidget

from slicer_harness.ctk_widgets import ctkComboBox

_ACTION = "action:"


def _flag(name: str, default: bool) -> Property:
    """A yes-or-no property after which the list is made anew."""

    def write(self, value: bool) -> None:
        setattr(self, f"_{name}", value)
        self._refresh()

    return Property(bool, lambda self: getattr(self, f"_{name}", default), write)


class qMRMLWidget(QWidget):
    """A widget with a scene, which it hands on through mrmlSceneChanged."""

    mrmlSceneChanged = Signal(object)
    SIGNALS: ClassVar = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def __init__(self, parent: QWidget | None = None, *flags) -> None:
        super().__init__(parent, *flags)
        self._scene = None

    def mrmlScene(self):
        return self._scene

    @Slot(object)
    def setMRMLScene(self, scene) -> None:
        if scene is not self._scene:
            self._scene = scene
            self._on_scene()
            self.mrmlSceneChanged.emit(scene)

    def _on_scene(self) -> None:
        """For widgets that do more with a scene."""


class qMRMLSortFilterProxyModel(QObject):
    """Of the filter behind a list of nodes: the nodes that are never, or always, in it."""

    def __init__(self, selector) -> None:
        super().__init__(selector)
        self._selector, self._ids = selector, {"hidden": [], "visible": []}

    def _set(self, which: str, ids) -> None:
        self._ids[which] = list(ids)
        self._selector._refresh()

    def setHiddenNodeIDs(self, ids) -> None:
        self._set("hidden", ids)

    def setVisibleNodeIDs(self, ids) -> None:
        self._set("visible", ids)

    hiddenNodeIDs = Property("QStringList", lambda self: list(self._ids["hidden"]), setHiddenNodeIDs)
    visibleNodeIDs = Property("QStringList", lambda self: list(self._ids["visible"]), setVisibleNodeIDs)


class qMRMLNodeComboBox(QWidget):
    """Lists the scene's nodes of some types and follows what comes, goes and is renamed."""

    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeActivated = Signal(object)
    nodeAdded = Signal(object)
    nodeAddedByUser = Signal(object)
    nodeAboutToBeRemoved = Signal(object)
    currentNodeValid = Signal(bool)
    currentNodeRenamed = Signal(str)
    SIGNALS: ClassVar = {
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeChanged(bool)": "currentNodeValid",
        "nodeActivated(vtkMRMLNode*)": "nodeActivated",
        "nodeAdded(vtkMRMLNode*)": "nodeAdded",
        "nodeAddedByUser(vtkMRMLNode*)": "nodeAddedByUser",
        "nodeAboutToBeRemoved(vtkMRMLNode*)": "nodeAboutToBeRemoved",
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene, self._tags, self._node_tags = None, [], []
        self._types: list[str] = []
        self._attributes: list[tuple[str, str, object]] = []
        self._none_display, self._base_name = "None", ""
        self._current = ""
        self._wanted = ""
        self._combo = ctkComboBox(self)
        self._proxy = qMRMLSortFilterProxyModel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo)
        self.setFocusProxy(self._combo)
        self._combo.currentIndexChanged.connect(self._on_index)
        self._combo.activated.connect(self._on_activated)
        self.setEnabled(False)

    noneEnabled = _flag("noneEnabled", False)
    addEnabled = _flag("addEnabled", True)
    removeEnabled = _flag("removeEnabled", True)
    editEnabled = _flag("editEnabled", False)
    renameEnabled = _flag("renameEnabled", False)
    showHidden = _flag("showHidden", False)
    showChildNodeTypes = _flag("showChildNodeTypes", True)
    selectNodeUponCreation = _flag("selectNodeUponCreation", True)

    def setNodeTypes(self, types) -> None:
        self._types = [types] if isinstance(types, str) else [t for t in types if t]
        self._refresh()

    nodeTypes = Property("QStringList", lambda self: self._types, setNodeTypes)

    def setNoneDisplay(self, text: str) -> None:
        self._none_display = text
        self._refresh()

    noneDisplay = Property(str, lambda self: self._none_display, setNoneDisplay)

    def setBaseName(self, name: str, node_type: str = "") -> None:
        self._base_name = name

    baseName = Property(str, lambda self: self._base_name, setBaseName)

    def mrmlScene(self):
        return self._scene

    @Slot(object)
    def setMRMLScene(self, scene) -> None:
        if scene is self._scene:
            return
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self._scene, self._tags = scene, []
        if scene is not None:
            events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndImportEvent, scene.EndCloseEvent)
            self._tags = [scene.AddObserver(event, self._on_scene_event) for event in events]
        self.setEnabled(scene is not None)
        wanted, self._wanted = self._wanted, ""
        self._refresh()
        if wanted:
            self.setCurrentNodeID(wanted)

    def _on_scene_event(self, caller, event) -> None:
        # As in Slicer: while a scene is read, IDs and references are not yet what they will be.
        if not (caller.IsImporting() or caller.IsClosing()):
            self._refresh()

    def _listed(self) -> list:
        if self._scene is None:
            return []
        nodes = [self._scene.GetNthNode(i) for i in range(self._scene.GetNumberOfNodes())]
        return [node for node in nodes if self._shows(node)]

    def sortFilterProxyModel(self) -> qMRMLSortFilterProxyModel:
        return self._proxy

    def _shows(self, node) -> bool:
        if node.GetID() in self._proxy.hiddenNodeIDs:
            return False
        if node.GetID() in self._proxy.visibleNodeIDs:
            return True
        if node.GetHideFromEditors() and not self.showHidden:
            return False
        exact = node.GetClassName() in self._types
        if not exact and not (self.showChildNodeTypes and any(node.IsA(t) for t in self._types)):
            return False
        for node_type, name, value in self._attributes:
            if node.IsA(node_type):
                has = node.GetAttribute(name)
                if has is None or (value is not None and has != str(value)):
                    return False
        return True

    def _refresh(self) -> None:
        nodes = self._listed()
        for node, tag in self._node_tags:
            node.RemoveObserver(tag)
        self._node_tags = [(n, n.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_renamed)) for n in nodes]
        row = max(self._combo.currentIndex(), 0)
        with QSignalBlocker(self._combo):
            self._combo.clear()
            self._combo.setPlaceholderText(f"Select a {self._label()}")
            if self.noneEnabled:
                self._combo.addItem(self._none_display, "")
            for node in nodes:
                self._combo.addItem(node.GetName(), node.GetID())
            self._add_actions()
            self._combo.setCurrentIndex(self._row_after_change(nodes, row))
        self._tell()

    def _row_after_change(self, nodes: list, row: int) -> int:
        """The same node if it is still there; else the one in its place; with no choice of none, the first at all."""
        at = self._combo.findData(self._current) if self._current else -1
        if at >= 0:
            return at
        first = 1 if self.noneEnabled else 0
        if self._current and nodes:
            return min(max(row, first), first + len(nodes) - 1)
        if self.noneEnabled:
            return 0
        return 0 if nodes else -1

    def _label(self) -> str:
        node = self._scene.CreateNodeByClass(self._types[0]) if self._scene and self._types else None
        if node is None:
            return "node"
        node.UnRegister(None)
        return node.GetTypeDisplayName() if hasattr(node, "GetTypeDisplayName") else node.GetNodeTagName()

    def _add_actions(self) -> None:
        actions = []
        if self.renameEnabled:
            actions.append(("rename", f"Rename current {self._label()}"))
        if self.editEnabled:
            actions.append(("edit", f"Edit current {self._label()}"))
        if self.addEnabled:
            actions.append(("add", f"Create new {self._label()}"))
        if self.removeEnabled:
            actions.append(("remove", f"Delete current {self._label()}"))
        if actions and self._scene is not None:
            self._combo.insertSeparator(self._combo.count())
            for key, text in actions:
                self._combo.addItem(text, _ACTION + key)

    def _on_renamed(self, node, event) -> None:
        at = self._combo.findData(node.GetID())
        if at >= 0 and self._combo.itemText(at) != node.GetName():
            self._combo.setItemText(at, node.GetName())
            if node.GetID() == self._current:
                self.currentNodeRenamed.emit(node.GetName())

    def _on_index(self, index: int) -> None:
        if not str(self._combo.itemData(index) or "").startswith(_ACTION):
            self._tell()

    def _on_activated(self, index: int) -> None:
        data = str(self._combo.itemData(index) or "")
        if not data.startswith(_ACTION):
            self.nodeActivated.emit(self.currentNode())
            return
        with QSignalBlocker(self._combo):
            self._combo.setCurrentIndex(self._combo.findData(self._current))
        {"add": self.addNode, "remove": self.removeCurrentNode, "rename": self.renameCurrentNode}.get(
            data.removeprefix(_ACTION), lambda: None
        )()

    def _tell(self) -> None:
        node = self.currentNode()
        current = node.GetID() if node is not None else ""
        if current != self._current:
            self._current = current
            self.currentNodeChanged.emit(node)
            self.currentNodeValid.emit(node is not None)
            self.currentNodeIDChanged.emit(current)

    def currentNode(self):
        data = self._combo.currentData()
        if self._scene is None or not data or str(data).startswith(_ACTION):
            return None
        return self._scene.GetNodeByID(data)

    def _get_current_id(self) -> str:
        node = self.currentNode()
        return node.GetID() if node is not None else ""

    def setCurrentNode(self, node) -> None:
        self.setCurrentNodeID(node if isinstance(node, str) else node.GetID() if node is not None else "")

    @Slot(str)
    def setCurrentNodeID(self, node_id: str | None) -> None:
        if self._scene is None:
            self._wanted = node_id or ""
            return
        at = self._combo.findData(node_id) if node_id else -1
        self._combo.setCurrentIndex(at if at >= 0 else (0 if self.noneEnabled else -1))

    currentNodeID = Property(str, _get_current_id, setCurrentNodeID)

    def nodeFromIndex(self, index: int):
        nodes = self._listed()
        return nodes[index] if 0 <= index < len(nodes) else None

    def addNode(self, node_type: str = ""):
        node = self._scene.AddNewNodeByClass(node_type or self._types[0], self._base_name)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    @Slot()
    def removeCurrentNode(self) -> None:
        node = self.currentNode()
        if node is not None:
            self.nodeAboutToBeRemoved.emit(node)
            self._scene.RemoveNode(node)

    @Slot()
    def renameCurrentNode(self) -> None:
        node = self.currentNode()
        name = QInputDialog.getText(self, "Rename", "New name:") if node is not None else ""
        if name:
            node.SetName(name)
