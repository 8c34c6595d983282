"""Who reads at this Slicer: what the reader typed in the panel, else GANANOMALY_READER, else the account's name."""

from __future__ import annotations

from typing import Any

import slicer

SETTING = "GANAnomaly/Reader"


def reader() -> Any:
    """A ReaderName (:mod:`GANAnomalyLib.review.store.reader_name`); raises :class:`GANAnomalyLib.errors.InputError`."""
    from GANAnomalyLib.review.store.reader_name import ReaderName

    return ReaderName.of(str(slicer.app.userSettings().value(SETTING) or "").strip() or None)
