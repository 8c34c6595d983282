"""Saying what a finding is and how sure the reader is, and the verdict on the whole case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from GANAnomalyPanel.engine_errors import errors_told


class Judging:
    """The fields for label and confidence of the selected finding, and for verdict and confidence of the case.

    ``describe(confidence, label)`` is called with what is said of the selected finding, None for what stays;
    ``changed(nodes)`` after the verdict was written into the scene.
    """

    def __init__(
        self,
        ui: Any,
        tell: Callable[[str, bool], None],
        describe: Callable[[Any, Any], None],
        changed: Callable[[Any], None],
    ) -> None:
        self._tell, self._describe, self._changed = tell, describe, changed
        self._nodes: Any = None
        self._row: Any = None
        self._known: list[Any] = []
        self._of_case = False
        """Whether the verdict was said last: a confidence is of it then."""
        self._label, self._sure = ui.labelCombo, ui.confidenceCombo
        self._verdict, self._case_sure = ui.verdictCombo, ui.caseConfidenceCombo
        for combo in (self._sure, self._case_sure):
            combo.addItem(_("Sure?"), 0)
            for value in range(1, 6):
                combo.addItem(f"{value}/5", value)
        for word, text in verdict_words().items():
            self._verdict.addItem(text, word)
        self._label.lineEdit().setPlaceholderText(_("Label of this finding"))
        self._label.connect("activated(int)", lambda _row: self._take_label())
        self._label.lineEdit().connect("editingFinished()", self._take_label)
        self._sure.connect("activated(int)", lambda row: self._describe(self._sure.itemData(row), None))
        self._verdict.connect("activated(int)", lambda row: self._judge(self._verdict.itemData(row), None))
        self._case_sure.connect("activated(int)", lambda row: self._judge(None, self._case_sure.itemData(row)))

    def show(self, nodes: Any) -> None:
        """Show the verdict on this result's case (ReviewNodes); None for none."""
        from GANAnomalyLib.scene.case_verdict import verdict_of

        self._nodes = nodes
        if nodes is not None and not self._known:
            self._fill_labels()
        for combo in (self._verdict, self._case_sure):
            combo.enabled = nodes is not None
        said = None if nodes is None else verdict_of(nodes)
        self._verdict.currentIndex = self._verdict.findData(said.verdict if said else "")
        self._case_sure.currentIndex = self._case_sure.findData((said.confidence if said else None) or 0)

    def show_finding(self, row: Any) -> None:
        """Show what was said of the selected finding (FindingRow); None for none."""
        before = None if self._row is None else self._row.rank
        self._row = row
        if row is None or row.rank != before:
            self._of_case = False
        for combo in (self._label, self._sure):
            combo.enabled = row is not None
        self._sure.currentIndex = self._sure.findData((row.confidence if row else None) or 0)
        text = row.label.meaning if row else ""
        if self._label.currentText != text:
            self._label.setEditText(text)

    def press_verdict(self, word: str) -> None:
        """Say this of the case; the same again takes it back."""
        from GANAnomalyLib.scene.case_verdict import verdict_of

        if self._nodes is not None:
            self._judge("" if verdict_of(self._nodes).verdict == word else word, None)

    def press_confidence(self, value: int) -> None:
        """Say how sure of what was judged last: the case, or the selected finding."""
        if self._nodes is None:
            return
        if self._of_case:
            self._judge(None, value)
        elif self._row is not None:
            self._describe(value, None)

    def edit_label(self) -> None:
        """Begin to type a label."""
        if self._row is not None:
            self._label.lineEdit().selectAll()
            self._label.setFocus()

    def of_finding(self) -> None:
        """A finding was judged last: how sure is of that."""
        self._of_case = False

    @errors_told
    def _judge(self, verdict: str | None, confidence: int | None) -> None:
        from GANAnomalyLib.scene.case_verdict import judge_case

        if self._nodes is None:
            return
        nodes = self._nodes
        judge_case(nodes, verdict, confidence)
        self._of_case = True
        self.show(nodes)
        self._changed(nodes)

    def _take_label(self) -> None:
        from GANAnomalyLib.review.coded_labels import Label
        from GANAnomalyLib.review.terminology import label_of

        if self._row is None:
            return
        label = label_of(self._label.currentText, self._known)
        if label.meaning != Label.words(self._row.label.meaning).meaning:
            self._describe(None, label)

    def _fill_labels(self) -> None:
        from GANAnomalyLib.review.terminology import known_labels

        self._known = known_labels()
        text = self._label.currentText
        self._label.clear()
        for label in self._known:
            self._label.addItem(label.meaning)
        self._label.setEditText(text)


def verdict_words() -> dict[str, str]:
    """What each verdict is called, none first."""
    return {
        "": _("no verdict yet"),
        "normal": _("normal"),
        "abnormal": _("abnormal"),
        "inadequate": _("technically inadequate"),
    }
