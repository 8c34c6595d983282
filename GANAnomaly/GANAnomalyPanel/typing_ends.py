"""Return and Escape end typing: the keys belong to the findings again."""

from __future__ import annotations

from typing import Any

import qt

_FIELDS = ("QLineEdit", "QAbstractSpinBox")


class TypingEnds(qt.QObject):
    """Hands the focus to ``widget`` when Return, Enter or Escape is pressed in a field below ``root``.

    Escape ends typing as Return does: what was typed stays, so that no reader loses a comment by it.
    """

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root)
        self._widget = widget
        self._keys = (qt.Qt.Key_Return, qt.Qt.Key_Enter, qt.Qt.Key_Escape)
        self.watch(root)

    def watch(self, root: Any) -> None:
        """Look after the fields below a widget; those that are looked after already are so once."""
        # A list that can be typed into has the focus in place of its field.
        if any(root.inherits(kind) for kind in _FIELDS) or (root.inherits("QComboBox") and root.property("editable")):
            root.installEventFilter(self)
        for child in root.children():
            if child.inherits("QWidget"):
                self.watch(child)

    def eventFilter(self, _watched, event):
        # The field takes in what was typed when it loses the focus.
        if event.type() == qt.QEvent.KeyPress and event.key() in self._keys and self._widget.isEnabled():
            self._widget.setFocus()
            return True
        return False
