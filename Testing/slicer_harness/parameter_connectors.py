"""Which widget can show which parameter, and what the annotations do to it.

As in Slicer a widget is matched by its exact type, a pair without a match is a RuntimeError, a slider needs both ends,
and a range replaces whatever the .ui file said.
"""

from __future__ import annotations

import enum

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSpinBox,
)

from slicer_harness import ctk_numbers, mrml_widgets
from slicer_harness.parameter_types import (
    Choice,
    WithinRange,
    bare,
    find,
    node_types,
    split,
)

_INTEGERS = (-(2**31), 2**31 - 1)


class GuiConnector:
    """A widget seen as a holder of one value. ``signal`` is the widget's signal that says it changed."""

    signal = ""

    def __init__(self, widget, datatype) -> None:
        self._widget, self._type, self._callback = widget, bare(datatype), None
        self.prepare(split(datatype)[1])

    def prepare(self, annotations) -> None:
        """Set ranges and lists; for most there is nothing to do."""

    def widget(self):
        return self._widget

    def changed(self, *arguments) -> None:
        if self._callback:
            self._callback()

    def onChanged(self, callback) -> None:
        if self.signal and callback is not None and self._callback is None:
            getattr(self._widget, self.signal).connect(self.changed)
        elif self.signal and callback is None and self._callback is not None:
            getattr(self._widget, self.signal).disconnect(self.changed)
        self._callback = callback

    def read(self):
        raise NotImplementedError

    def write(self, value) -> None:
        raise NotImplementedError


class TickConnector(GuiConnector):
    signal = "stateChanged"

    def read(self) -> bool:
        return self._widget.isChecked()

    def write(self, value: bool) -> None:
        self._widget.setChecked(value)


class IntegerConnector(GuiConnector):
    signal = "valueChanged"

    def prepare(self, annotations) -> None:
        within = find(annotations, WithinRange) or WithinRange(*_INTEGERS)
        self._widget.setRange(within.minimum, within.maximum)

    def read(self) -> int:
        return self._widget.value()

    def write(self, value: int) -> None:
        self._widget.setValue(value)


class NumberConnector(GuiConnector):
    signal = "valueChanged"

    def prepare(self, annotations) -> None:
        if self._type is int:
            self._widget.setDecimals(0)
        within = find(annotations, WithinRange)
        if within is None and isinstance(self._widget, ctk_numbers.ctkSliderWidget):
            raise RuntimeError("a ctkSliderWidget needs a parameter with both ends")
        within = within or WithinRange(float("-inf"), float("inf"))
        self._widget.setRange(within.minimum, within.maximum)

    def read(self):
        value = self._widget.value
        return self._type(value() if callable(value) else value)

    def write(self, value) -> None:
        self._widget.setValue(value)


class ListConnector(GuiConnector):
    signal = "currentIndexChanged"

    def prepare(self, annotations) -> None:
        choice = find(annotations, Choice)
        if choice is None:
            raise RuntimeError("a combo box needs a parameter with the annotation Choice")
        self._fill([(str(value), value) for value in choice.choices])

    def _fill(self, entries: list[tuple[str, object]]) -> None:
        self._entries = entries
        self._widget.clear()
        for label, _ in entries:
            self._widget.addItem(label)

    def read(self):
        return self._entries[self._widget.currentIndex()][1]

    def write(self, value) -> None:
        values = [entry for _, entry in self._entries]
        if value not in values:
            raise ValueError(f"{value} is none of {values}")
        self._widget.setCurrentIndex(values.index(value))


class EnumConnector(ListConnector):
    def prepare(self, annotations) -> None:
        label = getattr(self._type, "label", lambda member: member.name)
        self._fill([(label(member), member) for member in self._type])


class LineConnector(GuiConnector):
    signal = "textChanged"

    def read(self) -> str:
        return self._widget.text()

    def write(self, value: str) -> None:
        if value != self._widget.text():
            self._widget.setText(value)


class NodeConnector(GuiConnector):
    """Sets the list's node types from the parameter's type, whatever the .ui file said."""

    signal = "currentNodeChanged"

    def __init__(self, widget, datatype) -> None:
        super().__init__(widget, datatype)
        widget.setNodeTypes([cls().GetClassName() for cls in node_types(datatype)])

    def read(self):
        return self._widget.currentNode()

    def write(self, value) -> None:
        self._widget.setCurrentNode(value)


_NUMBERS = (QDoubleSpinBox, ctk_numbers.ctkSliderWidget)


def _connector(widget, datatype) -> type[GuiConnector] | None:
    kind, value = type(widget), bare(datatype)
    pairs = (
        (value is bool and kind is QCheckBox, TickConnector),
        (value is int and kind is QSpinBox, IntegerConnector),
        (value in (int, float) and kind in _NUMBERS, NumberConnector),
        (value in (int, float, str, bool) and kind is QComboBox, ListConnector),
        (isinstance(value, type) and issubclass(value, enum.Enum) and kind is QComboBox, EnumConnector),
        (value is str and kind is QLineEdit, LineConnector),
        (kind is mrml_widgets.qMRMLNodeComboBox and bool(node_types(datatype)), NodeConnector),
    )
    return next((connector for fits, connector in pairs if fits), None)


def createGuiConnector(widget, datatype) -> GuiConnector:
    """RuntimeError when Slicer, too, would have none for this widget and type."""
    connector = _connector(widget, datatype)
    if connector is None:
        raise RuntimeError(f"Unable to create GUI connector from datatype '{datatype}' to widget '{type(widget)}'")
    return connector(widget, datatype)
