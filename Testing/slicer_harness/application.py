"""slicer.app: a real QApplication with what Slicer's application adds, over a scene that is new for every test."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import ClassVar

import shiboken6
from PySide6.QtCore import Property, QObject, QProcessEnvironment, QSettings, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from slicer_harness.files import CoreIOManager
from slicer_harness.layout import qMRMLLayoutManager

VERSION = (5, 12, 0)


class qSlicerModuleFactoryManager(QObject):
    def __init__(self, manager) -> None:
        super().__init__(manager)
        self._manager = manager

    def loadedModuleNames(self) -> list[str]:
        return list(self._manager.modules)


class qSlicerModuleManager(QObject):
    """The loaded modules by name."""

    moduleLoaded = Signal(str)
    moduleAboutToBeUnloaded = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.modules: dict = {}
        self._factory = qSlicerModuleFactoryManager(self)

    def factoryManager(self) -> qSlicerModuleFactoryManager:
        return self._factory

    def module(self, name: str):
        return self.modules.get(name)


class _CommandOptions:
    runPythonAndExit = False
    noMainWindow = False


class qSlicerApplication(QApplication):
    """One for the process; :meth:`begin` and :meth:`end` give a test its own scene, folders and settings."""

    startupCompleted = Signal()
    mrmlSceneChanged = Signal(object)
    SIGNALS: ClassVar = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def __init__(self) -> None:
        super().__init__(["Slicer"])
        self.setApplicationName("Slicer")
        self.setOrganizationName("GANAnomalyTests")
        self.setApplicationVersion(".".join(str(part) for part in VERSION))
        self.core = None
        self.exit_codes: list[int] = []
        self._options = _CommandOptions()

    def begin(self) -> None:
        """A new scene, home, temporary folder, settings, module manager and main window."""
        from trame_slicer.core import SlicerApp

        self.folder = Path(tempfile.mkdtemp(prefix="slicer-harness-"))
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(self.folder / "settings"))
        (self.folder / "tmp").mkdir()
        (self.folder / "cache").mkdir()
        self._make_home()
        self._settings, self._testing = QSettings(), False
        self.core = SlicerApp()
        self.core.scene.GetCacheManager().SetRemoteCacheDirectory(str(self.folder / "cache"))
        self.core.app_logic.SetTemporaryPath(str(self.folder / "tmp"))
        self._io = CoreIOManager(self.core)
        self._layout = qMRMLLayoutManager(self.core)
        self._modules = qSlicerModuleManager()
        self.exit_codes = []
        self.window = QMainWindow()
        self.window.setObjectName("qSlicerMainWindow")
        self.window.statusBar()

    def _make_home(self) -> None:
        """A home with bin/PythonSlicer, which is this Python."""
        self.home = self.folder / "Slicer"
        (self.home / "bin").mkdir(parents=True)
        if os.name == "posix":
            launcher = self.home / "bin" / "PythonSlicer"
            launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
            launcher.chmod(0o755)

    def end(self) -> None:
        shiboken6.delete(self.window)
        self._layout = self._io = self._modules = self.core = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def topLevelWidgets(self) -> list:
        """Qt's, with garbage collection held back: it could delete a window between listing and wrapping it."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            return QApplication.topLevelWidgets()
        finally:
            if collecting:
                gc.enable()

    def mrmlScene(self):
        return self.core.scene

    def applicationLogic(self):
        return self.core.app_logic

    def layoutManager(self) -> qMRMLLayoutManager:
        return self._layout

    def moduleManager(self) -> qSlicerModuleManager:
        return self._modules

    def coreIOManager(self) -> CoreIOManager:
        return self._io

    ioManager = coreIOManager

    def settings(self) -> QSettings:
        return self._settings

    userSettings = revisionUserSettings = settings

    def testingEnabled(self) -> bool:
        return self._testing

    def setTestingEnabled(self, enabled: bool) -> None:
        """The harness's own: what --testing is to Slicer."""
        self._testing = enabled

    def commandOptions(self) -> _CommandOptions:
        return self._options

    def startupEnvironment(self) -> QProcessEnvironment:
        return QProcessEnvironment.systemEnvironment()

    def translate(self, context: str, text: str) -> str:
        return QApplication.translate(context, text)

    def pauseRender(self) -> None:
        """Nothing is drawn."""

    resumeRender = pauseRender

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"{self.documentationBaseUrl}user_guide/modules/{name.lower()}.html"

    def exit(self, code: int = 0) -> None:
        """Recorded: the tests' process must go on."""
        self.exit_codes.append(code)

    def restart(self) -> None:
        self.exit_codes.append(-1)

    def _set_temporary_path(self, path: str) -> None:
        self.core.app_logic.SetTemporaryPath(path)

    temporaryPath = Property(str, lambda self: self.core.app_logic.GetTemporaryPath(), _set_temporary_path)
    slicerHome = Property(str, lambda self: str(self.home))
    cachePath = Property(str, lambda self: str(self.folder / "cache"))
    defaultScenePath = Property(str, lambda self: str(self.folder))
    documentationBaseUrl = Property(str, lambda self: "https://slicer.readthedocs.io/en/latest/")
    mainApplicationName = Property(str, lambda self: "Slicer")
    mainApplicationRevision = Property(str, lambda self: "0")
    mainApplicationMajorVersion = majorVersion = Property(int, lambda self: VERSION[0])
    mainApplicationMinorVersion = minorVersion = Property(int, lambda self: VERSION[1])
    os = Property(str, lambda self: {"linux": "linux", "darwin": "macosx", "win32": "win"}.get(sys.platform, "linux"))


def application() -> qSlicerApplication:
    """The process's one application."""
    existing = QApplication.instance()
    if existing is None:
        return qSlicerApplication()
    if not isinstance(existing, qSlicerApplication):
        raise RuntimeError("another QApplication was made before the harness's")
    return existing
