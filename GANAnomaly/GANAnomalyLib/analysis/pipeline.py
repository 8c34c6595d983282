"""The one pipeline: request -> volume -> detector -> scores -> result folder, as a list of named stages."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import time
from dataclasses import dataclass

from ..errors import InputError, option
from ..files.locks import folder_lock
from ..results.result import AnalysisResult, notes_of
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress, part
from .analysis_state import Analysis
from .request import AnalysisRequest

_LOG = logging.getLogger(__name__)  # stages, counts and codes only: what a log tells names no patient and no path


@dataclass(frozen=True)
class Stage:
    """One step of every analysis.

    ``name`` is also the file beside this one whose ``run_stage(analysis, progress)`` does it: it is imported when its
    turn comes, so that an input that cannot be used is refused before the engine is loaded. ``ends`` is the fraction of
    the progress at its end, ``timing`` the entry of result.json's ``timings_s`` that its seconds count to, "" for none.
    """

    name: str
    ends: float
    timing: str = ""


STAGES = (
    Stage("read_input", 0.02, "read"),
    Stage("load_model", 0.025, "prepare"),
    Stage("prepare_slices", 0.03, "prepare"),
    Stage("find_finished", 0.03, "prepare"),
    Stage("explain_slices", 0.75, "explain"),
    Stage("score_slices", 0.87, "score"),
    Stage("explain_findings", 0.87, "score"),
    Stage("judge_domain", 0.88, "score"),
    Stage("write_result", 0.92, "write"),
    Stage("draw_result", 1.0, "pictures"),
    Stage("publish_result", 1.0),
)


def run(
    request: AnalysisRequest,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    force: bool = False,
) -> AnalysisResult:
    """Analyse one input and write its result folder.

    The same request on the same input returns the result that is there (``reused``), with the scene added where only
    that is missing; an interrupted one goes on from its finished slices; another request's result is only replaced
    with ``force``.

    Raises
    ------
    InputError: the request, input, mask, model or folder cannot be used. FolderInUse: another process writes to it.
    Cancelled: ``cancel`` was set.
    GANAnomalyError: anything else that a user can be told in a sentence. Nothing half-written is left in the output.
    """
    request.validate()
    if request.scene:
        check_scene_parts()
    analysis = Analysis(request, cancel or CancelToken(), force)
    with folder_lock(request.output_folder, "gananomaly analyze"):
        return _run(analysis, progress)


def _run(analysis: Analysis, progress: ProgressCallback) -> AnalysisResult:
    started, begin = time.monotonic(), 0.0
    for stage in STAGES:
        at = time.monotonic()
        module = importlib.import_module(f".{stage.name}", __package__)
        module.run_stage(analysis, _stoppable(part(progress, begin, stage.ends), analysis.cancel))
        begin = stage.ends
        if analysis.result is not None:
            _log_result(analysis.result)
            progress(1.0, Message("result_reused") if analysis.result.reused else Message("done"))
            return analysis.result
        now = time.monotonic()
        _LOG.info("The stage %s took %.3f s.", stage.name, now - at)
        if stage.timing:
            analysis.timings[stage.timing] = round(analysis.timings.get(stage.timing, 0.0) + now - at, 3)
        analysis.timings.pop("total", None)  # it is told last
        analysis.timings["total"] = round(now - started, 3)
    raise AssertionError("the last stage sets the result")


def _log_result(result: AnalysisResult) -> None:
    _LOG.info(
        "A result with %d findings%s; notes: %s.",
        len(result.findings),
        ", reused" if result.reused else "",
        ", ".join(note.code for note in notes_of(result.manifest) if isinstance(note, Message)) or "none",
    )


def check_scene_parts() -> None:
    """Raise :class:`InputError` when a scene is asked for and its libraries are not installed."""
    missing = [name for name in ("slicer", "trame_slicer") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            "Writing a scene needs Slicer's core: run pip install 'gananomaly[headless]', or leave "
            f"{option('scene')} out.",
            field="scene",
        )


def _stoppable(progress: ProgressCallback, cancel: CancelToken) -> ProgressCallback:
    """The callback, made a point where the run stops: rooms that only report progress can be cancelled too."""

    def report(fraction: float, message: Message) -> None:
        cancel.check()
        progress(fraction, message)

    return report
