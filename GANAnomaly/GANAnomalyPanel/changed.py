"""Says that the CT is not the one that was analysed any more, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.ct_watcher import CTWatcher
from GANAnomalyPanel.in_steps import InSteps
from GANAnomalyPanel.sight import bring_into_sight

_LAID_OUT_MS = 50


class ChangedNotice:
    """The box above the findings, and the watcher behind it.

    ``analyse()`` is called to analyse again; ``tell(sentence, wrong)`` says what could not be done; ``refresh()`` is
    called when the views show something else.
    """

    def __init__(
        self, ui: Any, analyse: Callable[[], None], tell: Callable[[str, bool], None], refresh: Callable[[], None]
    ) -> None:
        self._ui = ui
        self._tell = tell
        self._refresh = refresh
        self._nodes: Any = None
        self._making = InSteps()
        # The box has its place only once the panel was laid out anew.
        self._into_sight = qt.QTimer()
        self._into_sight.setSingleShot(True)
        self._into_sight.setInterval(_LAID_OUT_MS)
        self._into_sight.connect("timeout()", lambda: bring_into_sight(ui.changedBox))
        self.watcher = CTWatcher(refresh)
        ui.analyseAgainButton.connect("clicked(bool)", lambda _checked=False: analyse())
        ui.asItWasButton.connect("clicked(bool)", lambda _checked=False: self._other())

    def show(self, nodes: Any) -> Any:
        """Say how a result (ReviewNodes, or None) stands to its CT; gives what of it is on the screen.

        That is the result itself, the result over the CT as it was, or None where it is hidden. The watcher must have
        looked before.
        """
        from GANAnomalyLib.scene.as_analysed import as_analysed
        from GANAnomalyLib.scene.hiding import is_hidden
        from GANAnomalyLib.scene.windows import of_mr

        self._nodes = nodes
        past = as_analysed(nodes) if nodes is not None else None
        hidden, mr = nodes is not None and is_hidden(nodes), nodes is not None and of_mr(nodes)
        ui = self._ui
        if hidden and not ui.changedBox.isVisible():
            self._into_sight.start()
        ui.changedBox.visible = hidden or past is not None
        if past is not None:
            shown, button = _past(mr)
            ui.changedLabel.text, ui.asItWasButton.text = shown, button
        else:
            # Also where nothing is said: the box is not visible then.
            sentence = _changed(mr)
            ui.changedLabel.text = " ".join(part for part in (sentence, _why(self.watcher.state(nodes))) if part)
            ui.asItWasButton.text = _("Show the result as it was")
        return past or (None if hidden else nodes)

    def enable_analyse(self, on: bool) -> None:
        """Whether an analysis could start now."""
        self._ui.analyseAgainButton.enabled = on

    def close(self) -> None:
        """Watch nothing and do nothing more, until there is something to show."""
        self.watcher.close()
        self._into_sight.stop()
        self._making.stop()
        self._nodes = None

    def _other(self) -> None:
        from GANAnomalyLib.scene.as_analysed import leave, showing_as_analysed

        nodes = self._nodes
        if nodes is None or self._making.running:
            return
        if nodes.earlier_ct is not None:
            leave(slicer.mrmlScene, nodes, hidden=True)
            self._refresh()
            return
        # The button stays on: greyed, it would hand the focus on, and the panel scroll away to who has it then.
        self._making.start(showing_as_analysed(slicer.mrmlScene, nodes), self._made)

    def _made(self, _value: None, error: Exception | None) -> None:
        from GANAnomalyLib.errors import GANAnomalyError

        self._refresh()
        if isinstance(error, GANAnomalyError):
            self._tell(error.marked, True)
        elif error is not None:
            raise error


def _past(mr: bool) -> tuple[str, str]:
    """What is said, and what the button says, while the image is shown as it was."""
    if mr:
        said = _("Shown is the MR as it was analysed, tinted blue and in the model's window: not the MR as it is now.")
        return said, _("Show the MR as it is now")
    said = _("Shown is the CT as it was analysed, tinted blue and in the model's window: not the CT as it is now.")
    return said, _("Show the CT as it is now")


def _changed(mr: bool) -> str:
    if mr:
        return _("The MR has changed since the analysis: analyse it again, or show the result as it was.")
    return _("The CT has changed since the analysis: analyse it again, or show the result as it was.")


def _why(state: Any) -> str:
    from GANAnomalyLib.scene.belonging import Belonging

    return {
        Belonging.OTHER_VOXELS: _("(Its voxels are not those that were analysed.)"),
        Belonging.OTHER_GRID: _("(It has another size than the one that was analysed.)"),
        Belonging.BENT: _("(It lies under a transform that bends it.)"),
    }.get(state, "")
