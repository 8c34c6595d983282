"""The findings in the 3-D view: nothing of it is computed before it is asked for, and not in the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_errors import errors_told
from GANAnomalyPanel.runner import Runner


class ThreeD:
    """A list of what the 3-D view shows; ``tell(sentence, wrong)`` says what could not be done."""

    def __init__(self, ui: Any, tell: Callable[[str, bool], None]) -> None:
        self._combo = ui.threeDCombo
        self._tell = tell
        self._nodes: Any = None
        self._runner = Runner()
        for title, kind in ((_("Nothing"), "off"), (_("Boxes"), "boxes"), (_("Heat and boxes"), "heat")):
            self._combo.addItem(title, kind)
        self._combo.connect("activated(int)", lambda row: self.choose(self._combo.itemData(row)))

    @property
    def running(self) -> bool:
        """Whether something is being computed."""
        return self._runner.running

    def show(self, nodes: Any) -> None:
        """Show what of a result (ReviewNodes) is in the 3-D view; nothing for None."""
        from GANAnomalyLib.scene import three_d

        if not self._same(nodes):
            self._runner.close()
        self._nodes = nodes
        if not self._runner.running:
            self._combo.currentIndex = self._combo.findData("off" if nodes is None else three_d.shown_3d(nodes))

    @errors_told
    def choose(self, kind: str) -> None:
        """Show "boxes" or "heat", with the body around them, or "off"."""
        from GANAnomalyLib.scene import three_d

        self._runner.close()
        nodes = self._nodes
        if nodes is None:
            return
        if kind == three_d.OFF:
            self._runner.show(three_d.hide_3d_steps(slicer.mrmlScene, nodes), self._shown)
        else:
            self._runner.load(three_d.preparing(nodes, kind), lambda value, error: self._made(nodes, value, error))

    def close(self) -> None:
        """Do nothing more."""
        self._runner.close()
        self._nodes = None

    @errors_told
    def _made(self, nodes: Any, surfaces: Any, error: Exception | None) -> None:
        from GANAnomalyLib.scene import three_d

        if not self._same(nodes):
            return
        if error is not None:
            self._shown(None, error)
        else:
            self._runner.show(three_d.show_3d_steps(slicer.mrmlScene, self._nodes, surfaces), self._shown)

    @errors_told
    def _shown(self, _value: None, error: Exception | None) -> None:
        self.show(self._nodes)
        if error is not None:
            raise error
        if self._combo.itemData(self._combo.currentIndex) != "off" and slicer.app.layoutManager() is not None:
            slicer.util.resetThreeDViews()

    def _same(self, nodes: Any) -> bool:
        if nodes is None or self._nodes is None:
            return nodes is self._nodes
        return nodes.findings_table is self._nodes.findings_table
