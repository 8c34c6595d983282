"""A scene that must not cost an analysis: without pictures where this machine cannot draw."""

from __future__ import annotations

from ..errors import Cancelled, GANAnomalyError, InputError
from ..results.result import AnalysisResult
from ..running.progress import CancelToken
from ..volume.volume import Volume
from .headless import write_scene

NO_SCENE = "No scene was written: "
NO_VIEWS = "The scene has no pictures of the findings beside it: "


def add_scene(result: AnalysisResult, volume: Volume, views: int, cancel: CancelToken) -> list[str]:
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
        return [NO_VIEWS + error.message]
    return []


def try_scene(result: AnalysisResult, volume: Volume, views: int, cancel: CancelToken) -> list[str]:
    """:func:`add_scene`, but a scene that cannot be written is a warning too; raises only :class:`Cancelled`."""
    try:
        return add_scene(result, volume, views, cancel)
    except Cancelled:
        raise
    except GANAnomalyError as error:
        return [NO_SCENE + error.message]


def other_warnings(warnings: list[str]) -> list[str]:
    """Those that are not about an earlier attempt at a scene."""
    return [text for text in warnings if not text.startswith((NO_SCENE, NO_VIEWS))]
