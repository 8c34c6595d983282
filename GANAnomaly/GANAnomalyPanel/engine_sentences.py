"""The engine's sentences and labels in Slicer's language: how far a job is, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import slicer
from slicer.i18n import tr as _

CONTEXT = "GANAnomaly"
"""Where Slicer's translations look for them, whichever file of the engine they stand in."""


def engine_text(text: str) -> str:
    """A text of the engine that stands in its files as it is: the template of a message, a label."""
    translated = slicer.app.translate(CONTEXT, text) if text else ""
    # A translation with other places could not be filled, or would lose what they tell.
    return translated if _places(translated) == _places(text) else text


def error_text(error: Any) -> str:
    """The sentence of an error of the engine; options that it names are marked."""
    return _sentence(error.template, error.values, error.marked)


def progress_text(message: Any, remaining_s: float | None) -> str:
    """A message of progress (:class:`GANAnomalyLib.running.messages.Message`) with the time that is left."""
    return f"{message.translated(engine_text)} {time_left(remaining_s)}".strip()


def failure_text(outcome: dict) -> str:
    """Why a job ended without a result; options that the sentence names are marked."""
    if outcome.get("kind") == "cancelled":
        return _("Cancelled: finished slices are kept for the next try.")
    marked = outcome.get("marked") or outcome.get("message", "")
    sentence = _sentence(outcome.get("template", ""), outcome.get("values", {}), marked)
    return sentence or _("The analysis stopped for an unknown reason; see the log.")


def remarks(outcome: dict) -> list[str]:
    """What a finished job remarks on its result; options that it names are marked."""
    from GANAnomalyLib.results.result import notes_of
    from GANAnomalyLib.running.messages import Message

    marked = outcome.get("marked_warnings", {})
    return [
        note.translated(engine_text) if isinstance(note, Message) else engine_text(marked.get(note, note))
        for note in notes_of(outcome)
    ]


def _sentence(template: str, values: Mapping[str, Any], marked: str) -> str:
    return engine_text(template).format(**values) if template else engine_text(marked)


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", text))


def time_left(seconds: float | None) -> str:
    """ "(about 2 min left)"; "" while it is not known."""
    if seconds is None:
        return ""
    if seconds < 5:
        return _("(a few seconds left)")
    if seconds < 90:
        return _("(about {count} s left)").format(count=int(round(seconds / 5) * 5))
    return _("(about {count} min left)").format(count=round(seconds / 60))
