"""A scene that must not cost an analysis: without pictures where this machine cannot draw."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Cancelled, GANAnomalyError, InputError
from ..results.result import AnalysisResult
from ..running.messages import Message
from ..running.progress import CancelToken
from ..volume.volume import Volume
from .headless import write_scene

NO_SCENE, NO_VIEWS = "no_scene", "no_views"
"""Codes of what an attempt at a scene may leave in a result's notes."""


def add_scene(result: AnalysisResult, volume: Volume, views: int, cancel: CancelToken) -> list[Message]:
    """Write scene.mrb and views into a result's folder; where drawing fails, the scene alone.

    ``volume`` is the analysed one; ``views`` says for how many findings pictures are made. Returns sentences for the
    result's warnings, none when all went well. Raises :class:`GANAnomalyError` when not even the scene can be written,
    :class:`InputError` when result and volume do not belong together, :class:`Cancelled` when ``cancel`` was set.
    """
    try:
        write_scene(result, volume, result.folder, views, cancel)
    except (Cancelled, InputError):
        raise
    except GANAnomalyError as error:
        if views == 0:
            raise
        write_scene(result, volume, result.folder, 0, cancel)
        return [Message("no_views", why=error.message)]
    return []


def try_scene(result: AnalysisResult, volume: Volume, views: int, cancel: CancelToken) -> list[Message]:
    """:func:`add_scene`, but a scene that cannot be written is a warning too; raises only :class:`Cancelled`."""
    try:
        return add_scene(result, volume, views, cancel)
    except Cancelled:
        raise
    except GANAnomalyError as error:
        return [Message("no_scene", why=error.message)]


def other_notes(notes: Sequence[str]) -> list[str]:
    """Those that are not about an earlier attempt at a scene."""
    return [note for note in notes if not (isinstance(note, Message) and note.code in (NO_SCENE, NO_VIEWS))]
