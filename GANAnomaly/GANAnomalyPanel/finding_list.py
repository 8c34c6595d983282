"""The table of findings: those above the usual, a line, and the others, greyed and folded away until asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from GANAnomalyPanel.word_colours import faint_ink

_RANK, _DECISION, _OPINION, _LABEL, _COMMENT = 0, 5, 6, 7, 8


class FindingList:
    """Findings in a QTableWidget; the line within it opens and folds what lies within the usual.

    ``on_selected()`` is called when the reader selects another finding, ``on_clicked(rank)`` for a click on one.
    """

    def __init__(self, table: Any, on_selected: Callable[[], None], on_clicked: Callable[[int], None]) -> None:
        self._table = table
        self._on_selected, self._on_clicked = on_selected, on_clicked
        self._ranks: list[int | None] = []
        """By row; None for the line."""
        self._chosen: int | None = None
        self._line = ""
        self._open = False
        self._filling = False
        names = [
            _("#"),
            _("Slice"),
            _("Score"),
            _("Why"),
            _("Size (mm)"),
            _("Decision"),
            _("Second opinion"),
            _("Label"),
            _("Comment"),
        ]
        table.setHorizontalHeaderLabels(names)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(24)
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        self.show_opinions("")
        self.show_labels(False)
        table.connect("itemSelectionChanged()", self._selected)
        table.connect("cellClicked(int,int)", self._clicked)

    def fill(self, rows: Sequence[tuple[int, Sequence[str]]], above: int, line: str) -> None:
        """Show findings, a rank with its cells each: ``above`` of them, the ``line``, and the others below it.

        The reader's own have ranks below 0.

        Without a line all of them are shown alike. The selection is to be made anew.
        """
        self._line = line
        if not line:
            above = len(rows)
        listed = [*rows[:above], *([(None, [line])] if above < len(rows) else []), *rows[above:]]
        self._ranks = [rank for rank, _cells in listed]
        self._filling = True
        self._table.clearSpans()
        self._table.setRowCount(len(listed))
        for number, (rank, cells) in enumerate(listed):
            faint = rank is None or number > above
            for column in range(self._table.columnCount):
                self._table.setItem(number, column, self._item(cells, column, faint, rank is None))
            if rank is None:
                self._table.setSpan(number, 0, 1, self._table.columnCount)
        self._filling = False
        self._fold()

    def show_opinions(self, about: str) -> None:
        """Show the column of second opinions, whose head tells ``about`` them; "" for none, and no column."""
        self._about = about
        self._table.setColumnHidden(_OPINION, not about)
        self._table.horizontalHeaderItem(_OPINION).setToolTip(about)

    def show_labels(self, on: bool) -> None:
        """Show the column of labels, or none where nothing has one."""
        self._table.setColumnHidden(_LABEL, not on)

    def show_answers(self, on: bool) -> None:
        """Show the columns of decisions and comments, or none where nobody is asked for them."""
        for column in (_DECISION, _COMMENT):
            self._table.setColumnHidden(column, not on)

    def reveal_opinions(self) -> None:
        """Scroll the column of second opinions into sight, which lies behind the others."""
        item = self._table.item(max(self._table.currentRow(), 0), _OPINION)
        if item is not None:
            self._table.scrollToItem(item)

    def forget(self) -> None:
        """Another result comes: nothing is selected, and what lies within the usual is folded away."""
        self._chosen, self._open = None, False

    def unfold(self) -> None:
        """Show what lies within the usual."""
        self._open = True
        self._fold()

    @property
    def folded(self) -> bool:
        """Whether findings are hidden behind the line."""
        return not self._open and None in self._ranks

    @property
    def rank(self) -> int | None:
        """The selected finding's rank."""
        return self._chosen if self._chosen in self._ranks else None

    def select(self, rank: int) -> None:
        """Select a finding, unfolded where it lies behind the line; ``on_selected`` is not called."""
        if rank not in self._ranks:
            return
        number = self._ranks.index(rank)
        if self.folded and None in self._ranks[:number]:
            self.unfold()
        self._chosen = rank
        self._filling = True
        self._table.setCurrentCell(number, _RANK)
        self._table.selectRow(number)
        self._filling = False

    def beside(self, by: int) -> int | None:
        """The rank of the next (1) or the previous (-1) finding that is shown, or of the selected one (0); stops at the
        ends. Where all are folded away, they are shown."""
        if self.folded and self._ranks[:1] == [None]:
            self.unfold()
        shown = [rank for rank in self._ranks if rank is not None]
        if self.folded:
            shown = shown[: self._ranks.index(None)]
        if not shown:
            return None
        at = shown.index(self.rank) if self.rank in shown else -by if by > 0 else 0
        return shown[min(max(at + by, 0), len(shown) - 1)]

    def _fold(self) -> None:
        line = self._ranks.index(None) if None in self._ranks else len(self._ranks)
        for number in range(len(self._ranks)):  # a row that was hidden stays so whatever is put into it
            self._table.setRowHidden(number, number > line and not self._open)
        if line == len(self._ranks):
            return
        sign = "\N{BLACK DOWN-POINTING SMALL TRIANGLE}" if self._open else "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}"
        self._table.item(line, 0).setText(f"{sign} {self._line}")

    def _item(self, cells: Sequence[str], column: int, faint: bool, line: bool) -> Any:
        word = cells[column] if column < len(cells) else ""
        item = qt.QTableWidgetItem(word)
        if column == len(cells) - 1:
            item.setToolTip(_("Click to show or to fold these places.") if line else word)
        elif column == _OPINION and not line:
            item.setToolTip(self._about)
        if faint:
            item.setForeground(qt.QBrush(faint_ink(self._table)))
        if line:
            item.setFlags(qt.Qt.ItemIsEnabled)
            # It lies over all columns: the first is not to be as wide as its words.
            item.setSizeHint(qt.QSize(0, 0))
        return item

    def _selected(self) -> None:
        row = self._table.currentRow()
        rank = self._ranks[row] if 0 <= row < len(self._ranks) else None
        if not self._filling and rank is not None and rank != self._chosen:
            self._chosen = rank
            self._on_selected()

    def _clicked(self, row: int, _column: int) -> None:
        if not 0 <= row < len(self._ranks):
            return
        rank = self._ranks[row]
        if rank is None:
            self._open = not self._open
            self._fold()
            if self._chosen in self._ranks and (self._open or self._ranks.index(self._chosen) < row):
                self.select(self._chosen)
        else:
            self._on_clicked(rank)
