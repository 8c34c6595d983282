"""Which widget asks for which field of a request: what the panel calls it, and marking the one at fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from GANAnomalyPanel.parameters import Device, Metric, Mode, Region
from GANAnomalyPanel.word_colours import words

WIDGETS = {
    "input": "inputSelector",
    "mask": "maskSelector",
    "model": "modelCombo",
    "detector": "detectorCombo",
    "mode": "modeCombo",
    "metric": "metricCombo",
    "region": "regionCombo",
    "calibrate": "calibrateCheckBox",
    "no_calibration": "calibrateCheckBox",
    "allow_any": "allowAnyCheckBox",
    "hu_offset": "shiftedCheckBox",
    "findings_anyway": "findingsAnywayCheckBox",
    "window": "ownWindowCheckBox",
    "level": "ownWindowCheckBox",
    "slices": "someSlicesCheckBox",
    "patch_size": "patchSpin",
    "top": "topSpin",
    "steps": "stepsSpin",
    "device": "deviceCombo",
    "seed": "seedSpin",
}
_CHOICES: dict[str, Any] = {"mode": Mode, "metric": Metric, "region": Region, "device": Device}
_SETTING = "settings."
_AT_FAULT = "background-color: #f6d5d1; color: black;"
"""No border: with one, Qt draws the arrows of a spin box or a list no more as the rest of the window has them."""


class RequestFields:
    """``setting_widget(name)`` is the widget of one of the detector's own settings, None where there is none."""

    def __init__(self, ui: Any, setting_widget: Callable[[str], Any]) -> None:
        self._ui = ui
        self._setting_widget = setting_widget
        self._marked: list[tuple[Any, str]] = []

    def widget(self, field: str) -> Any:
        """The widget that asks for a field of the request; None where the panel does not ask for it."""
        if field.startswith(_SETTING):
            return self._setting_widget(field[len(_SETTING) :])
        return getattr(self._ui, WIDGETS[field]) if field in WIDGETS else None

    def name(self, field: str, value: str = "") -> str:
        """What a sentence of the engine calls an option here, as :func:`GANAnomalyLib.errors.in_words` asks for it."""
        widget = self.widget(field)
        if widget is None:
            return _("the setting '{name}'").format(name=f"{field} = {value}" if value else field)
        said = _title(widget)
        if value and field in _CHOICES:
            said = f"{said}: {_choice(_CHOICES[field], value)}"
        if widget.parentWidget() != self._ui.advancedSection:
            return f"'{said}'"
        return _("'{field}' under {section}").format(field=said, section=self._ui.advancedSection.text)

    def mark(self, field: str) -> None:
        """Colour the field at fault and bring it to the user's eyes; "" and what is not asked for here mark nothing."""
        self.clear()
        widget = self.widget(field)
        if widget is None:
            return
        if widget.parentWidget() == self._ui.advancedSection:
            self._ui.advancedSection.collapsed = False
        # What lies in a row of its own has no label that a form knows.
        for item in (widget, _label(widget)):
            if item is not None:
                self._marked.append((item, item.styleSheet))
                item.styleSheet = _AT_FAULT if item is widget else words(item, "wrong")
        widget.setFocus()

    def clear(self) -> None:
        """Mark nothing."""
        for item, style in self._marked:
            item.styleSheet = style
        self._marked = []


def _choice(kind: Any, value: str) -> str:
    try:
        return kind.label(kind(value))
    except ValueError:
        return value


def _label(widget: Any) -> Any:
    form = widget.parentWidget().layout()
    return form.labelForField(widget) if hasattr(form, "labelForField") else None


def _title(widget: Any) -> str:
    """The words beside a widget, or a check box's own."""
    label = _label(widget)
    return (label.text if label is not None else widget.text).rstrip(":")
