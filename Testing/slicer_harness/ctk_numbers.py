"""CTK's widgets that hold a number or a range of numbers."""

from __future__ import annotations

import math

from PySide6.QtCore import Property, Qt, Signal, Slot
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSlider, QWidget

_SLIDER_STEPS = 1000
_LARGEST = 1e15


def _finite(value: float) -> float:
    """Qt's spin box shows no infinity; CTK's takes it as no limit."""
    return max(-_LARGEST, min(_LARGEST, value)) if math.isfinite(value) else math.copysign(_LARGEST, value)


def _through(name: str, type_: type = float) -> Property:
    """A property of the widget's spin box."""
    setter = f"set{name[0].upper()}{name[1:]}"
    return Property(
        type_,
        lambda self: getattr(self._spin, name)(),
        lambda self, value: getattr(self, setter)(value),
    )


class _Number(QWidget):
    """A number with a unit; limits and steps are those of the spin box inside."""

    valueChanged = Signal(float)
    decimalsChanged = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spin = QDoubleSpinBox(self)
        self._lay_out(QHBoxLayout(self))
        self.setFocusProxy(self._spin)
        self._spin.valueChanged.connect(self._on_spin)

    def _lay_out(self, row: QHBoxLayout) -> None:
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._spin)

    def _on_spin(self, value: float) -> None:
        self.valueChanged.emit(value)

    @Slot(float)
    def setValue(self, value: float) -> None:
        self._spin.setValue(value)

    def setMinimum(self, value: float) -> None:
        self._spin.setMinimum(_finite(value))

    def setMaximum(self, value: float) -> None:
        self._spin.setMaximum(_finite(value))

    def setRange(self, minimum: float, maximum: float) -> None:
        self.setMinimum(minimum)
        self.setMaximum(maximum)

    def setSingleStep(self, step: float) -> None:
        self._spin.setSingleStep(step)

    @Slot(int)
    def setDecimals(self, decimals: int) -> None:
        if decimals != self._spin.decimals():
            self._spin.setDecimals(decimals)
            self.decimalsChanged.emit(decimals)

    def setPrefix(self, text: str) -> None:
        self._spin.setPrefix(text)

    def setSuffix(self, text: str) -> None:
        self._spin.setSuffix(text)

    value = _through("value")
    minimum = _through("minimum")
    maximum = _through("maximum")
    singleStep = _through("singleStep")
    decimals = _through("decimals", int)
    prefix = _through("prefix", str)
    suffix = _through("suffix", str)


class ctkSliderWidget(_Number):
    """A slider beside a number."""

    valueIsChanging = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tracking, self._page_step, self._following = True, 10.0, False
        self._slider.valueChanged.connect(self._on_slider)
        self._spin.setRange(0.0, 99.0)
        self._place_slider()

    def _lay_out(self, row: QHBoxLayout) -> None:
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, _SLIDER_STEPS)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._slider)
        row.addWidget(self._spin)

    def _on_spin(self, value: float) -> None:
        self._place_slider()
        super()._on_spin(value)

    def _on_slider(self, position: int) -> None:
        if not self._following:
            span = self._spin.maximum() - self._spin.minimum()
            value = self._spin.minimum() + span * position / _SLIDER_STEPS
            self.valueIsChanging.emit(value)
            self._spin.setValue(value)

    def _place_slider(self) -> None:
        span = self._spin.maximum() - self._spin.minimum()
        self._following = True
        self._slider.setValue(round((self._spin.value() - self._spin.minimum()) / span * _SLIDER_STEPS) if span else 0)
        self._following = False

    def setMinimum(self, value: float) -> None:
        super().setMinimum(value)
        self._place_slider()

    def setMaximum(self, value: float) -> None:
        super().setMaximum(value)
        self._place_slider()

    def _set_page_step(self, step: float) -> None:
        self._page_step = step

    pageStep = Property(float, lambda self: self._page_step, _set_page_step)

    def _set_tracking(self, tracking: bool) -> None:
        self._tracking = tracking

    tracking = Property(bool, lambda self: self._tracking, _set_tracking)
    spinBoxVisible = Property(bool, lambda s: not s._spin.isHidden(), lambda s, shown: s._spin.setVisible(shown))
