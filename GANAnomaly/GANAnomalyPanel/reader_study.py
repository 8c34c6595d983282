"""A study of readers in the panel: the next case shown as its condition says, rated, timed and closed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_errors import errors_told
from GANAnomalyPanel.engine_sentences import error_text
from GANAnomalyPanel.judging import verdict_words
from GANAnomalyPanel.keeping import switched_on
from GANAnomalyPanel.runner import Runner
from GANAnomalyPanel.samples import SOFT_TISSUE
from GANAnomalyPanel.study_marks import StudyMarks, rate_on, rated
from GANAnomalyPanel.who_reads import reader

_SIGN_MS = 60_000
_WITH_HEAT = ("findingsSection", "displaySection")
"""What is shown of the panel beside the study; in a condition without the heatmap it is nothing."""
_OTHER_ANSWERS = (
    *("acceptButton", "rejectButton", "unsureButton", "commentEdit", "labelCombo", "confidenceCombo"),
    *("markPointButton", "markBoxButton", "undoButton", "secondOpinionButton"),
    *("verdictLabel", "verdictCombo", "caseConfidenceCombo"),
)
"""What takes answers that the study does not ask for, or tells more than its condition says."""


class ReaderStudy:
    """The section *Reader study*; ``panel`` is the Panel that it reads in.

    In a condition without the heatmap the result is not put into the scene at all: there is nothing to be seen of it.
    The database is asked in a thread. :meth:`close` must be called before the scene or the widgets go.
    """

    def __init__(self, panel: Any) -> None:
        self._panel, self._ui, self._tell = panel, panel.ui, panel.tell
        self._aside = Runner()
        self._case: Any = None
        self._covered: list[Any] = []
        """What the slice views showed before a pause."""
        self._hidden: list[Any] = []
        self._answers = True
        """Whether what takes a reader's ordinary answers is there."""
        self._clearing = self._busy = self._filling = False
        ui = self._ui
        self.marks = StudyMarks(ui, self._say)
        for word, text in verdict_words().items():
            ui.studyVerdictCombo.addItem(text, word)
        ui.studyNextButton.connect("clicked(bool)", lambda _checked=False: self.next_case())
        ui.studyDoneButton.connect("clicked(bool)", lambda _checked=False: self.done())
        ui.studyPauseButton.connect("toggled(bool)", self._pause)
        ui.studyVerdictCombo.connect("activated(int)", lambda _row: self._say())
        ui.studyRatingSpin.connect("valueChanged(double)", lambda _value: self._say())
        ui.keepCheckBox.connect("toggled(bool)", lambda _on: self.look())
        # Another reader has other studies; who it is is written down first.
        ui.readerEdit.connect("editingFinished()", lambda: qt.QTimer.singleShot(0, self.look))
        self._signs = qt.QTimer()
        self._signs.setInterval(_SIGN_MS)
        self._signs.connect("timeout()", lambda: self._sign(away=False))
        self.look()

    @property
    def reading(self) -> bool:
        """Whether a case is open."""
        return self._case is not None

    def look(self) -> None:
        """Show the section where this reader has cases of a study in the database that decisions are kept in."""
        from GANAnomalyLib.errors import GANAnomalyError

        self._ui.studySection.visible = self.reading
        if self.reading or not switched_on():
            return
        try:
            who = reader()
        except GANAnomalyError:
            return
        self._aside.load(lambda: _studies_of(who), self._found)

    def next_case(self) -> None:
        """Open the next case, in an empty scene; asks before it closes one that is not the study's."""
        if self.reading or self._busy or self._panel.runner.running:
            return
        if slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") and not slicer.util.confirmOkCancelDisplay(
            _("Cases of a study are read in an empty scene. Close what is open? What was not saved is lost."),
            windowTitle=_("Reader study"),
        ):
            return
        self._open()

    @errors_told
    def done(self) -> None:
        """Keep what was said of the case, close it, and open the next."""
        from GANAnomalyLib.errors import InputError

        case, ui = self._case, self._ui
        if case is None or self._busy:
            return
        verdict = ui.studyVerdictCombo.itemData(ui.studyVerdictCombo.currentIndex)
        rating, marks = rated(ui.studyRatingSpin), self.marks.marks()
        if rating is None and verdict != "inadequate":
            raise InputError(_("Rate the case first; only one that is technically inadequate may go without."))
        if any(mark[3] is None for mark in marks):
            raise InputError(_("Rate each of your marks, or take it away."))
        self._panel.findings.finish_comment()
        self._work(_("Closing the case ..."), lambda: _close(case.reading, rating, verdict, marks), self._closed)

    def alone(self) -> bool:
        """Whether a case is open, in which only the study's own questions are answered; then that is said."""
        if self.reading:
            self._tell(self._ui.studyAloneLabel.text)
        return self.reading

    def check_closed(self) -> None:
        """Raise :class:`InputError` while a case is open: nothing else is looked at or said beside it."""
        from GANAnomalyLib.errors import InputError

        if self.reading:
            raise InputError(_("A case of a study is open: close it first."))

    def begin_mark(self) -> bool:
        """The key for a mark: whether it is a mark of the study's."""
        if self.reading:
            self.marks.begin()
        return self.reading

    def close(self) -> None:
        """The scene is closed by the reader, or the widgets go: the case stays open in the study, its clock stands."""
        if self._clearing:
            return
        case = self._case
        self._aside.close()
        self._busy = False
        self._leave()
        if case is not None:
            threading.Thread(target=_sign_quietly, args=(case.reading, True), daemon=True).start()

    def _found(self, names: Any, error: Exception | None) -> None:
        if error is not None:
            logging.warning("GANAnomaly review database: %s", error)
        combo = self._ui.studyCombo
        before = combo.currentText
        combo.clear()
        combo.addItems(names or [])
        combo.currentIndex = max(combo.findText(before), 0)
        self._ui.studySection.visible = bool(names)

    @errors_told
    def _open(self) -> None:
        who, study = reader(), self._ui.studyCombo.currentText
        self._work(_("Opening the next case ..."), lambda: _open(study, who), self._opened)

    def _opened(self, case: Any) -> None:
        from GANAnomalyLib.scene.volume_nodes import add_volume, show_grey
        from GANAnomalyLib.volume.modality import modality_of

        panel, reading, image = self._panel, case.reading, case.image
        self._clear()
        # The window stays alive while the result is put into the scene: no second case is opened meanwhile.
        self._case = case
        # Told as the study calls it: names of files may tell what is in them.
        node = add_volume(slicer.mrmlScene, reading.case, image.voxels, image.ijk_to_ras)
        show_grey(node, *(modality_of(image.modality or "CT").reading_window(image.voxels) or SOFT_TISSUE))
        panel.parameters.inputVolume = node
        slicer.util.setSliceViewerLayers(background=node, fit=True)
        self._hide(reading.heatmap)
        if reading.heatmap:
            try:
                panel.showing.open_result(reading.folder, node, _without_answers)
            except Exception:
                self._clear()
                self._leave()
                raise
            panel.tell("")
        self._show(case)
        self._sign(away=False)
        self._signs.start()

    def _show(self, case: Any) -> None:
        ui, reading, draft = self._ui, case.reading, case.draft
        told = _("Case {case}, {place} of {count} in session {session}; read {how}.")
        how = _("with the heatmap") if reading.heatmap else _("without the heatmap")
        told = told.format(case=reading.case, place=reading.place, count=reading.of, session=reading.session, how=how)
        ui.studyLabel.text = f"{told} {_('It goes on where it stopped.')}" if reading.resumed else told
        self._filling = True  # or what was kept would be written over by half of it
        rate_on(ui.studyRatingSpin, reading.scale)
        if draft.rating is not None:
            ui.studyRatingSpin.value = draft.rating
        ui.studyVerdictCombo.currentIndex = max(ui.studyVerdictCombo.findData(draft.verdict), 0)
        self.marks.show(reading.scale, draft.marks)
        self._filling = False
        ui.studyPauseButton.checked = False
        ui.studyCaseBox.visible = True
        ui.studySection.collapsed = False
        ui.studyNextButton.enabled = ui.studyCombo.enabled = False

    @errors_told
    def _say(self) -> None:
        """What was said so far is kept, so that a killed program loses nothing."""
        from GANAnomalyLib.review.study.open_case import Draft, save_draft

        ui = self._ui
        if self._case is None or self._filling:
            return
        verdict = ui.studyVerdictCombo.itemData(ui.studyVerdictCombo.currentIndex)
        said = Draft(rated(ui.studyRatingSpin), verdict, self.marks.marks())
        save_draft(self._case.reading.assignment, said)

    def _closed(self, seconds: float) -> None:
        self._clear()
        self._leave()
        self._tell(_("The case is closed after {count} s.").format(count=round(seconds)))
        self._open()

    def _pause(self, on: bool) -> None:
        if self._case is None:
            return
        self._blank(on)
        for name in ("studyDoneButton", "studyMarkButton", "studyRatingSpin", "studyVerdictCombo"):
            getattr(self._ui, name).enabled = not on
        self._ui.studyPauseButton.text = _("Go on") if on else _("Pause")
        if on:
            self._signs.stop()
        else:
            self._signs.start()
        self._sign(away=on)

    def _blank(self, on: bool) -> None:
        """Show nothing in the slice views, or what they showed."""
        from GANAnomalyLib.scene.slice_views import composites, set_layers

        scene = slicer.mrmlScene
        if on:
            shown = [(one, one.GetBackgroundVolumeID(), one.GetForegroundVolumeID()) for one in composites(scene)]
            self._covered = shown
            for composite, *_layers in shown:
                set_layers(composite, None, None)
            return
        for composite, *layers in self._covered:
            set_layers(composite, *(scene.GetNodeByID(name) if name else None for name in layers))
        self._covered = []

    def _sign(self, away: bool) -> None:
        case = self._case
        if case is not None and not self._busy:
            self._aside.load(lambda: _sign_quietly(case.reading, away), lambda _value, _error: None)

    def _leave(self) -> None:
        """No case is open any more: the panel is as it was."""
        ui = self._ui
        self._signs.stop()
        self._case, self._covered = None, []
        self.marks.forget()
        for part in self._hidden:
            part.visible = True
        self._hidden = []
        if not self._answers:
            self._show_answers(True)
        ui.studyPauseButton.checked = False
        ui.studyCaseBox.visible = False
        ui.studyLabel.text = ""
        ui.studyNextButton.enabled = ui.studyCombo.enabled = True

    def _clear(self) -> None:
        self._clearing = True
        try:
            slicer.mrmlScene.Clear(False)
        finally:
            self._clearing = False

    def _hide(self, heatmap: bool) -> None:
        shown = ("studySection", *(_WITH_HEAT if heatmap else ()))
        for name, part in vars(self._ui).items():
            if name.endswith("Section") and name not in shown and not part.isHidden():
                part.visible = False
                self._hidden.append(part)
        self._show_answers(False)

    def _show_answers(self, on: bool) -> None:
        """Show what takes a reader's ordinary answers, or in its place why it is not there."""
        section = self._ui.findingsSection
        # Parts of a collapsed section are hidden whatever they are told.
        collapsed, section.collapsed = section.collapsed, False
        for name in _OTHER_ANSWERS:
            getattr(self._ui, name).visible = on
        self._panel.findings.show_answers(on)
        self._ui.studyAloneLabel.visible = not on
        section.collapsed = collapsed
        self._answers = on

    def _work(self, doing: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do something beside the window; ``then`` is told what came of it, the reader what went wrong."""
        from GANAnomalyLib.errors import GANAnomalyError

        def ended(value: Any, error: Exception | None) -> None:
            self._busy = False
            self._enable(True)
            if error is None:
                self._tell("")
                try:
                    return then(value)
                except GANAnomalyError as wrong:
                    error = wrong
            if not isinstance(error, GANAnomalyError):
                raise error
            self._tell(error_text(error), True)
            return None

        self._busy = True
        self._enable(False)
        self._tell(doing)
        self._aside.load(work, ended)

    def _enable(self, on: bool) -> None:
        self._ui.studyDoneButton.enabled = on
        self._ui.studyNextButton.enabled = on and not self.reading


def _studies_of(who: Any) -> list[str]:
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.study.study_status import study_names

    with ReviewDatabase.open() as database, database.reading() as connection:
        return study_names(connection, who)


def _open(study: str, who: Any) -> Any:
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.study.open_case import open_case

    with ReviewDatabase.open() as database:
        return open_case(database, study, who)


def _close(reading: Any, rating: float | None, verdict: str, marks: list[Any]) -> float:
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.store.unsent_decisions import bring_in
    from GANAnomalyLib.review.study.open_case import forget_draft
    from GANAnomalyLib.review.study.take_readings import Mark, close_reading

    places = [Mark((r, a, s), given) for r, a, s, given in marks]
    with ReviewDatabase.open() as database:
        bring_in(database)
        seconds = close_reading(database, reading, rating, verdict, marks=places, source="panel")
    forget_draft(reading.assignment)
    return float(seconds)


def _sign_quietly(reading: Any, away: bool) -> None:
    """A sign that the database does not take costs the reader some seconds of time, no more."""
    from GANAnomalyLib.errors import GANAnomalyError
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.study.take_readings import sign_of_reading

    try:
        with ReviewDatabase.open(patience_s=2) as database:
            sign_of_reading(database, reading, away)
    except GANAnomalyError as error:
        logging.warning("GANAnomaly review database: %s", error)


def _without_answers(opened: Any) -> Any:
    """A result that was read, with nothing of what anybody said of it, in its folder or elsewhere."""
    from GANAnomalyLib.review.decisions import Reading

    none = Reading()
    opened.decisions, opened.added, opened.verdict = none.decisions, none.added, none.verdict
    return opened
