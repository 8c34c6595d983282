"""Each decision into the review database too, where the reader switched that on.

The window never waits for a database: a decision is put into a file of its own first, and a thread brings the files in.
What cannot be brought in now waits on the disk, and is brought in by whoever looks next, this panel or another.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel import install
from GANAnomalyPanel.engine_sentences import error_text
from GANAnomalyPanel.who_reads import reader
from GANAnomalyPanel.workspace import PREFIX

SETTING = "GANAnomaly/KeepDecisions"
PROGRAM = "3D Slicer panel"
_POLL_MS, _SHARE_S = 30, 0.01
"""Slicer's event loop holds Python's lock: a thread gets on only while a slot waits for it."""
_AGAIN_MS = 30_000


def switched_on() -> bool:
    """Whether this user keeps decisions in the review database; not unless asked for."""
    return str(slicer.app.userSettings().value(SETTING) or "").lower() == "true"


def put_changes(nodes: Any, changes: Sequence[Any], source: str, sitting: Any, cases: dict[str, Any]) -> None:
    """Put what a reader said of a result (:mod:`.reading_changes`) aside for the database, in some milliseconds.

    ``cases`` remembers what is known of results. Raises :class:`GANAnomalyLib.errors.GANAnomalyError` where the disk
    does not take it.
    """
    from GANAnomalyLib.review.store.unsent_decisions import Unsent, put_aside
    from GANAnomalyLib.scene import finding_review as review
    from GANAnomalyLib.scene.result_nodes import facts_of

    facts = facts_of(nodes)
    case = cases.get(facts.fingerprint)
    if case is None:
        case = cases[facts.fingerprint] = _case(facts, review.rows(nodes))
    for change in changes:
        put_aside(Unsent.of(case, change, reader(), source, sitting))


def keep_now(nodes: Any, change: Any) -> None:
    """Keep what a script said, if this user does so; what is not taken now waits.

    Raises as :func:`put_changes`.
    """
    from GANAnomalyLib.errors import GANAnomalyError
    from GANAnomalyLib.review.store.judgements import Sitting
    from GANAnomalyLib.review.store.unsent_decisions import bring_in

    if not switched_on():
        return
    put_changes(nodes, [change], "panel", Sitting("3D Slicer console"), {})
    try:
        from GANAnomalyLib.review.store.review_database import ReviewDatabase

        with ReviewDatabase.open() as database:
            bring_in(database)
    except (GANAnomalyError, ImportError) as error:
        logging.warning("GANAnomaly review database: %s", error)


def with_own_decisions(opened: Any, folder: Path, who: Any) -> Any:
    """A result that was read (:class:`GANAnomalyLib.scene.open_result.Opened`), with what a reader said later, from the
    database, if this user keeps them there; without them where it cannot be used now. May run in another thread."""
    from GANAnomalyLib.errors import GANAnomalyError

    try:
        from GANAnomalyLib.review.decisions import Reading
        from GANAnomalyLib.review.store.exchange_results import latest_reading
        from GANAnomalyLib.review.store.review_database import ReviewDatabase
        from GANAnomalyLib.review.store.unsent_decisions import bring_in

        with ReviewDatabase.open(patience_s=2) as database:
            bring_in(database)
            kept = Reading(opened.decisions, opened.added, opened.verdict)
            kept = latest_reading(database, folder, who, kept)
            opened.decisions, opened.added, opened.verdict = list(kept.decisions), list(kept.added), kept.verdict
    except (GANAnomalyError, ImportError) as error:
        logging.warning("GANAnomaly review database: %s", error)
    return opened


class Keeping:
    """The switch in the panel, and the way of decisions into the database; ``tell(sentence, wrong)`` says what fails.

    :meth:`close` must be called before the widgets go; what waits then is brought in the next time.
    """

    def __init__(self, ui: Any, tell: Callable[[str, bool], None]) -> None:
        self._ui = ui
        self._tell = tell
        self._cases: dict[str, Any] = {}
        self._sitting: Any = None
        self._sending: _Sending | None = None
        self._failed = self._more = False
        self.whole = True
        """Whether all that was said since is on the disk."""
        self._timer = qt.QTimer()
        self._timer.connect("timeout()", self._look)
        ui.keepCheckBox.checked = switched_on()
        ui.keepCheckBox.connect("toggled(bool)", self._switched)
        if switched_on():
            self.send()

    def said(self, nodes: Any, changes: Sequence[Any]) -> None:
        """A reader said something of this result, or took it back (:mod:`.reading_changes`)."""
        from GANAnomalyLib.errors import GANAnomalyError
        from GANAnomalyLib.review.store.judgements import Sitting

        if not switched_on():
            return
        self._sitting = self._sitting or Sitting(PROGRAM)
        try:
            put_changes(nodes, changes, "panel", self._sitting, self._cases)
        except GANAnomalyError as error:
            self.whole = False
            self._tell(error_text(error), True)
            return
        self.send()

    def send(self) -> None:
        """Bring in what waits, beside the window."""
        from GANAnomalyLib.review.store.unsent_decisions import unsent

        if self._sending is not None:
            self._more = True
        elif unsent():
            self._sending = _Sending()
            self._timer.start(_POLL_MS)

    @property
    def busy(self) -> bool:
        """Whether decisions are on their way now."""
        return self._sending is not None

    def close(self) -> None:
        """Forget what is on its way: it is on the disk."""
        self._timer.stop()
        self._sending = None

    def _switched(self, on: bool) -> None:
        if on:
            try:
                install.ensure_review()
            except install.InstallError as error:
                self._ui.keepCheckBox.checked = False
                self._tell("\n".join(part for part in (error.message, error.by_hand) if part), True)
                return
        slicer.app.userSettings().setValue(SETTING, "true" if on else "false")
        if on:
            self.send()

    def _look(self) -> None:
        sending = self._sending
        if sending is None:  # it failed before, and is tried again
            self._timer.stop()
            self.send()
            return
        if not sending.finished():
            return
        self._sending = None
        self._timer.stop()
        self._say(sending)
        if sending.error is not None:
            self._timer.start(_AGAIN_MS)
        elif self._more:
            self._more = False
            self.send()

    def _say(self, sending: _Sending) -> None:
        for error in sending.refused:
            self._tell(error_text(error), True)
        if sending.error is not None:
            if not self._failed:  # once, not with every decision
                kept = _(
                    "The review database does not take decisions now: they are kept on this computer, and brought in "
                    "when it does."
                )
                self._tell(f"{kept} {_why(sending.error)}", True)
            self._failed = True
        elif self._failed:
            self._failed = False
            self._tell(
                _("The review database took {count} decisions that had waited.").format(count=sending.done), False
            )


class _Sending:
    """What waits, brought in by a thread that touches neither Qt nor the scene."""

    def __init__(self) -> None:
        self.done, self.refused = 0, list[Any]()
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="GANAnomaly review", daemon=True)
        self._thread.start()

    def finished(self) -> bool:
        self._thread.join(_SHARE_S)
        return not self._thread.is_alive()

    def _work(self) -> None:
        from GANAnomalyLib.review.store.unsent_decisions import bring_in

        try:
            from GANAnomalyLib.review.store.review_database import ReviewDatabase

            with ReviewDatabase.open() as database:
                self.done, self.refused = bring_in(database)
        except Exception as error:
            self.error = error


def _case(facts: Any, rows: Any) -> Any:
    """What the database is to know of a result: from its folder where that is there, else from the scene."""
    from GANAnomalyLib.errors import GANAnomalyError
    from GANAnomalyLib.results.result import AnalysisResult
    from GANAnomalyLib.review.store.case_facts import case_of_result, case_of_scene

    if facts.folder:
        try:
            result = AnalysisResult.read(facts.folder)
        except GANAnomalyError:
            pass
        else:
            if result.manifest.get("fingerprint") == facts.fingerprint:
                # The session's own folders go with it.
                passing = any(part.startswith(PREFIX) for part in Path(facts.folder).parts)
                return case_of_result(result, lasting=not passing)
    return case_of_scene(facts, rows)


def _why(error: Exception) -> str:
    from GANAnomalyLib.errors import GANAnomalyError

    if isinstance(error, GANAnomalyError):
        return error_text(error)
    logging.error("GANAnomaly review database: %r", error)
    return _("See the log.")
