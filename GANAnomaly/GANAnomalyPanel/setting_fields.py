"""Fields made from the declarations of a detector's settings: a spin box, a list or a line for each kind of value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_sentences import engine_text

_LOWEST, _HIGHEST = -1_000_000, 1_000_000
_DECIMALS = 4


class SettingFields:
    """Rows of a form for the settings of the detector at work; they come and go with it.

    ``on_change(values)`` is called with all that is chosen, by setting, whenever the user chose something;
    ``on_field(widget)`` with every field that is made.
    """

    def __init__(
        self,
        form: Any,
        first_row: int,
        on_change: Callable[[dict[str, Any]], None],
        on_field: Callable[[Any], None] = lambda widget: None,
    ) -> None:
        self._form, self._first_row, self._on_change, self._on_field = form, first_row, on_change, on_field
        self._specs: dict[str, Any] = {}
        self._fields: dict[str, Any] = {}
        self._filling = False

    def widget(self, name: str) -> Any:
        """The widget of a setting; None where there is none."""
        return self._fields[name].widget if name in self._fields else None

    def show(self, specs: dict[str, Any], values: dict[str, Any], mode: str, card: dict[str, Any]) -> None:
        """Show settings (:class:`GANAnomalyLib.option_fields.Option`, by name) and what is chosen of them; ``card`` is
        what the model's card recommends, by name too."""
        self._filling = True
        if specs != self._specs:
            self._rebuild(specs)
        for name, field in self._fields.items():
            field.recommend(card.get(name))
            field.set(values.get(name))
            shown = specs[name].mode in ("", mode)
            field.widget.visible = self._form.labelForField(field.widget).visible = shown
        self._filling = False

    def values(self) -> dict[str, Any]:
        """What is chosen, by setting; what is left to the model is not in it."""
        given = {name: field.get() for name, field in self._fields.items()}
        return {name: value for name, value in given.items() if value is not None}

    def _rebuild(self, specs: dict[str, Any]) -> None:
        for field in self._fields.values():
            self._form.removeRow(field.widget)
        self._specs, self._fields = dict(specs), {}
        for row, (name, spec) in enumerate(specs.items(), self._first_row):
            field = self._fields[name] = _field(spec, self._changed)
            field.widget.objectName = f"setting_{name}"
            field.widget.toolTip = _sentence(engine_text(spec.help))
            self._form.insertRow(row, f"{engine_text(spec.label)}:", field.widget)
            self._on_field(field.widget)

    def _changed(self, *_value: Any) -> None:
        if not self._filling:
            self._on_change(self.values())


def _field(spec: Any, changed: Callable[..., None]) -> Any:
    if spec.value_kind in ("number", "whole"):
        return _Number(spec, changed)
    return _Line(spec, changed) if spec.value_kind in ("path", "names") else _List(spec, changed)


class _Number:
    """A spin box whose lowest place, below all values that can be, means that nothing is chosen."""

    def __init__(self, spec: Any, changed: Callable[..., None]) -> None:
        whole = spec.value_kind == "whole"
        self.widget = qt.QSpinBox() if whole else qt.QDoubleSpinBox()
        step = 1 if whole else 10**-_DECIMALS
        if not whole:
            self.widget.decimals = _DECIMALS
            self.widget.singleStep = 0.1 if spec.high is None or spec.high > 1 else 0.01
        lowest = next((limit for limit in (spec.low, spec.above) if limit is not None), _LOWEST)
        # What a value must exceed is no value itself: its place is free.
        self.widget.minimum = lowest if spec.low is None and spec.above is not None else lowest - step
        self.widget.maximum = _HIGHEST if spec.high is None else spec.high
        self.recommend(None)
        self.widget.connect("valueChanged(int)" if whole else "valueChanged(double)", changed)

    def recommend(self, value: Any) -> None:
        """Say what leaving it to the model means."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        told = _("the model's ({value})").format(value=f"{value:g}") if number else _("the model's")
        self.widget.specialValueText = told

    def get(self) -> Any:
        return None if self.widget.value <= self.widget.minimum else self.widget.value

    def set(self, value: Any) -> None:
        self.widget.value = self.widget.minimum if value is None else value


class _List:
    """A list of what can be chosen, "the model's" first."""

    def __init__(self, spec: Any, changed: Callable[..., None]) -> None:
        self.widget = qt.QComboBox()
        self._values: list[Any] = [None]
        self.widget.addItem(_("the model's"))
        if spec.value_kind == "choice":
            for value in spec.choices:
                self._add(value, engine_text(spec.choice_labels.get(value, value)))
        else:
            self._add(True, _("yes"))
            self._add(False, _("no"))
        self.widget.connect("currentIndexChanged(int)", changed)

    def recommend(self, value: Any) -> None:
        """Its card's value has no words here."""

    def _add(self, value: Any, title: str) -> None:
        self._values.append(value)
        self.widget.addItem(title)

    def get(self) -> Any:
        return self._values[max(self.widget.currentIndex, 0)]

    def set(self, value: Any) -> None:
        if value not in self._values:
            # A share, which a list of yes and no has no word for.
            self._add(value, str(value))
        self.widget.currentIndex = self._values.index(value)


class _Line:
    """A line of text: a path, or names with commas between them."""

    def __init__(self, spec: Any, changed: Callable[..., None]) -> None:
        self.widget = qt.QLineEdit()
        self.widget.placeholderText = _("the model's")
        self._names = spec.value_kind == "names"
        # Not when typing ends: a click on a button does not end it on every system.
        self.widget.connect("textEdited(QString)", changed)

    def recommend(self, value: Any) -> None:
        """Its card's value has no words here."""

    def get(self) -> Any:
        text = self.widget.text.strip()
        if not self._names:
            return text or None
        return [name.strip() for name in text.split(",") if name.strip()] or None

    def set(self, value: Any) -> None:
        self.widget.text = ", ".join(value) if self._names and value else value or ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "." if text else ""
