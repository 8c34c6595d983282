"""Is the answer there already? Else the folder in which the result grows, and what an interrupted run left in it."""

from __future__ import annotations

from pathlib import Path

from ..domain.verdict import UNKNOWN
from ..files import disk_errors
from ..results.result import AnalysisResult, verdict_of
from ..results.work_folder import WorkFolder
from ..running.progress import ProgressCallback
from .analysis_state import Analysis
from .draw_result import add_scene_to
from .prepare_slices import fingerprint
from .request import AnalysisRequest


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Set ``result`` to a finished one that answers the same request, or open the work folder."""
    request, output = analysis.request, analysis.request.output_folder
    # Version 0.1.0 took "auto" as a device of its own; which it was is in the result.
    asked = request.device
    earlier = {} if asked == analysis.device else {analysis.device: fingerprint(analysis, asked)}
    with disk_errors(output):
        ready = None if analysis.force else WorkFolder.finished(output, analysis.fingerprint, earlier)
        if analysis.force:
            WorkFolder.check_replaceable(output)
        analysis.replace = analysis.force or output.exists()
    if ready is not None and _films_there(request, ready) and _listed_alike(request, ready):
        if request.scene and not ready.path("scene").is_file():
            add_scene_to(ready, analysis.volume, progress, analysis.cancel)
        analysis.result = ready
        return
    analysis.work = WorkFolder(output, analysis.fingerprint)
    analysis.work.open()


def _listed_alike(request: AnalysisRequest, ready: AnalysisResult) -> bool:
    """Whether a result lists, or withholds, what it found in a scan that its model does not know, as is asked for."""
    listed = bool(ready.manifest.get("request", {}).get("findings_anyway"))
    return verdict_of(ready.manifest) != UNKNOWN or listed == request.findings_anyway


def _films_there(request: AnalysisRequest, ready: AnalysisResult) -> bool:
    """Whether the films and projections that a request asks for were made along with a finished result."""
    before = ready.manifest.get("request", {}).get("settings", {})
    for name in ("save_video", "projections"):
        wanted = request.settings.get(name)
        if wanted is not None and not (before.get(name) == wanted and Path(wanted).exists()):
            return False
    unfilmed = request.settings.get("save_video") is None
    return unfilmed or before.get("video_slice") == request.settings.get("video_slice")
