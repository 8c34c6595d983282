"""A classifier of readers' decisions asked about the shown findings: the menu of those at hand, and the asking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

FILES = "*.safetensors"


class SecondOpinion:
    """The menu of the button *Second opinion*; ``panel`` is the Panel whose worker asks.

    What a classifier says is written beside the result and into its table. It hides no finding and decides on none.
    """

    def __init__(self, panel: Any) -> None:
        self._panel = panel
        self._nodes: Any = None
        self._asked: Any = None
        self._files: list[Path] = []
        """Those that the user chose since the panel was opened."""
        self._button = panel.ui.secondOpinionButton
        self._menu = qt.QMenu(self._button)
        self._menu.setToolTipsVisible(True)
        self._menu.connect("aboutToShow()", self.fill)
        self._button.setMenu(self._menu)

    def show(self, nodes: Any) -> None:
        """Ask about this result (ReviewNodes) from now on; None for none."""
        self._nodes = nodes

    def enable(self, running: bool) -> None:
        """Whether something can be asked: there are findings, and nothing else is at work."""
        self._button.enabled = not running and self._nodes is not None and bool(self._panel.findings.count)

    def fill(self) -> None:
        """List the classifiers anew: one may have been installed."""
        menu = self._menu
        menu.clear()
        listed = [*classifiers(self._files)]
        for entry in listed:
            action = menu.addAction((entry.card.title or entry.name).replace("&", "&&"))
            action.setToolTip(about(entry.card))
            action.connect("triggered(bool)", lambda _on=False, path=entry.path: self.ask(path))
        if not listed:
            menu.addAction(_("No classifier of findings is installed")).setEnabled(False)
        menu.addSeparator()
        menu.addAction(_("Choose a file ...")).connect("triggered(bool)", lambda _on=False: self._choose())

    def ask(self, classifier: Path) -> None:
        """Ask a classifier, in a process of its own."""
        from GANAnomalyLib.errors import GANAnomalyError
        from GANAnomalyLib.scene.result_nodes import facts_of

        panel = self._panel
        if panel.runner.running or self._nodes is None or not panel.ready():
            return
        try:
            facts = facts_of(self._nodes)
        except GANAnomalyError as error:
            panel.tell_error(error)
            return
        if not facts.folder or not Path(facts.folder).is_dir():
            gone = _("The result's own files are gone (it came with a saved scene): open its folder and ask again.")
            panel.tell(gone, wrong=True)
            return
        self._asked = self._nodes
        request = {"task": "opinions", "folder": facts.folder, "classifier": str(classifier)}
        panel.run({**request, "fingerprint": facts.fingerprint}, self._answered)

    def _choose(self) -> None:
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Choose a classifier of findings"), "", FILES)
        path = path[0] if isinstance(path, tuple) else path
        if path:
            self._files = [*(file for file in self._files if file != Path(path)), Path(path)]
            self.ask(Path(path))

    def _answered(self, outcome: dict) -> None:
        panel, nodes, self._asked = self._panel, self._asked, None
        panel.idle()
        if outcome["event"] != "done":
            if outcome.get("kind") == "cancelled":
                panel.tell(_("Cancelled: the findings are as they were."))
            else:
                panel.tell_failure(outcome)
            return
        from GANAnomalyLib.files.typed_values import read_as
        from GANAnomalyLib.review.opinions import Opinions
        from GANAnomalyLib.scene.give_opinions import give_opinions

        opinions = read_as(Opinions, outcome["opinions"], "The second opinion", "ask again")
        if nodes.findings_table is None or nodes.findings_table.GetScene() is None:
            panel.tell(_("The result that was asked about is not shown any more; the opinions lie in its folder."))
            return
        give_opinions(nodes, opinions)
        panel.refresh()
        panel.findings.reveal_opinions()
        panel.tell(_("The second opinion of {model} is in the list.").format(model=opinions.source.model))


def classifiers(files: list[Path]) -> Iterator[Any]:
    """Entries (ModelEntry) of the installed classifiers of findings, and of ``files`` that are such ones."""
    from GANAnomalyLib.classifiers.architecture import ClassifierArchitecture
    from GANAnomalyLib.errors import InputError
    from GANAnomalyLib.models.registry import entry_of, list_models

    for entry in [*list_models(), *map(entry_of, files)]:
        if entry.broken or entry.detects:
            continue
        try:
            of_findings = ClassifierArchitecture.of(entry.card).findings is not None
        except InputError:
            continue
        if of_findings:
            yield entry


def about(card: Any) -> str:
    """What a classifier's opinions are and are not, by its card."""
    from GANAnomalyLib.review.ask_classifier import source_of

    return about_opinions(source_of(card))


def about_opinions(source: Any) -> str:
    """What the opinions of a source (OpinionSource) are and are not."""
    known = _(
        "How probably a reader would accept the finding, by the classifier {model}, which learnt from {accepted} "
        "accepted and {rejected} rejected findings of {patients} patients."
    ).format(model=source.model, accepted=source.accepted, rejected=source.rejected, patients=source.patients)
    warned = _(
        "It repeats those readers' habits, is not calibrated, hides nothing and decides nothing. Look first, then "
        "compare. Research use only."
    )
    return "\n".join([known, warned])
