"""The advanced section: which fields mean something for the detector that will be at work."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

ONLY_FOR = {
    "stylegan2": ("modeCombo", "metricCombo", "calibrateCheckBox", "patchSpin", "stepsSpin"),
    "picard": ("completionsSpin", "strideSpin", "spaceCombo", "effortCombo", "backgroundCheckBox"),
}
"""Fields that one detector alone reads; all others belong to every detector."""


class Advanced:
    """Fills the list of detectors and shows what belongs to the chosen one."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._parameters: Any = None
        self._kind = ""
        ui.detectorCombo.connect("currentIndexChanged(int)", self._chosen)
        ui.ownWindowCheckBox.connect("toggled(bool)", lambda _on: self._enable())
        ui.someSlicesCheckBox.connect("toggled(bool)", lambda _on: self._enable())

    @property
    def detector(self) -> str:
        """The detector that will be at work: the chosen one, or the one of the model's kind."""
        chosen = self._parameters.detector if self._parameters is not None else "auto"
        return self._kind if chosen == "auto" else chosen

    def show(self, parameters: Any, kind: str) -> None:
        """Show a parameter node's detector; ``kind`` is that of the chosen model, "" where none is known."""
        self._parameters, self._kind = parameters, kind
        self._fill()
        self._enable()
        self._show_fields()

    def _fill(self) -> None:
        from GANAnomalyLib.detectors.names import detector_names

        combo, names = self._ui.detectorCombo, ["auto", *detector_names()]
        wanted = self._parameters.detector
        if combo.count != len(names):
            combo.clear()
            for name in names:
                combo.addItem(_("the model's") if name == "auto" else name, name)
            # Filling the list chose its first entry.
            self._parameters.detector = wanted
        if wanted in names:
            combo.currentIndex = names.index(wanted)

    def _chosen(self, row: int) -> None:
        if self._parameters is not None and row >= 0:
            self._parameters.detector = self._ui.detectorCombo.itemData(row)
            self._show_fields()

    def _show_fields(self) -> None:
        form = self._ui.detectorCombo.parentWidget().layout()
        for detector, names in ONLY_FOR.items():
            shown = self.detector in (detector, "")
            for name in names:
                field = getattr(self._ui, name)
                label = form.labelForField(field)
                # A field of a collapsed section is not visible whatever it was told: it cannot be asked.
                for widget in (field, label) if label is not None else (field,):
                    widget.visible = shown

    def _enable(self) -> None:
        ui = self._ui
        ui.windowSpin.enabled = ui.levelSpin.enabled = ui.ownWindowCheckBox.checked
        ui.firstSliceSpin.enabled = ui.lastSliceSpin.enabled = ui.someSlicesCheckBox.checked
