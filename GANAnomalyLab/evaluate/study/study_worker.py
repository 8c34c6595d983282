"""A run of a study as a task of a pool's workers: libraries are loaded once, not for every case.

``python -m GANAnomalyLab.evaluate.study.study_worker`` is served as :mod:`GANAnomalyLib.worker.serve` says, and knows
the one task :func:`do`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import OtherResult
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from .peak_memory import forget_peak, peak_mib
from .sharing import Explanations
from .study_cases import StudyCase
from .study_store import load_record, save_record

if TYPE_CHECKING:
    from .measure import Measured

COMMAND = ("-m", "GANAnomalyLab.evaluate.study.study_worker")
TASK = "study"
_COSTS = ("peak_mib", "seconds", "seconds_per_slice")


def do(
    task: dict[str, Any], progress: ProgressCallback, cancel: CancelToken, explanations: Explanations
) -> dict[str, Any]:
    """One run: analyse, measure, keep the record; returns what was measured as plain values.

    ``task`` holds "request" (an ``AnalysisRequest``), "case" (a :class:`~.cases.StudyCase`), "record" (the file to
    write), "key", "min_lesion_pixels" and "force". Raises as :func:`~GANAnomalyLib.run` and
    :func:`~.measure.measure`.
    """
    request = AnalysisRequest.from_dict(task["request"])
    case, record = StudyCase.from_dict(task["case"]), Path(task["record"])
    forget_peak()
    from .measure import measure

    progress = explanations.before(request, record.parent.parent, progress)
    result = _analysed(request, bool(task["force"]), progress, cancel)
    peak = peak_mib()
    fingerprint = str(result.manifest.get("fingerprint", ""))
    measured = measure(result, case, task["min_lesion_pixels"])
    measured.case["peak_mib"] = peak
    shared = explanations.after(result, peak)
    if result.reused:
        # Nothing was computed now: what it took is what it took then.
        before = load_record(record)
        earlier = before[2].case if before is not None and before[1] == fingerprint else {}
        measured.case.update({name: earlier.get(name) for name in _COSTS})
    elif shared:
        _add_shared(measured, result, shared)
    save_record(record, task["key"], fingerprint, measured)
    return {**measured.to_dict(), "reused": result.reused}


def _add_shared(measured: Measured, result: AnalysisResult, shared: dict[str, Any]) -> None:
    """An explanation made for another configuration is counted as if it had been made for this one."""
    times, slices = result.manifest["timings_s"], max(len(result.scores), 1)
    explain = max(float(times["explain"]), shared["seconds"])
    measured.case["seconds"] = round(float(times["total"]) + explain, 3)
    measured.case["seconds_per_slice"] = round((explain + float(times["score"])) / slices, 5)
    peaks = [peak for peak in (measured.case["peak_mib"], shared["peak_mib"]) if peak is not None]
    measured.case["peak_mib"] = max(peaks, default=None)


def _analysed(request: AnalysisRequest, force: bool, progress: ProgressCallback, cancel: CancelToken) -> AnalysisResult:
    """The request's result. One that is damaged, or of an image or model that has changed since, is made anew: the
    folder is the study's own, and that its settings are the same was seen to before."""
    from GANAnomalyLib.analysis.pipeline import run

    try:
        return run(request, progress, cancel, force)
    except OtherResult:
        return run(request, progress, cancel, force=True)


def main() -> NoReturn:
    """Work until earlier to stop."""
    from GANAnomalyLib.worker.serve import serve

    _without_pictures()
    # Kept from one run to the next.
    explanations = Explanations()
    serve({TASK: lambda values, progress, cancel: do(values, progress, cancel, explanations)})


def _without_pictures() -> None:
    """A study has hundreds of results, and the one-page picture takes as long as the analysis of a few slices."""
    sys.modules["matplotlib"] = None  # type: ignore[assignment]


if __name__ == "__main__":
    main()
