"""The modules ``qt`` and ``ctk``: every Qt class under one flat name, as PythonQt gives them."""

from __future__ import annotations

import types
import xml.etree.ElementTree as xml

from PySide6 import QtCore, QtGui, QtNetwork, QtUiTools, QtWidgets

from slicer_harness import ctk_numbers, ctk_widgets, mrml_widgets

CTK_CLASSES = {
    name: value
    for module in (ctk_widgets, ctk_numbers)
    for name, value in vars(module).items()
    if name.startswith("ctk") and isinstance(value, type)
}
MRML_CLASSES = {name: value for name, value in vars(mrml_widgets).items() if name.startswith("qMRML")}


class QUiLoader(QtUiTools.QUiLoader):
    """Loads a .ui file with the harness's widgets in it; an unknown class fails instead of becoming a plain widget."""

    def createWidget(self, class_name: str, parent=None, name: str = ""):
        cls = CTK_CLASSES.get(class_name) or MRML_CLASSES.get(class_name)
        if cls is None:
            if class_name.startswith(("ctk", "qMRML", "qSlicer")):
                raise NotImplementedError(f"the harness has no {class_name}: add it, faithful to its header")
            return super().createWidget(class_name, parent, name)
        widget = cls(parent) if parent is not None else cls()
        widget.setObjectName(name)
        return widget

    def load(self, file, parent=None):
        tree = xml.fromstring(bytes(file.readAll().data()))
        scenes = self._take_scene_connections(tree)
        buffer = QtCore.QBuffer()
        buffer.setData(xml.tostring(tree))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        widget = super().load(buffer, parent)
        if widget is None:
            return None
        for sender, receiver in scenes:
            source = widget if widget.objectName() == sender else widget.findChild(QtCore.QObject, sender)
            target = widget.findChild(QtCore.QObject, receiver)
            source.mrmlSceneChanged.connect(target.setMRMLScene)
        return widget

    @staticmethod
    def _take_scene_connections(tree: xml.Element) -> list[tuple[str, str]]:
        """Those of type vtkMRMLScene*, which the stand-ins' signals do not have by that C++ name."""
        pairs = []
        for parent in tree.iter("connections"):
            for connection in list(parent):
                ends = {key: connection.findtext(key) or "" for key in ("sender", "signal", "receiver", "slot")}
                if (
                    ends["signal"] == "mrmlSceneChanged(vtkMRMLScene*)"
                    and ends["slot"] == "setMRMLScene(vtkMRMLScene*)"
                ):
                    pairs.append((ends["sender"], ends["receiver"]))
                    parent.remove(connection)
        return pairs


def make_qt() -> types.ModuleType:
    """``qt``: QtCore, QtGui, QtWidgets and QtNetwork without their borders."""
    module = types.ModuleType("qt")
    sources = (QtCore, QtGui, QtWidgets, QtNetwork)

    def find(name: str):
        for source in sources:
            if name in dir(source):
                return getattr(source, name)
        raise AttributeError(f"module 'qt' has no attribute '{name}'")

    module.__getattr__ = find
    module.QUiLoader = QUiLoader
    return module


def make_ctk() -> types.ModuleType:
    module = types.ModuleType("ctk")
    vars(module).update(CTK_CLASSES)
    return module
