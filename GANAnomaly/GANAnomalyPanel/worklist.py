"""The worklist section: the cases of the review database, one after the other; there where decisions are kept in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from GANAnomalyLib.running.read_ahead import ReadAhead
from GANAnomalyPanel.case_opening import CaseOpening
from GANAnomalyPanel.engine_errors import errors_told
from GANAnomalyPanel.keeping import switched_on
from GANAnomalyPanel.who_reads import reader

MOST = 200
"""Cases in the table: what comes after them is found by the filter."""
NEXT_KEY, PREVIOUS_KEY = "Shift+PgDown", "Shift+PgUp"
_POLL_MS, _SHARE_S = 30, 0.01
_TYPING_MS = 400
ICONS = Path(__file__).resolve().parents[1] / "Resources" / "Icons"


class Worklist:
    """The list, its filters, and going through it; ``panel`` is the Panel that cases are opened in."""

    def __init__(self, panel: Any) -> None:
        self._panel, self._tell = panel, panel.tell
        self._ui = ui = panel.ui
        self.opening = CaseOpening(panel, self._opened)
        self._lists, self._results = ReadAhead(), ReadAhead()
        self._asked = 0
        self._cases: list[Any] = []
        self._counts: dict[str, int] = {}
        self._total = 0
        self._current: Any = None
        """The key of the case that was opened last."""
        for name, text in {"to read": _("To read"), **_other_states()}.items():
            ui.worklistStateCombo.addItem(text, name)
        orders = {"score": _("Highest score first"), "time": _("First come first"), "name": _("By name")}
        for name, text in orders.items():
            ui.worklistOrderCombo.addItem(text, name)
        self._prepare_table(ui.worklistTable)
        ui.worklistTable.connect("cellDoubleClicked(int,int)", lambda row, _column: self._row_opened(row))
        ui.worklistSection.connect("contentsCollapsed(bool)", lambda closed: closed or self.refresh())
        for combo in (ui.worklistStateCombo, ui.worklistOrderCombo):
            combo.connect("activated(int)", lambda _row: self.refresh())
        self._typing = qt.QTimer()
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.connect("timeout()", self.refresh)
        ui.worklistFindEdit.connect("textChanged(QString)", lambda _text: self._typing.start())
        ui.worklistRefreshButton.connect("clicked(bool)", lambda _checked=False: self.refresh())
        for name, by in (("previous", -1), ("next", 1)):
            button = getattr(ui, f"{name}CaseButton")
            button.icon = qt.QIcon(str(ICONS / f"{name}.png"))
            button.connect("clicked(bool)", lambda _checked=False, by=by: self.step(by))
        ui.keepCheckBox.connect("toggled(bool)", lambda _on: self._switched())
        self._timer = qt.QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.connect("timeout()", self._look)
        self._fill()
        self._switched()

    @property
    def keys(self) -> dict[str, Any]:
        """What each key does."""
        return {NEXT_KEY: lambda: self.step(1), PREVIOUS_KEY: lambda: self.step(-1)}

    def show(self, nodes: Any) -> None:
        """The result that is shown now (ReviewNodes) is marked in the list, where it is on it; None for none."""
        from GANAnomalyLib.errors import GANAnomalyError
        from GANAnomalyLib.scene.result_nodes import facts_of

        try:
            shown = "" if nodes is None else facts_of(nodes).fingerprint
        except GANAnomalyError:
            shown = ""
        found = next((case.key for case in self._cases if shown and case.fingerprint == shown), None)
        if found is not None and found != self._current:
            self._current = found
            self._mark()

    def refresh(self) -> None:
        """Ask the database anew, beside the window."""
        if not switched_on() or self._ui.worklistSection.collapsed:
            return
        ui = self._ui
        state = str(ui.worklistStateCombo.itemData(ui.worklistStateCombo.currentIndex) or "")
        order = str(ui.worklistOrderCombo.itemData(ui.worklistOrderCombo.currentIndex))
        asked = state, order, ui.worklistFindEdit.text.strip()
        who = reader()
        self._ask(lambda _cancel: _list(who, *asked))

    @errors_told
    def step(self, by: int) -> None:
        """Open the next case of the list (1), or the one before (-1)."""
        if not switched_on():
            return
        self._panel.reading.study.check_closed()
        case = self._beside(by)
        if case is not None:
            self._open(case)
        elif self._cases:
            self._panel.tell(_("This is the last case of the list.") if by > 0 else _("This is the first of the list."))
        else:
            self._panel.tell(_("No case is on the list: open it in the section Worklist."))

    def analysed(self, node_id: str, folder: str) -> None:
        """A scan of the list was analysed: keep its result where it lasts, and list it, beside the window."""
        scan = self.opening.scans.pop(node_id, None)
        if scan is not None and switched_on():
            self._results.want(("result", folder), lambda _cancel: _keep_result(Path(folder), scan))
            self._timer.start()

    def forget(self) -> None:
        """The scene is closed."""
        self.opening.forget()
        self._current = None
        self._mark()

    def close(self) -> None:
        """End everything that outlives the widgets."""
        self._timer.stop()
        self._typing.stop()
        self._lists.drop()
        self._results.drop()
        self.opening.forget()

    @staticmethod
    def _prepare_table(table: Any) -> None:
        table.setHorizontalHeaderLabels([_("Case"), _("Score"), _("State"), _("Since")])
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(24)
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)

    def _switched(self) -> None:
        on = switched_on()
        self._ui.worklistSection.visible = on
        if on:
            self.refresh()
        else:  # what is said from now on is kept nowhere else: nothing goes by itself
            self.opening.read_ahead(None)
            self.opening.release()

    def _ask(self, read: Any) -> None:
        self._asked += 1
        self._lists.want(self._asked, read)
        self._timer.start()

    def _look(self) -> None:
        self._lists.share(_SHARE_S)
        self._results.share(_SHARE_S)
        answered = self._lists.ready(self._asked)
        if answered:
            self._take()
        if not self._lists.reading and not self._results.reading:
            self._timer.stop()
            self._told_results()

    @errors_told
    def _take(self) -> None:
        found = self._lists.take(self._asked)
        if isinstance(found, dict):  # the states alone, of what is listed
            for case in self._cases:
                if case.key in found and self._counts:
                    self._counts[case.state] -= 1
                    self._counts[found[case.key]] += 1
            self._cases = [_in_state(case, found) for case in self._cases]
        else:
            self._cases, self._counts, self._total = list(found.cases), dict(found.counts), found.total
        self._fill()

    @errors_told
    def _told_results(self) -> None:
        key = self._results.key
        if key is not None and self._results.ready(key):
            self._results.take(key)
            self.refresh()

    def _opened(self, case: Any) -> None:
        """A case is on the screen: the next one is read, and what is listed is asked for its state."""
        self._current = case.key
        self._mark()
        self.opening.read_ahead(self._beside(1))
        keys = [one.key for one in self._cases if not one.scan]
        if keys:
            who = reader()
            self._ask(lambda _cancel: _states(who, keys))

    @errors_told
    def _open(self, case: Any) -> None:
        self._panel.reading.study.check_closed()
        self.opening.open(case)

    def _row_opened(self, row: int) -> None:
        if 0 <= row < len(self._cases):
            self._open(self._cases[row])

    def _beside(self, by: int) -> Any:
        """The next case that can be read, or the one before; from the beginning where none of the list is shown."""
        at = next((n for n, case in enumerate(self._cases) if case.key == self._current), -1 if by > 0 else 0)
        scans = all(case.scan for case in self._cases)
        places = range(at + 1, len(self._cases)) if by > 0 else range(at - 1, -1, -1)
        beside = (self._cases[n] for n in places)
        return next((case for case in beside if not case.study and (scans or not case.scan)), None)

    def _fill(self) -> None:
        table = self._ui.worklistTable
        table.setRowCount(len(self._cases))
        for row, case in enumerate(self._cases):
            score = "" if case.score is None else f"{case.score:.2f}"
            since = "" if case.since is None else case.since.astimezone().strftime("%Y-%m-%d %H:%M")
            name = case.name if not case.study else _("{name} (study {study})").format(name=case.name, study=case.study)
            for column, text in enumerate((name, score, _state_words().get(case.state, ""), since)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(_about(case))
                table.setItem(row, column, item)
        self._mark()
        self._ui.worklistSummary.text = self._summary()

    def _mark(self) -> None:
        """The case that is shown is bold, and selected."""
        table = self._ui.worklistTable
        for row, case in enumerate(self._cases[: table.rowCount]):
            for column in range(table.columnCount):
                item = table.item(row, column)
                font = item.font()
                font.setBold(case.key == self._current)
                item.setFont(font)
            if case.key == self._current:
                table.selectRow(row)

    def _summary(self) -> str:
        words = _state_words()
        told = ", ".join(f"{count} {words[state]}" for state, count in self._counts.items() if count)
        if not self._counts:
            return ""
        if self._total > len(self._cases):
            first = _("The first {count} of {total}.").format(count=len(self._cases), total=self._total)
            return f"{first} {told}"
        return told or _("No case is in the review database yet.")


def _other_states() -> dict[str, str]:
    return {
        "to adjudicate": _("To adjudicate"),
        "read": _("Read"),
        "to analyse": _("To analyse"),
        "": _("All cases"),
    }


def _state_words() -> dict[str, str]:
    return {
        "to analyse": _("to analyse"),
        "to read": _("to read"),
        "read": _("read"),
        "to adjudicate": _("to adjudicate"),
    }


def _about(case: Any) -> str:
    if case.study:
        return _("Read in a study, which hides its score.")
    return case.scan or case.folder


def _in_state(case: Any, states: dict[Any, str]) -> Any:
    import dataclasses

    state = states.get(case.key, case.state)
    return case if state == case.state else dataclasses.replace(case, state=state)


def _list(who: Any, state: str, order: str, find: str) -> Any:
    """What the database says; in any thread. What waits to be brought in comes first."""
    with _database() as connection:
        from GANAnomalyLib.review.worklist import Wanted, worklist

        return worklist(connection, who, Wanted(state, order, find, limit=MOST))


def _states(who: Any, keys: list[Any]) -> dict[Any, str]:
    with _database() as connection:
        from GANAnomalyLib.review.worklist import states_of

        return dict(states_of(connection, who, keys))


@contextlib.contextmanager
def _database() -> Iterator[Any]:
    """A connection to read by, with all in it that this reader said."""
    from GANAnomalyLib.review.store.database_refusals import needing_review
    from GANAnomalyLib.review.store.unsent_decisions import bring_in

    with needing_review():
        from GANAnomalyLib.review.store.review_database import ReviewDatabase
    with ReviewDatabase.open() as database:
        bring_in(database)
        with database.reading() as connection:
            yield connection


def _keep_result(folder: Path, scan: str) -> None:
    """Copy a result from the session's folder to one that lasts, and bring it into the database; in any thread."""
    from GANAnomalyLib.results.result import AnalysisResult
    from GANAnomalyLib.review.export import copy_result
    from GANAnomalyLib.review.store.database_place import make_private, review_folder
    from GANAnomalyLib.review.store.exchange_results import import_result
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    fingerprint = str(AnalysisResult.read(folder).manifest.get("fingerprint") or "result")
    target = make_private(review_folder() / "results") / fingerprint[:16]
    copy_result(folder, target)
    with ReviewDatabase.open() as database:
        import_result(database, target, scan=scan)
