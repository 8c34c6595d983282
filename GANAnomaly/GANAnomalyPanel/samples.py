"""The bundled CTs behind the button *Sample data*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

SAMPLES = {"plain": "GANAnomalyTorso", "anomalies": "GANAnomalyTorsoWithAnomalies"}
SOFT_TISSUE = (400, 40)
"""Window and level, HU, in which an abdomen is usually read."""


def sample_menu(button: Any, load: Callable[[str], None]) -> Any:
    """A menu on a button, each of whose entries calls ``load`` with the name of a sample; who has it keeps it."""
    menu = qt.QMenu(button)
    for key, title in (("plain", _("CT of an abdomen")), ("anomalies", _("The same with simulated anomalies"))):
        action = menu.addAction(title)
        action.connect("triggered(bool)", lambda _on=False, name=SAMPLES[key]: load(name))
    button.setMenu(menu)
    return menu


def load_sample(name: str, parameters: Any) -> None:
    """Load a bundled CT, and choose and show it; what fails is shown."""
    import SampleData

    with slicer.util.tryWithErrorDisplay(_("The sample data could not be loaded."), waitCursor=True):
        node = SampleData.SampleDataLogic().downloadSamples(name)[0]
        parameters.inputVolume = node
        node.GetDisplayNode().AutoWindowLevelOff()
        node.GetDisplayNode().SetWindowLevel(*SOFT_TISSUE)
        slicer.util.setSliceViewerLayers(background=node, fit=True)
