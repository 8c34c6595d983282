"""Who reads at this Slicer: what the reader typed in the panel, else GANANOMALY_READER, else the account's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_sentences import error_text

SETTING = "GANAnomaly/Reader"


def typed_name() -> str:
    """The name that was typed; "" for none."""
    return str(slicer.app.userSettings().value(SETTING) or "").strip()


def reader() -> Any:
    """A ReaderName (:mod:`GANAnomalyLib.review.store.reader_name`); raises :class:`GANAnomalyLib.errors.InputError`."""
    from GANAnomalyLib.review.store.reader_name import ReaderName

    return ReaderName.of(typed_name() or None)


class WhoReads:
    """The fields for the reader, which stays, and for the patient of one report, which is kept nowhere."""

    def __init__(self, ui: Any, tell: Callable[[str, bool], None]) -> None:
        self._reader, self._patient, self._tell = ui.readerEdit, ui.reportPatientEdit, tell
        self._of: Any = None
        self._reader.text = typed_name()
        self._reader.connect("editingFinished()", self._take)
        self._invite()

    @property
    def patient(self) -> str:
        """As it is to stand on the report; "" for nobody."""
        return self._patient.text.strip()

    def show(self, nodes: Any) -> None:
        """Another case (ReviewNodes, or None) is another patient's."""
        now = None if nodes is None else nodes.findings_table
        if now is not self._of:
            self._patient.text = ""
        self._of = now

    def _take(self) -> None:
        from GANAnomalyLib.errors import InputError
        from GANAnomalyLib.review.store.reader_name import ReaderName

        name = self._reader.text.strip()
        try:
            name = ReaderName.of(name).name if name else ""
        except InputError as error:
            self._tell(error_text(error), True)
            self._reader.text = typed_name()
            return
        if name != typed_name():
            slicer.app.userSettings().setValue(SETTING, name)
        self._reader.text = name
        self._invite()

    def _invite(self) -> None:
        from GANAnomalyLib.errors import InputError

        try:
            named = _("Reader: {name}").format(name=reader().name)
        except InputError:
            named = _("Reader")
        self._reader.placeholderText = named
        self._patient.placeholderText = _("Patient, on the report only")
