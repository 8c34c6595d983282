"""Undo of whatever the reader says: decisions, comments, labels, marks, verdict. A step is a state of the reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import slicer

from GANAnomalyPanel.engine_errors import errors_told

_MOST = 500


class Undoing:
    """Notices what changed, hands it on and takes it back.

    ``keep(nodes, changes)`` is called with what the reader said or took back (:mod:`.reading_changes`), ``refresh()``
    after the scene was put back. The steps are of this session; a scene that is opened begins anew.
    """

    def __init__(
        self,
        ui: Any,
        tell: Callable[[str, bool], None],
        keep: Callable[[Any, Sequence[Any]], None],
        refresh: Callable[[], None],
    ) -> None:
        self._button = ui.undoButton
        self._tell, self._keep, self._refresh = tell, keep, refresh
        self._nodes: Any = None
        self._table: Any = None
        self._last: Any = None
        self._past: list[Any] = []
        self._button.connect("clicked(bool)", lambda _checked=False: self.undo())

    def show(self, nodes: Any) -> None:
        """Look after this result from now on; None for none. What the reader did by hand in its scene is noticed."""
        from GANAnomalyLib.scene.reading_state import reading_of

        self._nodes = nodes
        if nodes is not None and self._table is not None and nodes.findings_table is self._table:
            self.note(nodes)
        elif nodes is not None:
            self._table, self._last, self._past = nodes.findings_table, reading_of(nodes), []
        self._enable()

    def forget(self) -> None:
        """The scene is closed."""
        self._nodes = self._table = self._last = None
        self._past = []
        self._enable()

    def note(self, nodes: Any) -> None:
        """Something may have changed: a step back goes to before it."""
        from GANAnomalyLib.review.reading_changes import changes
        from GANAnomalyLib.scene.reading_state import reading_of

        if self._last is None or nodes is None or nodes.findings_table is not self._table:
            return
        now = reading_of(nodes)
        made = changes(self._last, now)
        if not made:
            return
        self._past = [*self._past[1 - _MOST :], self._last]
        self._last = now
        self._enable()
        self._keep(nodes, made)

    def known(self, nodes: Any) -> None:
        """A script changed the scene, and kept that itself."""
        from GANAnomalyLib.scene.reading_state import reading_of

        if self._last is not None and nodes.findings_table is self._table:
            self._past = [*self._past, self._last]
            self._last = reading_of(nodes)
            self._enable()

    @errors_told
    def undo(self) -> None:
        """Go back by one step."""
        from GANAnomalyLib.review.reading_changes import changes
        from GANAnomalyLib.scene.reading_state import put_reading, reading_of

        if self._nodes is None or not self._past:
            return
        put_reading(slicer.mrmlScene, self._nodes, self._past.pop())
        before, self._last = self._last, reading_of(self._nodes)
        self._enable()
        self._keep(self._nodes, changes(before, self._last))
        self._refresh()

    def _enable(self) -> None:
        self._button.enabled = self._nodes is not None and bool(self._past)
