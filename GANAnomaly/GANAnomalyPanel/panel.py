"""The panel as a whole: what belongs to the chosen CT is shown, and an analysis is run on request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyLib.models.model_folders import DEFAULT_MODEL
from GANAnomalyPanel import install
from GANAnomalyPanel.advanced import Advanced
from GANAnomalyPanel.changed import ChangedNotice
from GANAnomalyPanel.dicom_out import DicomOut
from GANAnomalyPanel.display import Display
from GANAnomalyPanel.engine_sentences import error_text, failure_text, progress_text, remarks
from GANAnomalyPanel.findings import Findings
from GANAnomalyPanel.keeping import Keeping
from GANAnomalyPanel.modality_words import ModalityWords, modality_shown
from GANAnomalyPanel.model_menu import ModelMenu
from GANAnomalyPanel.own_window import OwnWindow
from GANAnomalyPanel.parameters import request_settings
from GANAnomalyPanel.reading import ReadingParts
from GANAnomalyPanel.request_fields import RequestFields
from GANAnomalyPanel.requests import Prepared, prepare
from GANAnomalyPanel.runner import Runner
from GANAnomalyPanel.samples import Samples
from GANAnomalyPanel.saving import Saving
from GANAnomalyPanel.second_opinion import SecondOpinion
from GANAnomalyPanel.shortcuts import Shortcuts
from GANAnomalyPanel.showing import Showing
from GANAnomalyPanel.sight import keep_width
from GANAnomalyPanel.three_d import ThreeD
from GANAnomalyPanel.typing_ends import TypingEnds
from GANAnomalyPanel.views import ViewWatcher
from GANAnomalyPanel.volume_list import hide_results
from GANAnomalyPanel.window_menu import WINDOW_KEYS, WindowMenu
from GANAnomalyPanel.word_colours import words
from GANAnomalyPanel.worklist import Worklist


class Panel:
    """Wires the widgets of the .ui file to the engine; one instance a module widget.

    ``ui`` holds the widgets by name; ``logic`` is the module's GANAnomalyLogic. :meth:`close` must be called before
    the widgets go.
    """

    def __init__(self, ui: Any, logic: Any) -> None:
        self.ui = ui
        self.logic = logic
        self.parameters: Any = None
        self.runner = Runner()
        self._prepared: Prepared | None = None
        self._shown_volume: Any = None
        self._showing_mask = False
        self._result: Any = None
        self._result_there = False
        self.keeping = Keeping(ui, self.tell)
        self.reading = ReadingParts(self)
        self.findings = Findings(ui, self.tell, self.reading.changed, self.reading.judging.show_finding)
        self.display = Display(ui, self.tell)
        self.words = ModalityWords(ui)
        self.own_window = OwnWindow(ui)
        self.window = WindowMenu(ui, self.tell)
        self.three_d = ThreeD(ui, self.tell)
        self.models = ModelMenu(ui, self._model_chosen, self.add_model, self.remove_model)
        self.typing_ends = TypingEnds(ui.findingsSection.parentWidget(), ui.findingsTable)
        self.advanced = Advanced(ui, self.typing_ends.watch)
        self.fields = RequestFields(ui, self.advanced.settings.widget)
        self.showing = Showing(self)
        self.second = SecondOpinion(self)
        self.dicom = DicomOut(self)
        self.worklist = Worklist(self)
        self.load_sample = Samples(self).load
        self._of_result: tuple[Any, ...] = (self.findings, self.reading, self.display, self.window, self.three_d)
        self._of_result += (self.second, self.dicom)
        self.saving = Saving(ui, self.tell, self.open_result)
        self.views = ViewWatcher(self.findings.mark_slice)
        self.changed = ChangedNotice(ui, self.analyze, self.tell, self.refresh)
        self.shortcuts = Shortcuts(
            {
                "H": self.display.toggle_heat,
                **self.reading.keys,
                **self.worklist.keys,
                **{key: lambda key=key: self.window.press(key) for key in WINDOW_KEYS},
            }
        )
        self._later = qt.QTimer()
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.connect("timeout()", self._refresh_later)
        self._connect()

    def _connect(self) -> None:
        ui = self.ui
        ui.analyzeButton.connect("clicked(bool)", lambda _checked=False: self.analyze())
        ui.cancelButton.connect("clicked(bool)", lambda _checked=False: self.cancel())
        ui.lessMemoryButton.connect("clicked(bool)", lambda _checked=False: self.retry_with_less_memory())
        ui.maskSelector.connect("currentNodeChanged(vtkMRMLNode*)", lambda _node: self._mask_chosen())
        ui.maskSelector.connect("currentSegmentChanged(QString)", lambda _id: self._mask_chosen())
        # A layout may bring views that were not there before.
        ui.layoutCombo.connect("activated(int)", lambda _row: self.views.watch())
        names = ("worklist", "analyse", "findings", "display", "advanced", "save")
        sections = [getattr(ui, f"{name}Section") for name in names]
        wide = [ui.changedBox, ui.worklistSection, ui.studySection, ui.studyCaseBox]
        keep_width(ui.findingsSection.parentWidget(), sections, wide)

    # What is shown

    def node_removed(self, node: Any) -> None:
        """A node left the scene: the CT, or one of ours by the user's hand."""
        from GANAnomalyLib.scene.roles import ROLE

        if self.parameters is not None and (node.GetAttribute(ROLE) or node.IsA("vtkMRMLScalarVolumeNode")):
            # Once for many, and not while the scene is still at it.
            self._later.start()

    def node_added(self, node: Any) -> None:
        """A node came into the scene: a picture in colours, which the list of volumes does not show, is told of."""
        if self.parameters is not None and node.IsA("vtkMRMLVectorVolumeNode"):
            self._later.start()

    def _refresh_later(self) -> None:
        # A result that is on its way into the scene is shown at its end, which sees to all of it.
        if not self.runner.showing:
            self.refresh()

    def parameters_modified(self) -> None:
        """A parameter was changed, by the user or a script: another CT shows another result."""
        self.fields.clear()
        if self.parameters is None:
            return
        self.advanced.update()
        self.findings.set_usual(int(self.parameters.usual.value))
        if self.parameters.inputVolume is not self._shown_volume:
            self.refresh()

    def set_parameters(self, parameters: Any) -> None:
        """Show a parameter node's choices (already connected to the widgets); None before the scene closes."""
        self.parameters = parameters
        if parameters is None:
            self._result = None
            self.runner.close()
            self.changed.close()
            self.reading.close()
            self.worklist.forget()
            self.idle()
            for part in (*self._of_result, self.changed):
                part.show(None)
            return
        self.models.fill(parameters.model)
        self.advanced.show(parameters, self.models.card())
        self.findings.set_usual(int(parameters.usual.value))
        self._show_mask(parameters.maskSegmentation, parameters.maskSegmentID)
        self.refresh()

    def refresh(self) -> None:
        """Show what belongs to the chosen CT, and whether it can be analysed."""
        if self.parameters is None:
            return
        from GANAnomalyLib.scene.result_nodes import result_of, results_in

        node = self._shown_volume = self.parameters.inputVolume
        hide_results(self.ui.inputSelector, results_in(slicer.mrmlScene))
        self.views.watch()
        self.changed.watcher.watch()
        nodes = result_of(slicer.mrmlScene, node) if node is not None else None
        shown = self.changed.show(nodes)
        for part in self._of_result:
            part.show(shown)
        self.worklist.show(nodes)
        self.saving.show(nodes, self.findings.finish_comment)
        self._result = nodes
        self._speak()
        self._open_sections(nodes is not None, shown is not None)
        self.models.show_fit(node)
        self.refresh_buttons()

    def _speak(self) -> None:
        """Call the image what it is."""
        modality = modality_shown(self.parameters.inputVolume, self._result, self.models.card())
        self.words.show(modality)
        self.own_window.show(self.parameters, modality)

    def _open_sections(self, there: bool, shown: bool) -> None:
        """Without a result, or a hidden one, there is nothing in them; else they stay as the reader has them."""
        for section in (self.ui.findingsSection, self.ui.displaySection):
            section.enabled = shown
            if there != self._result_there:
                section.collapsed = not there
        self._result_there = there

    def tell(self, sentence: str, wrong: bool = False) -> None:
        """Say something below the buttons; ``wrong`` in red. Options that it marks are called as the panel does."""
        from GANAnomalyLib.errors import in_words

        self.ui.statusLabel.styleSheet = words(self.ui.statusLabel, "wrong") if wrong else ""
        self.ui.statusLabel.text = in_words(sentence, self.fields.name)

    def tell_error(self, error: Any) -> None:
        """An error of the engine, and which field is at fault."""
        self.tell(error_text(error), wrong=True)
        self.fields.mark(error.field)

    # Running

    def analyze(self, less_memory: bool = False) -> None:
        """Start an analysis of the chosen CT; its result is shown when it is whole."""
        from GANAnomalyLib.errors import GANAnomalyError
        from GANAnomalyLib.worker import with_less_memory

        if self.runner.running or not self.refresh_buttons():
            return
        self.findings.finish_comment()
        kind = self.advanced.kind
        if not self.ready(() if kind is None else kind.needs):
            return
        parameters = self.parameters
        try:
            prepared = prepare(
                self.logic.workspace,
                parameters.inputVolume,
                parameters.maskSegmentation,
                parameters.maskSegmentID,
                **request_settings(parameters, self.advanced.kind),
            )
        except GANAnomalyError as error:
            self.tell_error(error)
            return
        self._prepared = prepared
        request = with_less_memory(prepared.request) if less_memory else prepared.request
        self.run(request, self._analysed)

    def retry_with_less_memory(self) -> None:
        """The last analysis again, slice by slice on the processor."""
        self.analyze(less_memory=True)

    def cancel(self) -> None:
        """Stop what is running."""
        if self.runner.running:
            self.ui.cancelButton.enabled = False
            self.tell(_("Stopping ..."))
            self.runner.cancel()

    def add_model(self, path: Path) -> None:
        """Convert a checkpoint into the user's model folder, in a process of its own, and choose it."""
        if not self.runner.running and self.ready():
            self.run({"task": "convert", "source": str(path)}, self._converted)

    def remove_model(self, name: str) -> None:
        """Delete one of the user's own models and choose the bundled one."""
        from GANAnomalyLib.errors import GANAnomalyError
        from GANAnomalyLib.models.remove_model import remove_model

        try:
            remove_model(name)
        except GANAnomalyError as error:
            self.tell_error(error)
        else:
            self.parameters.model = DEFAULT_MODEL
            self.tell(_("The model {name} was removed.").format(name=name))
        self._show_models()

    def open_result(self, folder: Path) -> None:
        """Show a result folder made elsewhere over the chosen CT; the window stays alive until it is shown."""
        self.showing.open_result(folder, self.parameters.inputVolume)

    def close(self) -> None:
        """End everything that outlives the widgets."""
        self._later.stop()
        self.reading.close()
        self.worklist.close()
        self.keeping.close()
        self.display.close()
        self.three_d.close()
        self.window.show(None)
        self.runner.close()
        self.views.close()
        self.changed.close()
        self.shortcuts.remove()

    # Inside

    def ready(self, needs: Sequence[str] = ()) -> bool:
        """Whether all packages are there, and those that the model's kind ``needs``; offers once to install them."""
        lacking = install.missing(needs)
        if not lacking:
            return True
        self.tell(_("Installing what an analysis needs ..."))
        slicer.app.processEvents()
        try:
            install.ensure(needs=needs)
        except install.InstallError as error:
            self.tell("\n".join(part for part in (error.message, error.by_hand) if part), wrong=True)
            return False
        self.tell("")
        return True

    def run(self, request: Any, on_end: Any) -> None:
        """Run a request or a task in the worker process; its progress is shown, ``on_end(outcome)`` is called last."""
        ui = self.ui
        self.fields.clear()
        ui.lessMemoryButton.visible = False
        ui.progressBar.value = 0
        ui.progressBar.visible = True
        self.tell(_("Starting ..."))
        self.runner.start(request, self._progress, on_end)
        self.refresh_buttons()

    def _progress(self, fraction: float, message: Any, remaining: float | None) -> None:
        self.ui.progressBar.value = int(1000 * fraction)
        if self.ui.cancelButton.enabled:
            self.tell(progress_text(message, remaining))

    def _analysed(self, outcome: dict) -> None:
        prepared = self._prepared
        self.logic.workspace.discard_input(prepared.volume_file)
        if outcome["event"] == "done":
            self._prepared = None
            self.worklist.analysed(prepared.node_id, outcome["folder"])
            self.showing.show_result(outcome["folder"], prepared, remarks(outcome))
            return
        self.idle()
        self.tell_failure(outcome)
        self.ui.lessMemoryButton.visible = bool(outcome.get("less_memory"))

    def _converted(self, outcome: dict) -> None:
        self.idle()
        if outcome["event"] == "done":
            self.parameters.model = outcome["model"]
            self._show_models()
            self.tell(_("The model {name} was added.").format(name=outcome["model"]))
        else:
            self.tell_failure(outcome)

    def tell_failure(self, outcome: dict) -> None:
        """Why a job ended without a result, and which field is at fault."""
        self.tell(failure_text(outcome), wrong=outcome.get("kind") != "cancelled")
        self.fields.mark(outcome.get("field", ""))

    def _show_models(self) -> None:
        """The list of models anew, as after one came or went."""
        self.models.fill(self.parameters.model)
        self.advanced.show(self.parameters, self.models.card())
        self.refresh()

    def idle(self) -> None:
        """Nothing is running any more."""
        self.ui.progressBar.visible = False
        self.refresh_buttons()

    def refresh_buttons(self) -> bool:
        """Set the buttons; whether an analysis could start now."""
        ui, parameters, running = self.ui, self.parameters, self.runner.running
        why = ""
        if parameters is None or parameters.inputVolume is None:
            why = _("Load a CT or an MR, or choose one in the list above.")
        elif self.models.problem():
            why = self.models.problem()
        ui.analyzeButton.enabled = not why and not running
        ui.analyzeButton.toolTip = why or _("Explain every slice with the model and list where it cannot.")
        self.changed.enable_analyse(not why and not running)
        self.second.enable(running)
        ui.cancelButton.enabled = running
        ui.addModelButton.enabled = not running
        ui.removeModelButton.enabled = self.models.removable and not running
        return not why and not running

    def _model_chosen(self, name: str) -> None:
        if self.parameters is not None:
            self.parameters.model = name
            self.advanced.show(self.parameters, self.models.card())
            self.models.show_fit(self.parameters.inputVolume)
            self._speak()
            self.refresh_buttons()

    def _show_mask(self, segmentation: Any, segment_id: str) -> None:
        """Choosing the segmentation alone would tell of no segment."""
        self._showing_mask = True
        self.ui.maskSelector.setCurrentNode(segmentation)
        self.ui.maskSelector.setCurrentSegmentID(segment_id)
        self._showing_mask = False

    def _mask_chosen(self) -> None:
        if self.parameters is not None and not self._showing_mask:
            self.parameters.maskSegmentation = self.ui.maskSelector.currentNode()
            self.parameters.maskSegmentID = self.ui.maskSelector.currentSegmentID()
