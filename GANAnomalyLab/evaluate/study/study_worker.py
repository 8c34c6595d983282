"""A process that works off one run of a study after the other: libraries are loaded once, not for every case.

``python -m GANAnomalyLab.evaluate.study.study_worker`` reads one JSON object a line on standard input, a run each (see
:func:`do`), and writes one a line on standard output: "ready" at once, "progress" while it works, and for each run one
"done" (with what was measured) or "error", both with the run's "id". A line "cancel", or the end of the input, stops
the run within two seconds and the process with it; what is finished is kept.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import Cancelled, OtherResult
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.running.messages import Message, progress_event
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback
from GANAnomalyLib.worker.reasons import error_event

from .peak_memory import forget_peak, peak_mib
from .sharing import Explanations
from .study_cases import StudyCase
from .study_store import load_record, save_record

if TYPE_CHECKING:
    from .measure import Measured

_GRACE_SECONDS = 1.2
_TELL_SECONDS = 0.1
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
        told = before[2].case if before is not None and before[1] == fingerprint else {}
        measured.case.update({name: told.get(name) for name in _COSTS})
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
    """Work until told to stop."""
    say, cancel = _writer(), CancelToken()
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    _without_pictures()
    threading.Thread(target=_listen, args=(_own_input(), tasks, cancel), name="listener", daemon=True).start()
    explanations = Explanations()
    say({"event": "ready"})
    while True:
        task = tasks.get()
        if task is None:
            break
        try:
            say({"event": "done", "id": task["id"], **do(task, _reporter(say), cancel, explanations)})
        except BaseException as error:
            say({**error_event(error, task.get("request")), "id": task["id"]})
            if isinstance(error, Cancelled):
                break
    explanations.drop()
    _leave()


def _without_pictures() -> None:
    """A study has hundreds of results, and the one-page picture takes as long as the analysis of a few slices."""
    sys.modules["matplotlib"] = None  # type: ignore[assignment]


def _writer() -> Callable[[dict[str, Any]], None]:
    """Takes standard output for events; what libraries print goes to standard error."""
    out, lock = os.dup(1), threading.Lock()
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def say(event: dict[str, Any]) -> None:
        data = (json.dumps(event, default=str) + "\n").encode("ascii")
        with lock:
            try:
                while data:
                    data = data[os.write(out, data) :]
            except OSError:
                # Nobody reads any more.
                _leave()

    return say


def _reporter(say: Callable[[dict[str, Any]], None]) -> ProgressCallback:
    told = 0.0

    def report(fraction: float, message: Message) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _TELL_SECONDS:
            told = now
            say(progress_event(fraction, message))

    return report


def _own_input() -> int:
    """A copy of standard input, which itself becomes empty: no library shall read, or wait for, what is ours."""
    source = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return source


def _listen(source: int, tasks: queue.SimpleQueue, cancel: CancelToken) -> None:
    with os.fdopen(source, "rb") as lines:
        for line in lines:
            if line.strip() == b"cancel":
                break
            tasks.put(json.loads(line))
    cancel.cancel()
    tasks.put(None)
    # One long call of a library may not be interruptible.
    time.sleep(_GRACE_SECONDS)
    _leave()


def _leave() -> NoReturn:
    # Not sys.exit: threads of libraries would be waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
