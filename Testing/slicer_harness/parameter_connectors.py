"""Which widget can show which parameter, and what the annotations do to it.

As in Slicer a widget is matched by its exact type, a pair without a match is a RuntimeError, a slider needs both ends,
and a range replaces whatever the .ui file said.
"""

from __future__ import annotations

import enum
import pathlib

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QTextEdit,
)

from slicer_harness import ctk_numbers, ctk_widgets, mrml_widgets
from slicer_harness.parameter_types import (
    Choice,
    Decimals,
    FloatRange,
    Maximum,
    Minimum,
    RangeBounds,
    SingleStep,
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


class CheckConnector(GuiConnector):
    signal = "toggled"

    def prepare(self, annotations) -> None:
        self._widget.setCheckable(True)

    def read(self) -> bool:
        return self._widget.isChecked()

    def write(self, value: bool) -> None:
        self._widget.setChecked(value)


class TickConnector(CheckConnector):
    signal = "stateChanged"

    def prepare(self, annotations) -> None:
        """A tick box can always be ticked."""


def _ends(annotations) -> tuple[float | None, float | None]:
    within = find(annotations, WithinRange)
    if within is not None:
        return within.minimum, within.maximum
    low, high = find(annotations, Minimum), find(annotations, Maximum)
    return (low.minimum if low else None), (high.maximum if high else None)


class IntegerConnector(GuiConnector):
    signal = "valueChanged"

    def prepare(self, annotations) -> None:
        step = find(annotations, SingleStep)
        if step is not None:
            self._widget.setSingleStep(int(step.value))
        low, high = _ends(annotations)
        if isinstance(self._widget, QSlider) and None in (low, high):
            raise RuntimeError("a QSlider needs an integer parameter with both ends")
        self._widget.setMinimum(_INTEGERS[0] if low is None else low)
        self._widget.setMaximum(_INTEGERS[1] if high is None else high)

    def read(self) -> int:
        return self._widget.value()

    def write(self, value: int) -> None:
        self._widget.setValue(value)


class NumberConnector(GuiConnector):
    signal = "valueChanged"

    def prepare(self, annotations) -> None:
        decimals, step = find(annotations, Decimals), find(annotations, SingleStep)
        if self._type is int:
            self._widget.setDecimals(0)
        elif decimals is not None:
            self._widget.setDecimals(decimals.value)
        if step is not None:
            self._widget.setSingleStep(step.value)
        low, high = _ends(annotations)
        sliders = (ctk_numbers.ctkSliderWidget, mrml_widgets.qMRMLSliderWidget)
        if type(self._widget) in sliders and None in (low, high):
            raise RuntimeError("a ctkSliderWidget needs a parameter with both ends")
        self._widget.setMinimum(float("-inf") if low is None else low)
        self._widget.setMaximum(float("inf") if high is None else high)

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


class LabelConnector(LineConnector):
    signal = ""


class TextConnector(GuiConnector):
    signal = "textChanged"

    def read(self) -> str:
        return self._widget.toPlainText()

    def write(self, value: str) -> None:
        self._widget.setPlainText(value)


class RangeConnector(GuiConnector):
    signal = "valuesChanged"

    def prepare(self, annotations) -> None:
        bounds = find(annotations, RangeBounds)
        if bounds is None:
            raise RuntimeError("a range widget needs a parameter with the annotation RangeBounds")
        decimals = find(annotations, Decimals)
        if decimals is not None:
            self._widget.setDecimals(decimals.value)
        self._widget.setRange(bounds.minimum, bounds.maximum)

    def read(self) -> FloatRange:
        return FloatRange(self._widget.minimumValue, self._widget.maximumValue)

    def write(self, value: FloatRange) -> None:
        self._widget.setValues(value.minimum, value.maximum)


class PathConnector(GuiConnector):
    signal = "currentPathChanged"

    def read(self):
        return self._type(self._widget.currentPath)

    def write(self, value) -> None:
        self._widget.setCurrentPath(str(value))


class FolderConnector(GuiConnector):
    signal = "directoryChanged"

    def read(self):
        return self._type(self._widget.directory)

    def write(self, value) -> None:
        self._widget.setDirectory(str(value))


class ColorConnector(GuiConnector):
    signal = "colorChanged"

    def read(self):
        return self._widget.color

    def write(self, value) -> None:
        self._widget.setColor(value)


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


_NUMBERS = (QDoubleSpinBox, ctk_numbers.ctkSliderWidget, mrml_widgets.qMRMLSliderWidget)
_NUMBERS += (ctk_numbers.ctkDoubleSpinBox, mrml_widgets.qMRMLSpinBox)
_LISTS = (QComboBox, ctk_widgets.ctkComboBox)


def _connector(widget, datatype) -> type[GuiConnector] | None:
    kind, value = type(widget), bare(datatype)
    is_path = isinstance(value, type) and issubclass(value, pathlib.PurePath)
    pairs = (
        (value is bool and kind in (QCheckBox, ctk_widgets.ctkCheckBox), TickConnector),
        (value is bool and kind is QPushButton, CheckConnector),
        (value is int and kind in (QSlider, QSpinBox), IntegerConnector),
        (value in (int, float) and kind in _NUMBERS, NumberConnector),
        (value in (int, float, str, bool) and kind in _LISTS, ListConnector),
        (isinstance(value, type) and issubclass(value, enum.Enum) and kind in _LISTS, EnumConnector),
        (value is str and kind is QLineEdit, LineConnector),
        (value is str and kind is QLabel, LabelConnector),
        (value is str and kind is QTextEdit, TextConnector),
        (value is FloatRange and kind in (ctk_numbers.ctkRangeWidget, mrml_widgets.qMRMLRangeWidget), RangeConnector),
        (is_path and kind is ctk_widgets.ctkPathLineEdit, PathConnector),
        (is_path and kind is ctk_widgets.ctkDirectoryButton, FolderConnector),
        (kind is mrml_widgets.qMRMLNodeComboBox and bool(node_types(datatype)), NodeConnector),
        (kind is ctk_widgets.ctkColorPickerButton, ColorConnector),
    )
    return next((connector for fits, connector in pairs if fits), None)


def createGuiConnector(widget, datatype) -> GuiConnector:
    """RuntimeError when Slicer, too, would have none for this widget and type."""
    connector = _connector(widget, datatype)
    if connector is None:
        raise RuntimeError(f"Unable to create GUI connector from datatype '{datatype}' to widget '{type(widget)}'")
    return connector(widget, datatype)
