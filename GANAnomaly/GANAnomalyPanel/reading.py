"""What the reader says of a case, beside the list of findings: own marks, labels, the verdict, and undo of it all."""

from __future__ import annotations

from typing import Any

from GANAnomalyPanel.judging import Judging
from GANAnomalyPanel.marking import Marking
from GANAnomalyPanel.reader_study import ReaderStudy
from GANAnomalyPanel.undoing import Undoing

_VERDICTS = {"N": "normal", "A": "abnormal", "I": "inadequate"}


class ReadingParts:
    """Puts these parts together with the list of findings; ``panel`` is the Panel that it does so for."""

    def __init__(self, panel: Any) -> None:
        self._panel = panel
        self._nodes: Any = None
        ui, tell = panel.ui, panel.tell
        self.undoing = Undoing(ui, tell, panel.keeping.said, self._show_again)
        self.judging = Judging(ui, tell, lambda sure, label: panel.findings.describe(sure, label), self.undoing.note)
        self.marking = Marking(ui, tell, self._marked, self._moved)
        self.study = ReaderStudy(panel)

    @property
    def keys(self) -> dict[str, Any]:
        """What each key does."""
        said = {f"Shift+{key}": lambda word=word: self.judging.press_verdict(word) for key, word in _VERDICTS.items()}
        sure = {f"Alt+{value}": lambda value=value: self.judging.press_confidence(value) for value in range(1, 6)}
        findings, ui = self._panel.findings, self._panel.ui
        answers = {
            "A": lambda: findings.decide("accepted"),
            "X": lambda: findings.decide("rejected"),
            "U": lambda: findings.decide("unsure"),
            "C": lambda: ui.commentEdit.setFocus(),
            "B": lambda: self.marking.begin("box"),
            "L": self.judging.edit_label,
            "Z": self.undoing.undo,
            **said,
            **sure,
        }
        return {
            "N": lambda: findings.step(1),
            "P": lambda: findings.step(-1),
            "M": lambda: self.study.begin_mark() or self.marking.begin("point"),
            **{key: lambda answer=answer: self.study.alone() or answer() for key, answer in answers.items()},
        }

    @property
    def nodes(self) -> Any:
        """The result that is read (ReviewNodes); None for none."""
        return self._nodes

    def show(self, nodes: Any) -> None:
        """Show this result (ReviewNodes); None for none."""
        self._nodes = nodes
        self.judging.show(nodes)
        self.undoing.show(nodes)
        self.marking.show(nodes)

    def changed(self, nodes: Any) -> None:
        """The reader said something in the list of findings."""
        self.judging.of_finding()
        self.undoing.note(nodes)
        self.marking.watch()

    def script_said(self, nodes: Any) -> None:
        """A script said something in the scene, and kept it."""
        self.undoing.known(nodes)
        if self._nodes is not None and nodes.findings_table is self._nodes.findings_table:
            self._show_again()

    def close(self) -> None:
        """The widgets go, or the scene."""
        self.study.close()
        self.marking.close()
        self.undoing.forget()

    def _marked(self, nodes: Any, made: Any) -> None:
        """A finding of the reader's own is there: it is selected, to be described."""
        from GANAnomalyLib.scene.reader_marks import reader_findings

        findings = self._panel.findings
        findings.finish_comment()
        findings.show(nodes)
        self.undoing.note(nodes)
        marks = [one.mark for one in reader_findings(nodes)]
        findings.select(-1 - marks.index(made.mark))

    def _moved(self, nodes: Any) -> None:
        if nodes is self._nodes:
            self._panel.findings.show(nodes)
            self.undoing.note(nodes)

    def _show_again(self) -> None:
        self._panel.findings.show(self._nodes)
        self.judging.show(self._nodes)
        self.marking.watch()
