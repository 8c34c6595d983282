"""The advanced section: which fields mean something for the detector that will be at work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from GANAnomalyPanel import detector_settings
from GANAnomalyPanel.engine_sentences import engine_text
from GANAnomalyPanel.setting_fields import SettingFields

_FIRST_SETTING_ROW = 1
"""The detector's own settings stand below its name."""


class Advanced:
    """Fills the list of detectors and shows what belongs to the chosen one.

    ``on_field(widget)`` is called with every field that is made for a detector.
    """

    def __init__(self, ui: Any, on_field: Callable[[Any], None] = lambda widget: None) -> None:
        self._ui = ui
        self._parameters: Any = None
        self._model_kind, self._recommended = "", dict[str, Any]()
        self._names: list[str] = []
        self._shown: tuple[Any, ...] = ()
        self._setting = False
        self.settings = SettingFields(ui.detectorCombo.parentWidget().layout(), _FIRST_SETTING_ROW, self._set, on_field)
        ui.detectorCombo.connect("currentIndexChanged(int)", self._chosen)
        # Opening shows all that was there when it was closed, whatever was hidden meanwhile.
        ui.advancedSection.connect("contentsCollapsed(bool)", lambda closed: closed or self._opened())
        ui.ownWindowCheckBox.connect("toggled(bool)", lambda _on: self._enable())
        ui.someSlicesCheckBox.connect("toggled(bool)", lambda _on: self._enable())

    @property
    def kind(self) -> Any:
        """The kind of detector that will be at work, the chosen one or the one of the model's; None if not known."""
        from GANAnomalyLib.detectors.kinds import detector_kinds

        chosen = self._parameters.detector if self._parameters is not None else "auto"
        return detector_kinds().get(self._model_kind if chosen == "auto" else chosen)

    def show(self, parameters: Any, card: Any) -> None:
        """Show a parameter node's choices; ``card`` is the chosen model's, None where it has none."""
        self._parameters, self._model_kind = parameters, "" if card is None else card.kind
        self._recommended = {} if card is None else card.recommended
        self._fill()
        self._enable()
        self._show_fields()

    def update(self) -> None:
        """A parameter was changed: the mode, or the detector's settings, may be others now."""
        if self._parameters is not None and not self._setting and self._state() != self._shown:
            self._show_fields()

    def _opened(self) -> None:
        if self._parameters is not None:
            self._show_fields()

    def _state(self) -> tuple[Any, ...]:
        return self.kind, self._parameters.mode, self._parameters.detectorSettings

    def _fill(self) -> None:
        from GANAnomalyLib.detectors.kinds import detector_kinds

        combo, wanted = self._ui.detectorCombo, self._parameters.detector
        titles = {"auto": _("the model's")}
        titles.update({name: engine_text(kind.title) for name, kind in detector_kinds().items()})
        titles.setdefault(wanted, _("{name} (not installed)").format(name=wanted))
        if list(titles) != self._names:
            self._names = []  # filling the list chooses its first entry, which nobody did
            combo.clear()
            for title in titles.values():
                combo.addItem(title)
            self._names = list(titles)
        combo.currentIndex = self._names.index(wanted)

    def _chosen(self, row: int) -> None:
        if self._parameters is not None and 0 <= row < len(self._names):
            self._parameters.detector = self._names[row]
            self._show_fields()

    def _set(self, values: dict[str, Any]) -> None:
        if self._parameters is not None and self.kind is not None:
            # What is being typed must not be written over by what it amounts to.
            self._setting = True
            detector_settings.keep(self._parameters, self.kind, values)
            self._setting = False
            self._shown = self._state()

    def _show_fields(self) -> None:
        kind = self.kind
        self._shown = self._state()
        # Of a detector that is not known, everything may mean something.
        own_scores, published, searches = (
            (kind.own_scores, kind.published_mode, kind.searches) if kind is not None else (False, True, True)
        )
        self._show("modeCombo", published)
        self._show("stepsSpin", searches)
        for name in ("metricCombo", "calibrateCheckBox", "patchSpin"):
            self._show(name, not own_scores)
        specs = detector_settings.labelled(kind) if kind is not None else {}
        values = detector_settings.chosen(self._parameters, kind) if kind is not None else {}
        self.settings.show(specs, values, self._parameters.mode.value, self._recommended)

    def _show(self, name: str, shown: bool) -> None:
        # A field of a collapsed section is not visible whatever it was told: it cannot be asked.
        field = getattr(self._ui, name)
        label = field.parentWidget().layout().labelForField(field)
        for widget in (field, label) if label is not None else (field,):
            widget.visible = shown

    def _enable(self) -> None:
        ui = self._ui
        ui.windowSpin.enabled = ui.levelSpin.enabled = ui.ownWindowCheckBox.checked
        ui.firstSliceSpin.enabled = ui.lastSliceSpin.enabled = ui.someSlicesCheckBox.checked
