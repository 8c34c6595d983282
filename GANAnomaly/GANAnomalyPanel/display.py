"""How the result is shown: heatmap, threshold, colours, legend, the layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_errors import errors_told

_STEPS = 200


class Display:
    """Reads and writes the scene's display nodes; nothing is kept here that a saved scene would lack.

    ``tell(sentence, wrong)`` says what could not be done.
    """

    def __init__(self, ui: Any, tell: Callable[[str, bool], None]) -> None:
        self._ui = ui
        self._tell = tell
        self._nodes: Any = None
        self._updating = False
        self._fill_later = qt.QTimer()
        self._fill_later.setSingleShot(True)
        self._fill_later.setInterval(50)
        self._fill_later.connect("timeout()", self.refill)
        ui.heatCheckBox.connect("toggled(bool)", self._heat)
        ui.opacitySlider.connect("valueChanged(double)", self._opacity)
        ui.thresholdSlider.connect("valueChanged(double)", self._threshold)
        ui.topPercentSpin.connect("valueChanged(double)", self._top_percent)
        ui.normalCombo.connect("activated(int)", self._normal)
        ui.colorSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._colours)
        ui.legendCheckBox.connect("toggled(bool)", self._legend)
        for title, name in self._layouts():
            ui.layoutCombo.addItem(title, name)
        # Chosen again, a layout is filled again.
        ui.layoutCombo.connect("activated(int)", self._layout)

    def show(self, nodes: Any) -> None:
        """Show the state of a result's display, or nothing for None."""
        from GANAnomalyLib.scene import display

        self._nodes = nodes if nodes is not None and nodes.heatmap is not None else None
        if self._nodes is None:
            return
        ui = self._ui
        self._updating = True
        try:
            state = display.display_state(slicer.mrmlScene, self._nodes)
            low, high = display.score_limits(self._nodes)
            ui.thresholdSlider.minimum, ui.thresholdSlider.maximum = low, high
            ui.thresholdSlider.singleStep = (high - low) / _STEPS
            ui.thresholdSlider.value = state.threshold
            ui.topPercentSpin.value = display.top_percent(self._nodes, state.threshold)
            self._fill_normal(display.normal_thresholds(self._nodes))
            self._show_normal(state.threshold)
            ui.heatCheckBox.checked = state.heat_visible
            ui.opacitySlider.value = state.opacity
            ui.legendCheckBox.checked = state.legend_visible
            ui.legendCheckBox.enabled = self._nodes.legend is not None
            ui.colorSelector.setCurrentNode(state.colours)
        finally:
            self._updating = False

    def close(self) -> None:
        """Do nothing more."""
        self._fill_later.stop()
        self._nodes = None

    def toggle_heat(self) -> None:
        """Show the heatmap, or hide it."""
        if self._nodes is not None:
            self._ui.heatCheckBox.checked = not self._ui.heatCheckBox.checked

    @errors_told
    def _heat(self, on: bool) -> None:
        from GANAnomalyLib.scene import display

        if self._ready():
            display.set_heat_visible(slicer.mrmlScene, self._nodes, bool(on))

    @errors_told
    def _opacity(self, value: float) -> None:
        from GANAnomalyLib.scene import display

        if self._ready():
            display.set_opacity(slicer.mrmlScene, self._nodes, value)

    @errors_told
    def _threshold(self, score: float) -> None:
        from GANAnomalyLib.scene import display

        if self._ready():
            display.set_threshold(self._nodes, score)
            self._without_echo(self._ui.topPercentSpin, display.top_percent(self._nodes, score))
            self._show_normal(score)

    @errors_told
    def _top_percent(self, percent: float) -> None:
        from GANAnomalyLib.scene import display

        if self._ready():
            score = display.score_of_top_percent(self._nodes, percent)
            display.set_threshold(self._nodes, score)
            self._without_echo(self._ui.thresholdSlider, score)
            self._show_normal(score)

    @errors_told
    def _normal(self, row: int) -> None:
        from GANAnomalyLib.scene import display

        score = self._ui.normalCombo.itemData(row)
        if self._ready() and score is not None:
            display.set_threshold(self._nodes, score)
            self._without_echo(self._ui.thresholdSlider, score)
            self._without_echo(self._ui.topPercentSpin, display.top_percent(self._nodes, score))

    def _fill_normal(self, thresholds: list[tuple[float, float]]) -> None:
        """Offer what the model's card knows of normal pixels; without it, the field is not there."""
        combo = self._ui.normalCombo
        combo.clear()
        combo.addItem(_("(another share)"), None)
        for percent, score in thresholds:
            combo.addItem(_("{percent} %").format(percent=f"{percent:g}"), score)
        combo.visible = self._ui.normalLabel.visible = bool(thresholds)

    def _show_normal(self, score: float) -> None:
        """The share that belongs to a threshold, if it is one of those offered."""
        combo = self._ui.normalCombo
        held = [n for n in range(1, combo.count) if abs(combo.itemData(n) - score) <= 1e-6 * max(1.0, abs(score))]
        combo.currentIndex = held[0] if held else 0

    def _without_echo(self, widget: Any, value: float) -> None:
        self._updating = True
        widget.value = value
        self._updating = False

    @errors_told
    def _colours(self, node: Any) -> None:
        from GANAnomalyLib.scene import display

        if self._ready() and node is not None:
            display.set_colours(self._nodes, node)

    @errors_told
    def _legend(self, on: bool) -> None:
        from GANAnomalyLib.scene import display

        if self._ready():
            display.set_legend_visible(self._nodes, bool(on))

    def _layout(self, row: int) -> None:
        self.set_layout(self._ui.layoutCombo.itemData(row))

    @errors_told
    def set_layout(self, name: str) -> None:
        """Arrange the views: "four-up", "axial", "compare" or "difference"."""
        from GANAnomalyLib.scene import display, layouts

        manager = slicer.app.layoutManager()
        if manager is None:
            return
        node = manager.layoutLogic().GetLayoutNode()
        layouts.register_layouts(node)
        own = {"compare": layouts.COMPARE, "difference": layouts.COMPARE_DIFFERENCE}
        slicers = {
            "four-up": slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView,
            "axial": slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView,
        }
        manager.setLayout(own.get(name, slicers.get(name)))
        if self._nodes is None:
            return
        if name in own:
            layouts.fill_layout(slicer.mrmlScene, self._nodes, own[name])
            # Views get their size, and their sliders a range that pulls them to its end, only after this slot.
            self._fill_later.start()
        else:
            self._show_again(display)

    @errors_told
    def refill(self) -> None:
        """Show the result in the compared views, if those are the ones shown."""
        from GANAnomalyLib.scene import layouts

        manager = slicer.app.layoutManager()
        if self._ready() and manager.layout in (layouts.COMPARE, layouts.COMPARE_DIFFERENCE):
            layouts.fill_layout(slicer.mrmlScene, self._nodes, manager.layout)

    def _show_again(self, display: Any) -> None:
        """In Slicer's own views; the heatmap as visible as the panel says."""
        display.show(slicer.mrmlScene, self._nodes, self._ui.opacitySlider.value)
        if not self._ui.heatCheckBox.checked:
            display.set_heat_visible(slicer.mrmlScene, self._nodes, False)

    def _ready(self) -> bool:
        there = self._nodes is not None and bool(slicer.mrmlScene.IsNodePresent(self._nodes.heatmap))
        return there and not self._updating

    @staticmethod
    def _layouts() -> list[tuple[str, str]]:
        return [
            (_("Four views"), "four-up"),
            (_("Axial only"), "axial"),
            (_("CT | reconstruction | heatmap"), "compare"),
            (_("the same with the difference"), "difference"),
        ]
