"""The result as DICOM on the scan's own images: into Slicer's DICOM database, and, when the reader says so, to an
archive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel import dicom_database, install
from GANAnomalyPanel.engine_errors import errors_told
from GANAnomalyPanel.engine_sentences import error_text
from GANAnomalyPanel.who_reads import reader

ARCHIVE = "GANAnomaly/Archive"
"""The address that was sent to last. Credentials are never kept here."""


class DicomOut:
    """The buttons *DICOM database* and *Send to archive*; ``panel`` is the Panel whose worker makes the objects."""

    def __init__(self, panel: Any) -> None:
        self._panel, self._tell = panel, panel.tell
        self._nodes: Any = None
        self._buttons = (panel.ui.saveDatabaseButton, panel.ui.sendButton)
        self._tips = [button.toolTip for button in self._buttons]
        self._passing: Path | None = None
        """What is removed when all is done."""
        for button, act in zip(self._buttons, (self.save, self.send), strict=True):
            button.connect("clicked(bool)", lambda _checked=False, act=act: act())

    def show(self, nodes: Any) -> None:
        """Offer this result (ReviewNodes); None for none."""
        self._nodes = nodes
        why = "" if nodes is None else dicom_database.why_not(nodes.ct)
        for button, tip in zip(self._buttons, self._tips, strict=True):
            button.enabled = nodes is not None and not why
            button.toolTip = why or tip

    @errors_told
    def save(self) -> None:
        """Make the objects and put them into Slicer's DICOM database."""
        if self._ready(install.ensure_dicom):
            self._make(self._keep)

    @errors_told
    def send(self) -> None:
        """Ask where to and whether at all, make the objects, and send them."""
        from GANAnomalyLib.archives.connection import VARIABLE, Connection

        settings = slicer.app.userSettings()
        told = str(settings.value(ARCHIVE) or "").strip() or os.environ.get(VARIABLE, "")
        address = qt.QInputDialog.getText(
            slicer.util.mainWindow(), _("Send to an archive"), _question(), qt.QLineEdit.Normal, told
        )
        address = address[0] if isinstance(address, tuple) else address
        if not (address or "").strip():
            return
        connection = Connection(archive=address.strip())
        connection.check()
        settings.setValue(ARCHIVE, address.strip())
        if self._ready(install.ensure_sending):
            self._make(lambda files: self._dispatch(files, connection))

    def _ready(self, ensure: Callable[[], None]) -> bool:
        panel = self._panel
        if panel.runner.running or self._nodes is None:
            self._tell(_("Something else is at work: wait until it has ended."), True)
            return False
        panel.findings.finish_comment()
        try:
            ensure()
        except install.InstallError as error:
            self._tell("\n".join(filter(None, [error.message, error.by_hand])), True)
            return False
        return True

    def _make(self, then: Callable[[list[Path]], None]) -> None:
        from GANAnomalyLib.errors import InputError
        from GANAnomalyLib.review.decisions import decision_of
        from GANAnomalyLib.scene import finding_review
        from GANAnomalyLib.scene.case_verdict import verdict_of
        from GANAnomalyLib.scene.reader_marks import reader_findings
        from GANAnomalyLib.scene.result_nodes import facts_of

        panel, nodes = self._panel, self._nodes
        facts, files = facts_of(nodes), dicom_database.files_of(nodes.ct)
        if not facts.folder or not Path(facts.folder).is_dir():
            raise InputError("The result's own files are gone (it came with a saved scene): analyse the image again.")
        workspace = panel.logic.workspace
        image, _mask = workspace.export(nodes.ct)
        self._passing = image.parent
        request = {
            "task": "dicom",
            "folder": facts.folder,
            "fingerprint": facts.fingerprint,
            "out": str(image.parent / "objects"),
            "files": files,
            "image": str(image),
            "reader": reader().name,
            "decisions": [asdict(decision_of(row)) for row in finding_review.rows(nodes)],
            "added": [asdict(one) for one in reader_findings(nodes)],
            "verdict": asdict(verdict_of(nodes)),
        }
        panel.run(request, lambda outcome: self._made(outcome, then))

    def _made(self, outcome: dict, then: Callable[[list[Path]], None]) -> None:
        from GANAnomalyLib.errors import GANAnomalyError

        if outcome["event"] == "done":
            try:
                then([Path(path) for path in outcome["files"].values()])
            except GANAnomalyError as error:
                self._end(error_text(error), wrong=True)
        elif outcome.get("kind") == "cancelled":
            self._end(_("Cancelled: nothing was saved or sent."))
        else:
            self._end("")
            self._panel.tell_failure(outcome)

    def _keep(self, files: list[Path]) -> None:
        count = dicom_database.put(files)
        self._end(_("{count} DICOM objects are in Slicer's DICOM database.").format(count=count))

    def _dispatch(self, files: list[Path], connection: Any) -> None:
        """In a thread: a network may take its time."""
        from GANAnomalyLib.archives.open_archive import open_archive
        from GANAnomalyLib.archives.send_files import send_files
        from GANAnomalyLib.errors import Cancelled, GANAnomalyError
        from GANAnomalyLib.running.progress import CancelToken

        cancel = CancelToken()

        def work() -> Any:
            archive = open_archive(connection, cancel)
            try:
                return send_files(archive, files, cancel=cancel)
            finally:
                archive.close()

        def sent(told: Any, error: Exception | None) -> None:
            if error is None:
                self._say_sent(told, connection.host)
            elif isinstance(error, Cancelled):
                cancel.cancel()
                self._end(_("Cancelled: some of the objects may have been sent."))
            elif isinstance(error, GANAnomalyError):
                self._end(error_text(error), wrong=True)
            else:
                self._end(_("Nothing more was sent: see the log."), wrong=True)
                raise error

        self._tell(_("Sending to {archive} ...").format(archive=connection.host))
        self._panel.runner.load(work, sent)
        self._panel.refresh_buttons()

    def _say_sent(self, told: Any, host: str) -> None:
        from GANAnomalyLib.archives.send_files import SENT, THERE

        refused = [one for one in told if one.state not in (SENT, THERE)]
        if refused:
            sentence = _("{archive} refused {count} of {all} objects: {why}.")
            why = refused[0].why
            self._end(sentence.format(archive=host, count=len(refused), all=len(told), why=why), wrong=True)
        else:
            self._end(_("{archive} has all {count} objects.").format(archive=host, count=len(told)))

    def _end(self, sentence: str, wrong: bool = False) -> None:
        passing, self._passing = self._passing, None
        if passing is not None:
            shutil.rmtree(passing, ignore_errors=True)
        self._panel.idle()
        self._tell(sentence, wrong)


def _question() -> str:
    return _(
        "Segmentation and reports of this result, with your decisions and your name, leave this computer. They carry "
        "the patient's name and number as the images do.\n\n"
        "Address of the archive, https://... or dicom://TITLE@HOST:PORT (credentials come from the environment or the "
        "system's keyring):"
    )
