"""The bundled CTs, behind the button Sample data."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

SAMPLES = {"plain": "GANAnomalyTorso", "anomalies": "GANAnomalyTorsoWithAnomalies"}
SOFT_TISSUE = (400, 40)
"""Window and level, HU, in which an abdomen is usually read."""


class Samples:
    """The button's menu; ``panel`` is the Panel whose CT it chooses."""

    def __init__(self, panel: Any) -> None:
        self._panel = panel
        button = panel.ui.sampleDataButton
        self._menu = qt.QMenu(button)
        for key, title in (("plain", _("CT of an abdomen")), ("anomalies", _("The same with simulated anomalies"))):
            action = self._menu.addAction(title)
            action.connect("triggered(bool)", lambda _on=False, name=SAMPLES[key]: self.load(name))
        button.setMenu(self._menu)

    def load(self, name: str) -> None:
        """Load a bundled CT and choose it."""
        import SampleData

        with slicer.util.tryWithErrorDisplay(_("The sample data could not be loaded."), waitCursor=True):
            node = SampleData.SampleDataLogic().downloadSamples(name)[0]
            self._panel.parameters.inputVolume = node
            show_scan(node)
        self._panel.refresh()


def show_scan(node: Any) -> None:
    """Show a CT in all views, through a window for soft tissue."""
    node.GetDisplayNode().AutoWindowLevelOff()
    node.GetDisplayNode().SetWindowLevel(*SOFT_TISSUE)
    slicer.util.setSliceViewerLayers(background=node, fit=True)
