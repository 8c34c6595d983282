"""Where *Another window* begins: an MR counts in its own values, and a CT's usual window may show nothing of it."""

from __future__ import annotations

from typing import Any

from GANAnomalyPanel.parameters import USUAL_WINDOW


class OwnWindow:
    """Fills window and level when the box is ticked, unless the reader has set them."""

    def __init__(self, ui: Any) -> None:
        self._parameters: Any = None
        self._modality = ""
        self._begun = USUAL_WINDOW
        """What was filled in last: not the reader's."""
        ui.ownWindowCheckBox.connect("clicked(bool)", self._clicked)

    def show(self, parameters: Any, modality: str) -> None:
        """``parameters`` whose window it is, ``modality`` what the image is taken for, "MR" or "CT"."""
        self._parameters, self._modality = parameters, modality

    def _clicked(self, ticked: bool = False) -> None:
        parameters = self._parameters
        if not ticked or parameters is None:
            return
        if (parameters.window, parameters.level) in (USUAL_WINDOW, self._begun):
            self._begun = parameters.window, parameters.level = self._range() or USUAL_WINDOW

    def _range(self) -> tuple[float, float] | None:
        """The scan's own, of an MR, to four digits; None for a CT, and where there is nothing to see."""
        from GANAnomalyLib.scene.volume_nodes import array_of
        from GANAnomalyLib.volume.modality import modality_of

        node = self._parameters.inputVolume
        if node is None or node.GetImageData() is None:
            return None
        found = modality_of(self._modality).reading_window(array_of(node))
        if found is None:
            return None
        window, level = (float(f"{value:.4g}") for value in found)
        return max(window, 0.01), level
