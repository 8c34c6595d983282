"""The manifest, last of all, and the finished folder in its place."""

from __future__ import annotations

from ..files import disk_errors
from ..results.result import AnalysisResult
from ..running.progress import ProgressCallback
from .analysis_state import Analysis
from .result_manifest import write_manifest


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Publish the result."""
    output = analysis.request.output_folder
    with disk_errors(output, kept="what was finished is kept"):
        # A folder without a manifest is never taken for a result.
        write_manifest(analysis.work.path, analysis.manifest)
    analysis.work.publish(analysis.replace)
    analysis.result = AnalysisResult.read(output)
