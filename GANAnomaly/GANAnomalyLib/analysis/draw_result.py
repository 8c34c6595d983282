"""What people look at: the one-page picture where matplotlib is installed, and the scene where it was asked for."""

from __future__ import annotations

import importlib.util

from ..files import disk_errors
from ..results.result import AnalysisResult, notes_of, put_notes
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback
from ..scene.optional_scene import add_scene, other_notes, try_scene
from ..volume import Volume
from .analysis_state import Analysis
from .request import AnalysisRequest
from .result_manifest import write_manifest

SCENE_VIEWS = 5


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Draw the summary, and the scene."""
    scored = analysis.scored
    unfinished = AnalysisResult(analysis.work.path, analysis.manifest, scored.findings, scored.rows)
    with disk_errors(analysis.request.output_folder, kept="what was finished is kept"):
        draw(analysis.request, unfinished, analysis.volume, progress, analysis.cancel)


def draw(
    request: AnalysisRequest, result: AnalysisResult, volume: Volume, progress: ProgressCallback, cancel: CancelToken
) -> None:
    """The one-page picture where matplotlib is installed, and the scene where it was asked for.

    A scene that this machine cannot draw becomes one of the manifest's warnings.
    """
    if importlib.util.find_spec("matplotlib") is not None:
        from ..pictures import write_summary

        progress(0.0, Message("drawing_summary"))
        write_summary(result, volume, result.path("summary"))
    cancel.check()
    if request.scene:
        progress(0.3, Message("writing_scene_views"))
        told = try_scene(result, volume, SCENE_VIEWS, cancel)
        put_notes(result.manifest, [*notes_of(result.manifest), *told])


def add_scene_to(ready: AnalysisResult, volume: Volume, progress: ProgressCallback, cancel: CancelToken) -> None:
    """Put the scene into a finished result: nothing is computed again, and its manifest tells of it."""
    progress(0.0, Message("writing_scene_views"))
    with disk_errors(ready.folder):
        told = add_scene(ready, volume, SCENE_VIEWS, cancel)
        put_notes(ready.manifest, [*other_notes(notes_of(ready.manifest)), *told])
        ready.manifest.setdefault("request", {})["scene"] = True
        write_manifest(ready.folder, ready.manifest)
