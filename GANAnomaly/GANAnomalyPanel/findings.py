"""The findings table: going through the findings and deciding on each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_errors import errors_told
from GANAnomalyPanel.engine_sentences import engine_text
from GANAnomalyPanel.finding_list import FindingList
from GANAnomalyPanel.score_plot import ScorePlot
from GANAnomalyPanel.second_opinion import about_opinions

ICONS = Path(__file__).resolve().parents[1] / "Resources" / "Icons"
DECISIONS = {"accepted": "acceptButton", "rejected": "rejectButton", "unsure": "unsureButton"}


class Findings:
    """Shows the findings of one result and writes the reader's decisions into the scene.

    Those of the reader's own are among them, with ranks -1, -2, ... ``tell(sentence, wrong)`` says what could not be
    done; ``changed(nodes)`` is called after whatever the reader says, ``selected(row)`` with the FindingRow that is
    selected then, or None.
    """

    def __init__(
        self,
        ui: Any,
        tell: Callable[[str, bool], None],
        changed: Callable[[Any], None] = lambda nodes: None,
        selected: Callable[[Any], None] = lambda row: None,
    ) -> None:
        self._ui = ui
        self._tell = tell
        self._changed = changed
        self._tell_selected = selected
        self._nodes: Any = None
        self._rows: list[Any] = []
        self._own: list[Any] = []
        self._unit = ""
        self._facts: Any = None
        self._percent = 5
        # Whose comment stands in the line: a click on a button does not end typing, so that it is taken in first.
        self._shown_rank: int | None = None
        self.plot = ScorePlot(ui.scorePlot, self._go_to_slice)
        self._list = FindingList(ui.findingsTable, self._selected, self._clicked)
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
        """Show the findings of a result (ReviewNodes), or nothing for None.

        The selection stays where it can; of a result that comes back the finding that its outlines point out.
        """
        from GANAnomalyLib.models.score_units import short_unit
        from GANAnomalyLib.scene import finding_review as review
        from GANAnomalyLib.scene.reader_marks import reader_rows
        from GANAnomalyLib.scene.result_nodes import facts_of

        new = not self._same(nodes)
        if new:
            self._comment()
        selected = self.rank if not new else None if nodes is None else review.highlighted(nodes)
        self._nodes = nodes
        self._rows = review.rows(nodes) if nodes is not None else []
        self._own = reader_rows(nodes) if nodes is not None else []
        self._facts = facts_of(nodes) if nodes is not None else None
        self._unit = self._facts.unit if self._facts else ""
        if new:
            self._list.forget()
        self._fill_table()
        if new:
            slices = review.slice_rows(nodes) if nodes is not None else []
            unit = short_unit(self._unit).translated(engine_text)
            self.plot.set_scores([row.slice for row in slices], [row.patch_score for row in slices], unit)
        line = self._line()
        self.plot.set_usual(None if line is None else line.score)
        if selected is not None:
            self._list.select(selected)
        self._show_selected()

    def set_usual(self, percent: int) -> None:
        """How many in a hundred normal slices may reach what is called within the usual: 1, 2 or 5."""
        if percent != self._percent:
            self._percent = percent
            self._comment()
            self.show(self._nodes)

    @property
    def count(self) -> int:
        """How many findings are listed, those within the usual among them."""
        return len(self._rows)

    @property
    def rank(self) -> int | None:
        """The selected finding's rank."""
        return self._list.rank

    def select(self, rank: int) -> None:
        """Select a finding and go to it."""
        self._list.select(rank)
        self._selected()

    @errors_told
    def step(self, by: int) -> None:
        """Go to the next or the previous finding; stops at the ends."""
        if not self._rows and not self._own:
            return
        self._comment()
        rank = self._list.beside(by)
        if rank is not None:
            self.select(rank)

    def open_first(self) -> None:
        """Go to the first finding that is shown; where all lie within the usual, nowhere."""
        if not self._list.folded or self._above() or self._own:
            self.step(0)

    @errors_told
    def decide(self, decision: str) -> None:
        """Decide on the selected finding; the same decision again takes it back. Does not go on by itself.

        One of the reader's own is there already, and goes when it is rejected.
        """
        from GANAnomalyLib.scene import finding_review as review
        from GANAnomalyLib.scene.reader_marks import remove_mark

        self._comment()
        row = self._row(self.rank)
        if row is None:
            return
        if row.rank > 0:
            review.decide(self._nodes, row.rank, "" if row.decision == decision else decision)
        elif decision == "rejected":
            remove_mark(slicer.mrmlScene, self._nodes, row.rank)
        self._said()

    @errors_told
    def describe(self, confidence: int | None = None, label: Any = None) -> None:
        """Say how sure the reader is of the selected finding (0 to take it back), or what it is (Label)."""
        self._comment()
        row = self._row(self.rank)
        if row is not None:
            self._say(row, None, confidence, label)

    @errors_told
    def mark_slice(self, ras: Any) -> None:
        """Mark the slice of the plot in which a point (RAS, mm) lies."""
        from GANAnomalyLib.scene import finding_review as review

        if self._nodes is not None:
            self.plot.set_current(review.slice_at(self._nodes, ras))

    def show_answers(self, on: bool) -> None:
        """Show the columns of decisions and comments, or none where nobody is asked for them."""
        self._list.show_answers(on)

    def reveal_opinions(self) -> None:
        """Bring the column of second opinions into sight."""
        self._list.reveal_opinions()

    def _row(self, rank: int | None) -> Any:
        return next((row for row in (*self._rows, *self._own) if row.rank == rank), None)

    def _say(self, row: Any, comment: str | None, confidence: int | None = None, label: Any = None) -> None:
        from GANAnomalyLib.scene import finding_review as review
        from GANAnomalyLib.scene.reader_marks import describe

        if row.rank > 0:
            review.decide(self._nodes, row.rank, row.decision, comment, confidence, label)
        else:
            describe(self._nodes, row.rank, comment, confidence, label)
        self._said()

    def _said(self) -> None:
        nodes = self._nodes
        self.show(nodes)
        self._changed(nodes)

    def finish_comment(self) -> None:
        """Keep a comment that is still being typed."""
        self._comment()

    def _same(self, nodes: Any) -> bool:
        if nodes is None or self._nodes is None:
            return nodes is self._nodes
        return nodes.findings_table is not None and nodes.findings_table is self._nodes.findings_table

    def _line(self) -> Any:
        """What few normal slices show (UsualLine); None where it is not known."""
        from GANAnomalyLib.results.usual import UsualLine

        return UsualLine.of(self._facts.slice_thresholds, self._percent) if self._facts else None

    def _above(self) -> int:
        """How many findings are above the line; all of them where there is none."""
        line = self._line()
        return len(self._rows) if line is None else line.count(row.score for row in self._rows)

    def _fill_table(self) -> None:
        from GANAnomalyLib.models.score_units import score_text

        listed = []
        for row in (*self._rows, *self._own):
            first, last = row.slices
            size = " x ".join(f"{value:.0f}" for value in row.size_mm) if any(row.size_mm) else ""
            where = str(row.slice) if first == last else f"{row.slice} ({first}-{last})"
            own = row.rank < 0
            score = "" if own else score_text(row.score, self._unit).translated(engine_text)
            why = "" if row.why is None else row.why.words().translated(engine_text)
            second = "" if row.opinion is None else f"{100 * row.opinion:.0f} %"
            word = _("added") if own else said(row.decision)
            sure = "" if row.confidence is None else f"{row.confidence}/5"
            name = f"+{-row.rank}" if own else str(row.rank)
            word = ", ".join(filter(None, [word, sure]))
            cells = [name, where, score, why, size, word, second, row.label.meaning, row.comment]
            listed.append((row.rank, cells))
        self._list.show_labels(any(row.label.meaning for row in (*self._rows, *self._own)))
        self._list.show_opinions(self._about_opinions())
        above, line = self._above(), self._line()
        text = ""
        if line is not None:
            text = _("{count} places within the usual").format(count=len(self._rows) - above)
        # The reader's own are never folded away.
        count = len(self._rows)
        self._list.fill([*listed[:above], *listed[count:], *listed[above:count]], above + len(self._own), text)
        self._summarise()

    def _about_opinions(self) -> str:
        """What second opinions are and are not; "" where there are none."""
        source = self._facts.opinions if self._facts else None
        if source is None or all(row.opinion is None for row in self._rows):
            return ""
        return about_opinions(source)

    def _summarise(self) -> None:
        from GANAnomalyLib.domain.verdict import Domain
        from GANAnomalyLib.results.usual import standing

        text = ""
        if self._nodes is not None:
            domain = Domain.from_dict(self._facts.domain)
            said = standing([row.score for row in self._rows], self._line(), self._unit, domain.verdict)
            notes = domain.notes(listed=True) if self._rows else domain.reasons
            text = "\n".join(note.translated(engine_text) for note in (said, *notes))
        done = sum(1 for row in self._rows if row.decision)
        if done:
            text = " ".join([text, _("{done} decided.").format(done=done)])
        if self._own:
            text = "\n".join([text, _("{count} added by you.").format(count=len(self._own))])
        self._ui.findingsSummary.text = text

    @errors_told
    def _clicked(self, rank: int) -> None:
        # A click on the finding that is selected already goes back to it.
        self._go_to(rank)

    @errors_told
    def _selected(self) -> None:
        self._comment()
        self._show_selected()
        if self.rank is not None:
            self._go_to(self.rank)

    def _go_to(self, rank: int) -> None:
        from GANAnomalyLib.scene import finding_review as review
        from GANAnomalyLib.scene.reader_marks import go_to_mark

        review.highlight(self._nodes, rank)
        (review.go_to if rank > 0 else go_to_mark)(slicer.mrmlScene, self._nodes, rank)
        # A view that is not quite across the slices, or was panned, has another slice in its middle.
        self.plot.set_current(self._row(rank).slice)

    @errors_told
    def _go_to_slice(self, number: int) -> None:
        from GANAnomalyLib.scene import finding_review as review

        if self._nodes is not None:
            review.jump_to_slice(slicer.mrmlScene, self._nodes, number)
            self.plot.set_current(number)

    def _show_selected(self) -> None:
        """The buttons and the comment say what was decided on the selected finding."""
        rank = self._shown_rank = self.rank
        row = self._row(rank)
        for decision, name in DECISIONS.items():
            button = getattr(self._ui, name)
            button.enabled = row is not None and (row.rank > 0 or decision == "rejected")
            button.checked = row is not None and row.decision == decision
        self._ui.nextButton.enabled = self._ui.previousButton.enabled = bool(self._rows or self._own)
        edit = self._ui.commentEdit
        edit.enabled = row is not None
        if edit.text != (row.comment if row else ""):
            edit.text = row.comment if row else ""
        self._tell_selected(row)

    @errors_told
    def _comment(self) -> None:
        row = self._row(self._shown_rank)
        if row is not None and self._ui.commentEdit.text != row.comment:
            self._say(row, self._ui.commentEdit.text)


def said(decision: str) -> str:
    """A decision in the reader's language."""
    words = {"accepted": _("accepted"), "rejected": _("rejected"), "unsure": _("unsure")}
    return words.get(decision, "")
