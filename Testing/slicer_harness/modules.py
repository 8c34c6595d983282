"""A scripted module as the application holds it: loaded from its file, with one panel, entered and left."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import slicer
from PySide6.QtCore import Property
from PySide6.QtWidgets import QVBoxLayout

from slicer_harness.mrml_widgets import qMRMLWidget


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The window part of a panel; :meth:`self` is the Python object."""

    def __init__(self, module) -> None:
        super().__init__()
        self._module, self._python, self._entered = module, None, False
        self.setLayout(QVBoxLayout())
        self.setMRMLScene(slicer.mrmlScene)

    def enter(self) -> None:
        self._entered = True
        if hasattr(self._python, "enter"):
            self._python.enter()

    def exit(self) -> None:
        self._entered = False
        if hasattr(self._python, "exit"):
            self._python.exit()

    @Property(bool)
    def isEntered(self) -> bool:
        return self._entered

    def create(self) -> None:
        name = self._module.name
        cls = getattr(sys.modules[name], f"{name}Widget")
        self._python = cls(self)
        setattr(slicer.modules, f"{name}Widget", self._python)
        self._python.setup()

    reload = create

    def self(self):
        return self._python


class qSlicerScriptedLoadableModule:
    """What a module file calls ``parent``; its name, path, description and panel."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = str(path), path.stem
        self.title, self.helpText, self.acknowledgementText, self.icon = "", "", "", None
        self.categories, self.dependencies, self.contributors = [], [], []
        self.hidden, self.index = False, -1
        self._widget = None

    def widgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        if self._widget is None:
            self._widget = qSlicerScriptedLoadableModuleWidget(self)
            self._widget.create()
        return self._widget

    def createNewWidgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        widget = qSlicerScriptedLoadableModuleWidget(self)
        widget.create()
        return widget


class LogicModule:
    """A C++ module of which only the logic is here, such as slicer.modules.volumes."""

    def __init__(self, name: str, logic) -> None:
        self.name, self._logic = name, logic

    def logic(self):
        return self._logic


class Modules:
    """slicer.modules: attributes by lower-case name."""


def fill(namespace: Modules, core) -> None:
    """The logics that slicer-core has."""
    logics = {
        "volumes": core.volumes_logic,
        "segmentations": core.segmentations_logic,
        "subjecthierarchy": core.subject_hierarchy_logic,
        "terminologies": core.terminologies_logic,
        "colors": core.color_logic,
        "markups": core.markups_logic.logic if hasattr(core.markups_logic, "logic") else core.markups_logic,
    }
    for name, logic in logics.items():
        setattr(namespace, name, LogicModule(name, logic))


def load(path: Path) -> qSlicerScriptedLoadableModule:
    """Import a module file as Slicer does at start: its folder on the path, its description made."""
    folder, name = str(path.parent), path.stem
    if folder not in sys.path:
        sys.path.insert(0, folder)
    specification = importlib.util.spec_from_file_location(name, path)
    code = importlib.util.module_from_spec(specification)
    sys.modules[name] = code
    specification.loader.exec_module(code)
    module = qSlicerScriptedLoadableModule(path)
    getattr(code, name)(module)
    slicer.app.moduleManager().modules[name] = module
    setattr(slicer.modules, name.lower(), module)
    slicer.app.moduleManager().moduleLoaded.emit(name)
    return module
