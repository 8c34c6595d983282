"""The window that the CT is read in: a list, keys, and the reader's choice kept for the next case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_errors import errors_told

WINDOW_KEYS = {"1": "soft tissue", "2": "lung", "3": "bone", "4": "brain", "5": "model", "0": ""}
"""Windows of :mod:`GANAnomalyLib.scene.windows` by key; "" is back to the one before."""
_MR_KEYS = {"1": "automatic", "5": "model", "0": ""}
_SETTINGS = {"CT": "GANAnomaly/Window", "MR": "GANAnomaly/WindowMR"}
"""What was chosen of a CT says nothing of an MR."""


class WindowMenu:
    """Shows and sets the window of a result's CT. The choice is the reader's, not the scene's: it goes into the
    application's settings, while a scene opens in the window that it was saved with.

    ``tell(sentence, wrong)`` says what could not be done.
    """

    def __init__(self, ui: Any, tell: Callable[[str, bool], None]) -> None:
        self._combo = ui.windowCombo
        self._tell = tell
        self._nodes: Any = None
        self._watched: tuple[Any, int] | None = None
        self._combo.connect("activated(int)", lambda row: self.choose(self._combo.itemData(row)))

    def show(self, nodes: Any) -> None:
        """Show the window of a result's CT, however it is changed; nothing for None."""
        from GANAnomalyLib.scene import windows

        self._unwatch()
        self._nodes = nodes if nodes is not None and nodes.ct is not None else None
        if self._nodes is None:
            return
        offered = windows.windows_of(self._nodes)
        self._combo.clear()
        for name in self._keys().values():
            if name in offered:
                window, level = offered[name]
                self._combo.addItem(f"{_called(name)} ({window:.4g} / {level:.4g})", name)
            elif name == windows.OWN:
                self._combo.addItem(_called(name), name)
        display = windows.ct_display(self._nodes)
        self._watched = display, display.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_event: self._show_current())
        self._show_current()

    def press(self, key: str) -> None:
        """Choose the window of a key; on an MR, one that it has no window for does nothing."""
        keys = self._keys()
        if key in keys:
            self.choose(keys[key])

    def _keys(self) -> dict[str, str]:
        from GANAnomalyLib.scene import windows

        return _MR_KEYS if self._nodes is not None and windows.of_mr(self._nodes) else WINDOW_KEYS

    @errors_told
    def choose(self, name: str) -> None:
        """Show the CT in a window, and later ones too; "" gives this one back what it had, and later ones theirs."""
        from GANAnomalyLib.scene import windows

        if self._nodes is not None:
            windows.use_window(self._nodes, name)
            slicer.app.userSettings().setValue(_SETTINGS["MR" if windows.of_mr(self._nodes) else "CT"], name)

    @errors_told
    def keep_for(self, nodes: Any) -> None:
        """Show the CT of a new result in the window that was chosen last, where its result offers it."""
        from GANAnomalyLib.scene import windows

        setting = _SETTINGS["MR" if windows.of_mr(nodes) else "CT"]
        name = str(slicer.app.userSettings().value(setting) or windows.OWN)
        if nodes.ct is not None and name in windows.windows_of(nodes):
            windows.use_window(nodes, name)

    def _show_current(self) -> None:
        from GANAnomalyLib.scene import windows

        if self._nodes is not None:
            row = self._combo.findData(windows.window_of(self._nodes))
            if row != self._combo.currentIndex:
                self._combo.currentIndex = row

    def _unwatch(self) -> None:
        if self._watched is not None:
            node, tag = self._watched
            node.RemoveObserver(tag)
            self._watched = None


def _called(name: str) -> str:
    return {
        "soft tissue": _("Soft tissue"),
        "lung": _("Lung"),
        "bone": _("Bone"),
        "brain": _("Brain"),
        "automatic": _("Automatic"),
        "model": _("The model's"),
    }.get(name, _("Its own, as before"))
