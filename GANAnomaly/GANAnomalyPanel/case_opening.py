"""A case of the worklist on its way to the screen: read in a thread, most often before it is asked for.

One case is read ahead at most. The case before leaves the scene when the next one is shown, or memory would fill up;
what its reader said of it is in the review database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyLib.running.memory import free_memory
from GANAnomalyLib.running.read_ahead import ReadAhead
from GANAnomalyPanel.keeping import with_own_decisions
from GANAnomalyPanel.samples import show_scan
from GANAnomalyPanel.who_reads import reader

_WAITING_MS, _WAITING_SHARE_S = 20, 0.05
_AHEAD_MS, _AHEAD_SHARE_S = 50, 0.01
"""Slicer's event loop holds Python's lock: a thread gets on only while a slot waits for it, and a reader who waits for
the case gives it more."""
_HELD_MS = 3000
_LEAST_BYTES = 1 << 30
"""With less memory than this left nothing is held."""


class CaseOpening:
    """Opens cases for ``panel``; ``shown(case)`` is called with each that is on the screen."""

    def __init__(self, panel: Any, shown: Callable[[Any], None]) -> None:
        self._panel, self._shown = panel, shown
        self._ahead = ReadAhead()
        self._target: Any = None
        self._key: Any = None
        self._showing = False
        self._ours: dict[str, int] = {}
        """Scans that we put into the scene: by their nodes' IDs, when their voxels were changed."""
        self.scans: dict[str, str] = {}
        """Scans that were opened to be analysed: paths by the nodes' IDs."""
        self._timer = qt.QTimer()
        self._timer.connect("timeout()", self._look)

    @property
    def busy(self) -> bool:
        """Whether a case is on its way to the screen."""
        return self._target is not None or self._showing

    def open(self, case: Any) -> None:
        """Show a case (WorklistCase) as soon as it is read; another one that is on its way is given up."""
        panel = self._panel
        if panel.runner.running and not self._showing:
            panel.tell(_("Wait until the analysis has ended, or cancel it."), True)
            return
        panel.findings.finish_comment()
        if self._showing:
            panel.runner.cancel()
        if self._choose(case):
            return
        self._target, self._key = case, case.key
        self._ahead.want(self._key, self._reader(case))
        panel.tell(_("Reading the case ..."))
        self._timer.start(_WAITING_MS)

    def read_ahead(self, case: Any) -> None:
        """Read a case beside the window, to be opened next; None for none. What is wrong with it is told only then."""
        if self._target is not None:
            return
        if case is None:
            self._ahead.drop()
            self._timer.stop()
            return
        read, key = self._reader(case), case.key

        def quietly(cancel: Any) -> Any:
            try:
                return read(cancel, True)
            except Exception as error:
                logging.info("GANAnomaly: the next case is not read ahead: %r", error)
                return None

        self._ahead.want(key, quietly)
        self._timer.start(_AHEAD_MS)

    def has(self, case: Any) -> bool:
        """Whether a case is read and can be shown at once."""
        return bool(self._ahead.holds_value(case.key))

    def forget(self) -> None:
        """The scene goes, or the widgets, or decisions are kept no more: give everything up."""
        self._timer.stop()
        self._ahead.drop()
        self._target = None
        self._showing = False
        self._ours.clear()
        self.scans.clear()

    def release(self) -> None:
        """What is in the scene stays there from now on."""
        self._ours.clear()

    def _reader(self, case: Any) -> Callable[..., Any]:
        """A function that reads a case in any thread; ``ahead`` only where memory is left for it."""
        from GANAnomalyLib.scene.read_case import memory_for, read_case, read_scan

        who = reader()

        def read(cancel: Any, ahead: bool = False) -> Any:
            if case.scan:
                return read_scan(case.scan, cancel)
            folder, scans = _place(case, who)
            if ahead and (free_memory() or _LEAST_BYTES * 1024) < memory_for(folder) + _LEAST_BYTES:
                return None
            return read_case(folder, scans, cancel)

        return read

    def _look(self) -> None:
        self._ahead.share(_AHEAD_SHARE_S if self._target is None else _WAITING_SHARE_S)
        if self._target is not None:
            if self._ahead.ready(self._key):
                self._take(self._target)
        elif not self._ahead.reading:
            self._timer.start(_HELD_MS)
            free = free_memory()
            if free is not None and free < _LEAST_BYTES:
                self._ahead.drop()
                self._timer.stop()

    def _take(self, case: Any) -> None:
        from GANAnomalyLib.errors import GANAnomalyError

        panel = self._panel
        try:
            read = self._ahead.take(self._key)
        except (GANAnomalyError, MemoryError) as error:
            self._stop()
            if isinstance(error, MemoryError):
                panel.tell(_("Memory ran out while the case was read: close other volumes and try again."), True)
            else:
                panel.tell_error(error)
            return
        except Exception:
            self._stop()
            raise
        if read is None or not read.fresh:  # read ahead in vain, or changed on the disk since
            self._key = (case.key, "again")
            self._ahead.want(self._key, self._reader(case))
            return
        self._stop()
        if panel.runner.running:
            panel.tell(_("Wait until the analysis has ended, or cancel it."), True)
        elif case.scan:
            self._show_scan(case, read)
        else:
            self._show(case, read)

    def _stop(self) -> None:
        self._timer.stop()
        self._target = None

    def _show(self, case: Any, read: Any) -> None:
        from GANAnomalyLib.scene.read_case import case_steps

        panel = self._panel

        def loaded(_value: Any, error: Exception | None) -> None:
            if error is not None:
                self._end(case, error)
                return
            panel.tell(_("Showing the result ..."))
            steps = self._steps(panel.showing.all_steps(case_steps(slicer.mrmlScene, read)))
            panel.runner.show(steps, lambda _nodes, problem: self._end(case, problem))

        self._showing = True
        folder, who = read.opened.result.folder, reader()
        panel.runner.load(lambda: with_own_decisions(read.opened, folder, who), loaded)
        panel.refresh_buttons()

    def _steps(self, steps: Any) -> Any:
        nodes = yield from steps
        yield from self._leave(nodes.ct)
        self._keep(nodes.ct)
        return nodes

    def _leave(self, now: Any) -> Any:
        """The case before goes, unless its reader works on it or what was said of it is nowhere else."""
        from GANAnomalyLib.scene.leave_case import leave_steps

        for name, changed in list(self._ours.items()):
            ct = slicer.mrmlScene.GetNodeByID(name)
            if ct is now:
                continue
            del self._ours[name]
            if ct is not None and self._panel.keeping.whole and _changed(ct) == changed:
                yield from leave_steps(slicer.mrmlScene, ct)

    def _keep(self, ct: Any) -> None:
        self._ours[ct.GetID()] = _changed(ct)

    def _end(self, case: Any, error: Exception | None) -> None:
        from GANAnomalyLib.errors import Cancelled, GANAnomalyError
        from GANAnomalyLib.scene.roles import ROLE

        panel = self._panel
        self._showing = False
        panel.idle()
        if error is None:
            panel.tell(_("{name} is shown.").format(name=case.name))
            self._shown(case)
            return
        nodes = self._find(case)  # whole before it was given up: it leaves with the next
        if nodes is not None and nodes.ct.GetAttribute(ROLE) == "ct":
            self._keep(nodes.ct)
        panel.refresh()
        if isinstance(error, Cancelled):
            panel.tell(_("Cancelled."))
        elif isinstance(error, GANAnomalyError):
            panel.tell_error(error)
        else:
            raise error

    def _show_scan(self, case: Any, read: Any) -> None:
        """A scan that waits for its analysis: chosen, to be looked at and analysed."""
        from GANAnomalyLib.scene.steps import run_through
        from GANAnomalyLib.scene.volume_nodes import add_ready_volume

        panel = self._panel
        node = add_ready_volume(slicer.mrmlScene, read.volume.modality or "CT", read.image, read.volume.ijk_to_ras)
        self.scans[node.GetID()] = case.scan
        panel.parameters.inputVolume = node
        show_scan(node)
        run_through(self._leave(node))
        self._keep(node)
        panel.refresh()
        panel.tell(_("{name} is to be analysed: press Analyse.").format(name=case.name))
        self._shown(case)

    def _choose(self, case: Any) -> bool:
        """Whether the case is in the scene, where it is chosen then."""
        panel, nodes = self._panel, self._find(case)
        if nodes is None:
            return False
        self._target = None
        panel.parameters.inputVolume = nodes.ct
        slicer.util.setSliceViewerLayers(background=nodes.ct, fit=True)
        panel.tell(_("{name} is shown.").format(name=case.name))
        self._shown(case)
        return True

    @staticmethod
    def _find(case: Any) -> Any:
        """The case's result in the scene (ReviewNodes) with its scan; None where it is not there."""
        from GANAnomalyLib.errors import GANAnomalyError
        from GANAnomalyLib.scene.result_nodes import facts_of, results_in

        for nodes in results_in(slicer.mrmlScene) if case.fingerprint else []:
            try:
                if nodes.ct is not None and facts_of(nodes).fingerprint == case.fingerprint:
                    return nodes
            except GANAnomalyError:
                continue
        return None


def _place(case: Any, who: Any) -> tuple[str, list[str]]:
    from GANAnomalyLib.review.store.database_refusals import needing_review

    with needing_review():
        from GANAnomalyLib.review.store.review_database import ReviewDatabase
        from GANAnomalyLib.review.worklist import place_of
    with ReviewDatabase.open(patience_s=2) as database, database.reading() as connection:
        return place_of(connection, who, case)


def _changed(node: Any) -> int:
    image = node.GetImageData()
    return image.GetMTime() if image is not None else 0
