"""Keeping a result and the decisions on it, and opening one made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel import install
from GANAnomalyPanel.engine_sentences import error_text
from GANAnomalyPanel.language import language
from GANAnomalyPanel.who_reads import WhoReads, typed_name


class Saving:
    """``tell(sentence)`` says what came of it; ``open_result(folder)`` is called with the folder to open."""

    def __init__(self, ui: Any, tell: Callable[..., None], open_result: Callable[[Path], None]) -> None:
        self._ui = ui
        self._tell = tell
        self._nodes: Any = None
        self._who = WhoReads(ui, tell)
        self._finish: Callable[[], None] = lambda: None
        ui.saveFolderButton.connect("clicked(bool)", self._guarded(self._save_folder))
        ui.saveSceneButton.connect("clicked(bool)", self._guarded(self._save_scene))
        ui.saveTableButton.connect("clicked(bool)", self._guarded(self._save_table))
        ui.saveSegmentationButton.connect("clicked(bool)", self._guarded(self._save_segmentation))
        ui.saveReportButton.connect("clicked(bool)", self._guarded(self._save_report))
        ui.openResultButton.connect("clicked(bool)", self._guarded(lambda: self._open(open_result)))

    def show(self, nodes: Any, finish: Callable[[], None]) -> None:
        """Save this result from now on; ``finish`` is called first, to take in what is still being typed."""
        self._nodes, self._finish = nodes, finish
        self._who.show(nodes)
        for name in ("Folder", "Scene", "Table", "Segmentation", "Report"):
            getattr(self._ui, f"save{name}Button").enabled = nodes is not None

    def _save_folder(self) -> None:
        from GANAnomalyLib.review.export import copy_result, save_decisions, write_findings_csv
        from GANAnomalyLib.scene import finding_review as review
        from GANAnomalyLib.scene.case_verdict import verdict_of
        from GANAnomalyLib.scene.reader_marks import reader_findings
        from GANAnomalyLib.scene.result_nodes import facts_of

        facts, rows = facts_of(self._nodes), review.rows(self._nodes)
        source = Path(facts.folder) if facts.folder else None
        if source is None or not source.is_dir():
            self._tell(_("The result's own files are gone (it came with a saved scene): save the scene or the table."))
            return
        parent = self._ask_folder(_("Save the result into a new folder inside"))
        if not parent:
            return
        target = _free_name(Path(parent), "gananomaly_result")
        copy_result(source, target)
        own = reader_findings(self._nodes), verdict_of(self._nodes)
        save_decisions(target, rows, None, "", *own)
        write_findings_csv(target / "findings.csv", rows, facts, *own)
        self._tell(_("The result is saved in {path}").format(path=target))

    def _save_scene(self) -> None:
        path = self._ask_file(_("Save the scene"), "gananomaly.mrb", _("Scene") + " (*.mrb)", ".mrb")
        if path and not slicer.util.saveScene(str(path)):
            self._tell(_("The scene could not be saved to {path}: choose another folder.").format(path=path))
        elif path:
            self._tell(_("The scene is saved in {path}").format(path=path))

    def _save_table(self) -> None:
        from GANAnomalyLib.review.export import write_findings_csv
        from GANAnomalyLib.scene import finding_review as review
        from GANAnomalyLib.scene.case_verdict import verdict_of
        from GANAnomalyLib.scene.reader_marks import reader_findings
        from GANAnomalyLib.scene.result_nodes import facts_of

        path = self._ask_file(_("Save the findings"), "findings.csv", _("Table") + " (*.csv)", ".csv")
        if path:
            own = reader_findings(self._nodes), verdict_of(self._nodes)
            write_findings_csv(path, review.rows(self._nodes), facts_of(self._nodes), *own)
            self._tell(_("The findings are saved in {path}").format(path=path))

    def _save_segmentation(self) -> None:
        from GANAnomalyLib.scene.segment_export import write_segmentation

        kind = _("Segmentation") + " (*.seg.nrrd)"
        path = self._ask_file(_("Save the segmentation"), "findings.seg.nrrd", kind, ".seg.nrrd")
        if path:
            write_segmentation(self._nodes, path)
            self._tell(_("The segmentation is saved in {path}").format(path=path))

    def _save_report(self) -> None:
        from GANAnomalyLib.review.report.write_report import needs_of
        from GANAnomalyLib.running.languages import ENGLISH, languages
        from GANAnomalyLib.scene.case_report import write_case_report

        kinds = "PDF (*.pdf);;HTML (*.html)"
        path = self._ask_file(_("Save the report"), "report.pdf", kinds, ".pdf", ".html")
        if not path:
            return
        try:
            install.ensure_for_report(needs_of(path))
        except install.InstallError as error:
            self._tell(" ".join(filter(None, [error.message, error.by_hand])))
            return
        code = language()
        spoken = code if code in languages() else ENGLISH
        write_case_report(self._nodes, path, spoken, _paper(), typed_name(), self._who.patient)
        self._tell(_("The report is saved in {path}").format(path=path))

    def _open(self, open_result: Callable[[Path], None]) -> None:
        folder = self._ask_folder(_("Open a result folder"))
        if folder:
            open_result(Path(folder))

    def _guarded(self, action: Callable[[], None]) -> Callable[..., None]:
        """A slot that tells an error in a sentence."""
        from GANAnomalyLib.errors import GANAnomalyError

        def run(_checked: bool = False) -> None:
            self._finish()
            try:
                action()
            except GANAnomalyError as error:
                self._tell(error_text(error))

        return run

    @staticmethod
    def _ask_folder(title: str) -> str:
        return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title)

    @staticmethod
    def _ask_file(title: str, name: str, kinds: str, *endings: str) -> Path | None:
        """The file to write; one that has none of the endings gets the first."""
        answer = qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), title, name, kinds)
        answer = answer[0] if isinstance(answer, tuple) else answer
        if not answer:
            return None
        # Qt adds no ending on Linux, and only the last part of ".seg.nrrd" elsewhere.
        return Path(answer if answer.lower().endswith(endings) else f"{answer.removesuffix('.nrrd')}{endings[0]}")


def _paper() -> str:
    """What printers hold here."""
    country = qt.QLocale.system().name().rpartition("_")[2]
    return "letter" if country in ("US", "CA", "MX") else "a4"


def _free_name(parent: Path, stem: str) -> Path:
    """``stem``, or ``stem_2`` and so on, whatever is not there yet."""
    number, path = 1, parent / stem
    while path.exists():
        number += 1
        path = parent / f"{stem}_{number}"
    return path
