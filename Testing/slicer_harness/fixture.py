"""The fixture ``slicer_app``: what a test of the panel uses. Import it in a conftest.py to have it."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Harness:
    """A running application with an empty scene. ``dialogs``, ``pip`` and ``errors`` are for looking at afterwards."""

    def __init__(self, app) -> None:
        import slicer

        from slicer_harness import pythonqt, qt_module
        from slicer_harness.dialogs import dialogs
        from slicer_harness.packages import pip

        self.app, self.slicer, self.dialogs, self.pip = app, slicer, dialogs, pip
        self.qt, self.ctk = sys.modules["qt"], sys.modules["ctk"]
        self._pythonqt, self.QUiLoader = pythonqt, qt_module.QUiLoader
        self.errors: list[str] = []
        self.expected: list[str] = []
        self._entered: list = []

    @property
    def scene(self):
        return self.slicer.mrmlScene

    def watch(self, folder: str | Path, prefix: str) -> None:
        """Make modules of this folder importable, as on PythonQt, without loading a Slicer module."""
        self._pythonqt.watch(Path(folder), prefix)
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))

    def load_module(self, path: str | Path, *, show: bool = True):
        """Load a module file, make its panel and enter it; gives (module, widget), the widget being the Python object.

        Packages and files beside it whose names begin with the module's are loaded on PythonQt too.
        """
        from slicer_harness import modules

        path = Path(path).resolve()
        self._pythonqt.watch(path.parent, path.stem)
        module = modules.load(path)
        self.app.startupCompleted.emit()
        if not show:
            return module, None
        window = module.widgetRepresentation()
        window.resize(460, 900)
        window.show()
        self._enter(module)
        return module, window.self()

    def _enter(self, module) -> None:
        module.widgetRepresentation().enter()
        self._entered.append(module)
        self.process()

    def leave(self, module) -> None:
        """As choosing another module."""
        module.widgetRepresentation().exit()
        self.process()

    enter = _enter

    def reload_module(self, name: str):
        """The developer's Reload button; gives the new widget object. Packages beside the file stay as they are."""
        self.slicer.util.reloadScriptedModule(name)
        self.process()
        return getattr(self.slicer.modules, f"{name}Widget")

    def add_volume(self, array, name: str = "CT", spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)):
        """A scalar volume of a NumPy array (slices, rows, columns), unrotated, with its first voxel at 0."""
        volume = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        self.slicer.util.updateVolumeFromArray(volume, array)
        volume.SetSpacing(*spacing)
        volume.CreateDefaultDisplayNodes()
        return volume

    def open_dicom_database(self):
        """slicer.dicomDatabase, empty, as Slicer with its DICOM module has it; gives it. Gone at the test's end."""
        from slicer_harness.dicom_database import ctkDICOMDatabase

        self.slicer.dicomDatabase = ctkDICOMDatabase()
        self.slicer.dicomDatabase.openDatabase(str(self.app.folder / "DICOM" / "ctkDICOM.sql"))
        return self.slicer.dicomDatabase

    def press(self, widget) -> None:
        """A click, refused as a user would find it: on a button that is hidden or greyed out."""
        assert widget.isVisibleTo(widget.window()), f"{widget.objectName()} is hidden"
        assert widget.isEnabled(), f"{widget.objectName()} is disabled"
        widget.click()
        self.process()

    def choose(self, combo, choice: int | str) -> None:
        """Pick a row by number or text, in a list of words or of nodes."""
        inner = combo.findChild(self.qt.QComboBox) if not isinstance(combo, self.qt.QComboBox) else combo
        row = inner.findText(choice) if isinstance(choice, str) else choice
        assert 0 <= row < inner.count(), f"no row {choice!r} among {[inner.itemText(i) for i in range(inner.count())]}"
        inner.setCurrentIndex(row)
        inner.activated.emit(row)
        self.process()

    def type_keys(self, widget, keys: str) -> None:
        """Text, or one key by its name such as "Return" or "Ctrl+S"."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest

        sequence = QKeySequence(keys)
        single = len(keys) > 1 and sequence.count() == 1 and sequence.toString().lower() == keys.lower()
        if single:
            QTest.keySequence(widget, sequence)
        else:
            QTest.keyClicks(widget, keys)
        self.process()

    def process(self, rounds: int = 3) -> None:
        """Let pending events happen."""
        for _ in range(rounds):
            self.app.processEvents()

    def wait_until(self, condition: Callable[[], object], rounds: int = 12_000) -> None:
        """Run the event loop until the condition holds; a failure after so many rounds of 10 ms, or at the first error.

        Rounds, not seconds: a slow machine only makes it take longer.
        """
        for _ in range(rounds):
            if condition():
                return
            self.process()
            self.check()
            time.sleep(0.01)
        raise AssertionError(f"still waiting after {rounds} rounds")

    def close_scene(self) -> None:
        """File > Close scene."""
        self.scene.Clear(False)
        self.process()

    def save_scene(self, path: str | Path) -> None:
        assert self.slicer.util.saveScene(str(path), {}), f"{path} was not saved"

    def load_scene(self, path: str | Path) -> None:
        """Close the scene and open the file, as a user does."""
        self.close_scene()
        self.app.coreIOManager().loadNodes("SceneFile", {"fileName": str(path), "clear": True})
        self.process()

    def screenshot(self, widget, path: str | Path) -> None:
        """A picture of a widget as it would be drawn."""
        self.process()
        assert widget.grab().save(str(path)), f"{path} was not written"

    def expect_error(self, text: str) -> None:
        """An exception that is meant to reach Slicer's console, by a part of its last line."""
        self.expected.append(text)

    def check(self) -> None:
        """Fail with the exceptions of slots and observers that nobody expected."""
        unexpected = [error for error in self.errors if not any(text in error for text in self.expected)]
        self.errors.clear()
        if unexpected:
            raise AssertionError("an exception in a slot or observer:\n" + "\n".join(unexpected))

    def quit(self) -> None:
        """As leaving the application: aboutToQuit, then the modules are unloaded."""
        self.app.aboutToQuit.emit()
        for name in list(self.app.moduleManager().modules):
            self.app.moduleManager().moduleAboutToBeUnloaded.emit(name)
            module = self.app.moduleManager().modules.pop(name)
            if module._widget is not None:
                module._widget.deleteLater()
        self.process()


@contextmanager
def harness() -> Iterator[Harness]:
    """The application for the length of a ``with``; unexpected exceptions of slots are raised at its end."""
    from slicer_harness import namespace

    pytest.importorskip("trame_slicer")
    from PySide6.QtCore import QEvent

    from slicer_harness import pythonqt, signals
    from slicer_harness.application import application
    from slicer_harness.dialogs import dialogs
    from slicer_harness.packages import pip

    app = application()
    app.begin()
    dialogs.reset()
    pip.reset()
    hook = sys.excepthook
    with namespace.Namespace(app):
        running = Harness(app)
        sys.excepthook = lambda *error: running.errors.append("".join(traceback.format_exception(*error)))
        try:
            yield running
            running.process()
            running.check()
            running.quit()
            running.check()
        finally:
            sys.excepthook = hook
            vars(running.slicer).pop("dicomDatabase", None)
            pythonqt.unwatch_all()
            signals.forget()
            # trame-slicer's objects hold each other by VTK's observers, which Python's collector does not see through:
            # the scene stays, and would with all its voxels.
            app.core.scene.Clear(False)
            # Windows that belong to a widget, such as a combo box's list, go with it.
            for widget in [w for w in app.topLevelWidgets() if w.parent() is None and w is not app.window]:
                widget.close()
                widget.deleteLater()
            app.processEvents()
            # Now: without a running event loop, what was deleted later would stay until the process ends, and all that
            # a panel's slots hold.
            app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            app.end()


@pytest.fixture
def slicer_app() -> Iterator[Harness]:
    """A :class:`Harness`; an exception in a slot fails the test."""
    pytest.importorskip("PySide6")
    with harness() as running:
        yield running
