"""The findings table: going through the findings and deciding on each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_errors import errors_told
from GANAnomalyPanel.score_plot import ScorePlot

ICONS = Path(__file__).resolve().parents[1] / "Resources" / "Icons"
DECISIONS = {"accepted": "acceptButton", "rejected": "rejectButton", "unsure": "unsureButton"}
_RANK, _DECISION = 0, 4


class Findings:
    """Shows the findings of one result and writes the reader's decisions into the scene.

    ``tell(sentence, wrong)`` says what could not be done.
    """

    def __init__(self, ui: Any, tell: Callable[[str, bool], None]) -> None:
        self._ui = ui
        self._tell = tell
        self._nodes: Any = None
        self._rows: list[Any] = []
        self._unit = ""
        self._filling = False
        # Whose comment stands in the line: a click on a button does not end typing, so that it is taken in first.
        self._shown_rank: int | None = None
        self.plot = ScorePlot(ui.scorePlot, self._go_to_slice)
        table = ui.findingsTable
        titles = [_("#"), _("Slice"), _("Score"), _("Size (mm)"), _("Decision"), _("Comment")]
        table.setHorizontalHeaderLabels(titles)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(24)
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        table.connect("itemSelectionChanged()", self._selected)
        table.connect("cellClicked(int,int)", self._clicked)
        ui.nextButton.connect("clicked(bool)", lambda _checked=False: self.step(1))
        ui.previousButton.connect("clicked(bool)", lambda _checked=False: self.step(-1))
        for name in ("previous", "next"):
            getattr(ui, f"{name}Button").icon = qt.QIcon(str(ICONS / f"{name}.png"))
        for decision, name in DECISIONS.items():
            button = getattr(ui, name)
            button.icon = qt.QIcon(str(ICONS / f"{name.removesuffix('Button')}.png"))
            button.connect("clicked(bool)", lambda _checked=False, word=decision: self.decide(word))
        ui.commentEdit.connect("editingFinished()", self._comment)

    def show(self, nodes: Any) -> None:
        """Show the findings of a result (ReviewNodes), or nothing for None. The selection stays where it can."""
        from GANAnomalyLib.models.score_units import short_unit, threshold_at
        from GANAnomalyLib.scene import finding_review as review
        from GANAnomalyLib.scene.result_nodes import facts_of

        new = not self._same(nodes)
        if new:
            self._comment()
        selected = None if new or nodes is None else self.rank
        self._nodes = nodes
        self._rows = review.rows(nodes) if nodes is not None else []
        facts = facts_of(nodes) if nodes is not None else None
        self._unit = facts.unit if facts else ""
        self._fill_table()
        if new:
            slices = review.slice_rows(nodes) if nodes is not None else []
            usual = threshold_at(facts.slice_thresholds, 0.05) if facts else None
            self.plot.set_scores(
                [row.slice for row in slices], [row.patch_score for row in slices], short_unit(self._unit), usual
            )
        if selected is not None:
            self._select_row(selected, move=False)
        self._show_selected()

    @property
    def rank(self) -> int | None:
        """The selected finding's rank."""
        row = self._ui.findingsTable.currentRow()
        return self._rows[row].rank if 0 <= row < len(self._rows) else None

    def select(self, rank: int) -> None:
        """Select a finding and go to it."""
        self._select_row(rank, move=True)

    @errors_told
    def step(self, by: int) -> None:
        """Go to the next or the previous finding; stops at the ends."""
        if not self._rows:
            return
        self._comment()
        row = self._ui.findingsTable.currentRow()
        row = 0 if row < 0 else min(max(row + by, 0), len(self._rows) - 1)
        self.select(self._rows[row].rank)

    @errors_told
    def decide(self, decision: str) -> None:
        """Decide on the selected finding; the same decision again takes it back. Does not go on by itself."""
        from GANAnomalyLib.scene import finding_review as review

        self._comment()
        rank = self.rank
        if rank is None:
            return
        before = next(row.decision for row in self._rows if row.rank == rank)
        review.decide(self._nodes, rank, "" if before == decision else decision)
        self.show(self._nodes)

    @errors_told
    def mark_slice(self, ras: Any) -> None:
        """Mark the slice of the plot in which a point (RAS, mm) lies."""
        from GANAnomalyLib.scene import finding_review as review

        if self._nodes is not None:
            self.plot.set_current(review.slice_at(self._nodes, ras))

    def finish_comment(self) -> None:
        """Keep a comment that is still being typed."""
        self._comment()

    def _same(self, nodes: Any) -> bool:
        if nodes is None or self._nodes is None:
            return nodes is self._nodes
        return nodes.findings_table is not None and nodes.findings_table is self._nodes.findings_table

    def _fill_table(self) -> None:
        from GANAnomalyLib.models.score_units import score_text

        table = self._ui.findingsTable
        self._filling = True
        table.setRowCount(len(self._rows))
        for number, row in enumerate(self._rows):
            first, last = row.slices
            size = " x ".join(f"{value:.0f}" for value in row.size_mm)
            where = str(row.slice) if first == last else f"{row.slice} ({first}-{last})"
            words = [str(row.rank), where, score_text(row.score, self._unit), size, said(row.decision), row.comment]
            for column, word in enumerate(words):
                item = qt.QTableWidgetItem(word)
                if column == len(words) - 1:
                    item.setToolTip(word)
                table.setItem(number, column, item)
        self._filling = False
        self._summarise()

    def _summarise(self) -> None:
        done = sum(1 for row in self._rows if row.decision)
        if not self._rows:
            text = _("No findings.") if self._nodes is not None else ""
        else:
            text = _("{count} findings, highest score first; {done} decided.").format(count=len(self._rows), done=done)
        self._ui.findingsSummary.text = text

    def _select_row(self, rank: int, move: bool) -> None:
        table = self._ui.findingsTable
        number = next((n for n, row in enumerate(self._rows) if row.rank == rank), None)
        if number is None:
            return
        self._filling = True
        table.setCurrentCell(number, _RANK)
        table.selectRow(number)
        self._filling = False
        if move:
            self._selected()

    @errors_told
    def _clicked(self, row: int, _column: int) -> None:
        # A click on the finding that is selected already goes back to it.
        if 0 <= row < len(self._rows):
            self._go_to(self._rows[row].rank)

    @errors_told
    def _selected(self) -> None:
        if self._filling:
            return
        self._comment()
        self._show_selected()
        if self.rank is not None:
            self._go_to(self.rank)

    def _go_to(self, rank: int) -> None:
        from GANAnomalyLib.scene import finding_review as review

        review.highlight(self._nodes, rank)
        review.go_to(slicer.mrmlScene, self._nodes, rank)
        # A view that is not quite across the slices, or was panned, has another slice in its middle.
        self.plot.set_current(next(row.slice for row in self._rows if row.rank == rank))

    @errors_told
    def _go_to_slice(self, number: int) -> None:
        from GANAnomalyLib.scene import finding_review as review

        if self._nodes is not None:
            review.jump_to_slice(slicer.mrmlScene, self._nodes, number)
            self.plot.set_current(number)

    def _show_selected(self) -> None:
        """The buttons and the comment say what was decided on the selected finding."""
        rank = self._shown_rank = self.rank
        row = next((row for row in self._rows if row.rank == rank), None)
        for decision, name in DECISIONS.items():
            button = getattr(self._ui, name)
            button.enabled = row is not None
            button.checked = row is not None and row.decision == decision
        self._ui.nextButton.enabled = self._ui.previousButton.enabled = bool(self._rows)
        edit = self._ui.commentEdit
        edit.enabled = row is not None
        if edit.text != (row.comment if row else ""):
            edit.text = row.comment if row else ""

    @errors_told
    def _comment(self) -> None:
        from GANAnomalyLib.scene import finding_review as review

        row = next((row for row in self._rows if row.rank == self._shown_rank), None)
        if row is None or self._ui.commentEdit.text == row.comment:
            return
        review.decide(self._nodes, row.rank, row.decision, self._ui.commentEdit.text)
        self.show(self._nodes)


def said(decision: str) -> str:
    """A decision in the reader's language."""
    words = {"accepted": _("accepted"), "rejected": _("rejected"), "unsure": _("unsure")}
    return words.get(decision, "")
