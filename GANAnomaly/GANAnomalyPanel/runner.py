"""One worker process at a time, looked at a few times a second from Slicer's event loop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import qt
import slicer

from GANAnomalyPanel.engine_errors import missing_package
from GANAnomalyPanel.in_steps import InSteps, OnEnd, Steps

POLL_MS = 100
_WAIT_S = 0.005
_LOAD_MS, _LOAD_SHARE_S = 20, 0.05
"""Slicer's event loop holds Python's lock: a thread gets on only while a slot waits for it."""


class Runner:
    """Starts a job, tells its progress and its end. The window stays free meanwhile.

    ``on_progress(fraction, message, remaining_s or None)`` and ``on_end(outcome)`` are called on the GUI thread;
    ``outcome`` is the worker's last event, as :mod:`GANAnomalyLib.worker` describes it.
    """

    def __init__(self) -> None:
        self._job: Any = None
        self._on_progress: Callable[..., None] | None = None
        self._on_end: Callable[[dict], None] | None = None
        self._loading: _Loading | None = None
        self._showing = InSteps()
        self._timer = qt.QTimer()
        self._timer.connect("timeout()", self._poll)

    @property
    def running(self) -> bool:
        """Whether a job is at work, or its result being read or put into the scene."""
        return self._job is not None or self._loading is not None or self.showing

    @property
    def showing(self) -> bool:
        """Whether :meth:`show` has steps to take."""
        return self._showing.running

    def start(self, request: Any, on_progress: Callable[..., None], on_end: Callable[[dict], None]) -> None:
        """Run an AnalysisRequest, or a task as :mod:`GANAnomalyLib.worker` describes them, in a process of its own."""
        from GANAnomalyLib.worker import WorkerJob

        if self.running:
            raise RuntimeError("a job is running already")
        job = WorkerJob(request, base=slicer.util.startupEnvironment())
        job.start()
        self._job, self._on_progress, self._on_end = job, on_progress, on_end
        self._timer.start(POLL_MS)

    def load(self, function: Callable[[], Any], on_end: OnEnd) -> None:
        """Run a function that touches neither Qt nor the scene beside the window; ``on_end(value, error)`` is told.

        Reading large maps takes seconds. :meth:`cancel` and :meth:`close` forget about it.
        """
        self._loading = _Loading(function, on_end)
        self._timer.start(_LOAD_MS)

    def show(self, steps: Steps, on_end: OnEnd) -> None:
        """Take steps on the scene one by one, the window being free between them; ``on_end(value, error)`` is told.

        :meth:`cancel` and :meth:`close` close them half way.
        """
        self._showing.start(steps, on_end)

    def wait_for(self, start: Callable[[OnEnd], None]) -> Any:
        """What :meth:`load` or :meth:`show`, started by ``start(on_end)``, ends with; the window stays alive meanwhile.

        Raises what that raises, and :class:`GANAnomalyLib.errors.Cancelled` when the scene or the application goes.
        """
        from GANAnomalyLib.errors import Cancelled

        ended: list[tuple[Any, Exception | None]] = []
        start(lambda value, error: ended.append((value, error)))
        while not ended and self.running:
            slicer.app.processEvents()
            time.sleep(_WAIT_S)
        value, error = ended[0] if ended else (None, Cancelled())
        if error is not None:
            raise error
        return value

    def cancel(self) -> None:
        """Ask the job to stop; it ends with a cancelled outcome within two seconds."""
        if self._job is not None:
            self._job.cancel()
        elif self.showing:
            self._showing.cancel()
        elif self._loading is not None:
            loading, self._loading = self._loading, None
            self._timer.stop()
            loading.forget()

    def close(self) -> None:
        """End the job at once and tell nobody: the scene or the application goes."""
        self._timer.stop()
        self._loading = None
        self._showing.stop()
        job, self._job = self._job, None
        if job is not None:
            job.close()

    def _poll(self) -> None:
        if self._loading is not None:
            self._poll_loading()
        elif self._job is not None:
            self._poll_job(self._job)

    def _poll_loading(self) -> None:
        loading = self._loading
        if loading.finished():
            self._loading = None
            self._timer.stop()
            loading.tell()

    def _poll_job(self, job: Any) -> None:
        from GANAnomalyLib.running.messages import reported

        for event in job.poll():
            if event.get("event") == "progress" and self._on_progress:
                self._on_progress(*reported(event), event.get("remaining_s"))
        # Not whether the process is gone: it may linger, or go between two looks and be asked why at the next.
        outcome = job.outcome
        if outcome is None:
            return
        self._timer.stop()
        self._job = None
        if outcome.get("details"):
            logging.info("GANAnomaly worker: %s", outcome["details"])
        job.close()
        if self._on_end:
            self._on_end(outcome)


class _Loading:
    """A function at work in a thread."""

    def __init__(self, function: Callable[[], Any], on_end: OnEnd) -> None:
        self._function, self._on_end = function, on_end
        self._value: Any = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="GANAnomaly loading", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._value = self._function()
        except Exception as error:
            self._error = error

    def finished(self) -> bool:
        self._thread.join(_LOAD_SHARE_S)
        return not self._thread.is_alive()

    def tell(self) -> None:
        self._on_end(self._value, self._error)

    def forget(self) -> None:
        from GANAnomalyLib.errors import Cancelled

        self._on_end(None, Cancelled())


def run_and_wait(request: Any, in_process: bool, progress: Callable[[float, str], None] | None) -> str:
    """Run an AnalysisRequest to its end and return its result folder; Slicer's window stays alive.

    Raises what :func:`GANAnomalyLib.run` raises, in the worker as in this process.
    """
    report = progress or (lambda fraction, message: None)
    if in_process:
        from GANAnomalyLib import run

        def keep_alive(fraction: float, message: str) -> None:
            slicer.app.processEvents()
            report(fraction, message)

        try:
            return str(run(request, keep_alive).folder)
        except ImportError as error:
            raise missing_package(error) from error
    from GANAnomalyLib.worker import WorkerJob

    job = WorkerJob(request, base=slicer.util.startupEnvironment())
    job.start()
    try:
        return job.wait(report, idle=slicer.app.processEvents)["folder"]
    finally:
        job.close()
