"""A result on its way from its folder into the scene and on to the screen, the window being free all the time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.keeping import switched_on, with_own_decisions
from GANAnomalyPanel.requests import Prepared, loader, show_steps
from GANAnomalyPanel.sight import bring_into_sight
from GANAnomalyPanel.who_reads import reader

_ROUNDS = 5
"""Sections that were opened have their places only after as many rounds of the event loop, a layout each."""


class Showing:
    """Read in a thread, put into the scene in small steps, then shown; ``panel`` is the Panel that it does so for."""

    def __init__(self, panel: Any) -> None:
        self._panel = panel

    def show_result(self, folder: str, prepared: Prepared, warnings: list[str]) -> None:
        """Show what an analysis wrote; ``warnings`` are told with it."""
        from GANAnomalyLib.errors import GANAnomalyError

        panel = self._panel

        def loaded(value: Any, error: Exception | None) -> None:
            if error is not None:
                self._end(error, warnings)
                return
            panel.tell(_("Showing the result ..."))
            steps = self.all_steps(show_steps(value, prepared))
            panel.runner.show(steps, lambda _nodes, problem: self._end(problem, warnings))

        panel.tell(_("Reading the result ..."))
        try:
            panel.runner.load(loader(folder, prepared), loaded)
        except GANAnomalyError as error:
            self._end(error, [])

    def open_result(self, folder: Path | str, ct: Any, own: Callable[[Any], Any] | None = None) -> None:
        """Show a result folder made elsewhere over a CT, before this returns. Raises what is wrong with it.

        ``own`` puts what the reader said into what was read (Opened), instead of what lies there and in the database.
        """
        from GANAnomalyLib.scene import open_result
        from GANAnomalyLib.scene.steps import run_through

        panel, runner, scene = self._panel, self._panel.runner, slicer.mrmlScene
        try:
            read = self._reader(Path(folder), ct, own)
            if runner.running:  # an analysis, which goes on
                run_through(self.all_steps(open_result.open_steps(scene, ct, read())))
            else:
                panel.tell(_("Reading the result ..."))
                opened = runner.wait_for(lambda on_end: runner.load(read, on_end))
                steps = self.all_steps(open_result.open_steps(scene, ct, opened))
                runner.wait_for(lambda on_end: runner.show(steps, on_end))
        except Exception:
            panel.tell("")
            panel.refresh()
            raise
        panel.refresh_buttons()
        panel.tell(_("The result in {folder} is shown.").format(folder=Path(folder).name))

    @staticmethod
    def _reader(folder: Path, ct: Any, own: Callable[[Any], Any] | None) -> Callable[[], Any]:
        from GANAnomalyLib.scene import open_result

        read = open_result.reader(folder, ct)
        if own is not None:
            return lambda: own(read())
        if not switched_on():
            return read
        who = reader()
        return lambda: with_own_decisions(read(), folder, who)

    def _end(self, error: Exception | None, warnings: list[str]) -> None:
        """A result is shown, or came to nothing and the scene is as it was."""
        from GANAnomalyLib.errors import Cancelled, GANAnomalyError

        panel = self._panel
        # First of all: whatever comes, the buttons work again.
        panel.idle()
        if error is None:
            panel.tell("\n".join([_("Done."), *warnings]))
            return
        panel.refresh()
        if isinstance(error, Cancelled):
            panel.tell(_("Cancelled: the result is kept; the next try shows it."))
        elif isinstance(error, GANAnomalyError):
            panel.tell_error(error)
        elif isinstance(error, MemoryError):
            panel.tell(_("Memory ran out while the result was read: close other volumes and try again."), wrong=True)
        else:
            raise error

    def all_steps(self, steps: Generator[None, None, Any]) -> Generator[None, None, Any]:
        """Steps that put a result into the scene, and after them those that show it."""
        # The nodes that the panel shows are about to be replaced.
        self._panel.findings.finish_comment()
        self._panel.display.show(None)
        nodes = yield from steps
        yield
        yield from self._show(nodes)
        return nodes

    def _show(self, nodes: Any) -> Generator[None, None, None]:
        """Over the CT in every view, with its first finding selected."""
        from GANAnomalyLib.scene import display

        panel = self._panel
        if nodes.ct is not None and panel.parameters.inputVolume is not nodes.ct:
            panel.parameters.inputVolume = nodes.ct
        panel.window.keep_for(nodes)
        yield from display.show_steps(slicer.mrmlScene, nodes)
        panel.ui.saveSection.collapsed = False
        yield
        panel.refresh()
        yield
        panel.display.refill()  # compared views hold the maps that were replaced
        panel.findings.open_first()
        for _round in range(_ROUNDS):
            yield
        bring_into_sight(panel.ui.findingsSection)
