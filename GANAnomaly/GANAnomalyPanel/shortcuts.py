"""Keys for going through the findings; they work while the module is shown and nothing is being typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import qt
import slicer


class Shortcuts:
    """Keys on the main window, off until :meth:`enable`."""

    def __init__(self, actions: Mapping[str, Callable[[], None]]) -> None:
        self._shortcuts = []
        window = slicer.util.mainWindow()
        if window is None:
            return
        for key, action in actions.items():
            shortcut = qt.QShortcut(window)
            shortcut.setKey(qt.QKeySequence(key))
            shortcut.setEnabled(False)
            shortcut.connect("activated()", action)
            self._shortcuts.append(shortcut)

    def enable(self, on: bool) -> None:
        """Turn the keys on, or off."""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(on)

    def remove(self) -> None:
        """Take the keys off the main window."""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []
