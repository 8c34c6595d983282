"""The engine's sentences and labels in Slicer's language, and how far an analysis is."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

CONTEXT = "GANAnomaly"
"""Where Slicer's translations look for them, whichever file of the engine they stand in."""


def engine_text(text: str) -> str:
    """A text of the engine that stands in its files as it is: the template of a message, a label."""
    return slicer.app.translate(CONTEXT, text) if text else ""


def progress_text(message: Any, remaining_s: float | None) -> str:
    """A message of progress (:class:`GANAnomalyLib.running.messages.Message`) with the time that is left."""
    return f"{message.translated(engine_text)} {time_left(remaining_s)}".strip()


def time_left(seconds: float | None) -> str:
    """ "(about 2 min left)"; "" while it is not known."""
    if seconds is None:
        return ""
    if seconds < 5:
        return _("(a few seconds left)")
    if seconds < 90:
        return _("(about {count} s left)").format(count=int(round(seconds / 5) * 5))
    return _("(about {count} min left)").format(count=round(seconds / 60))
