"""A job in a worker process, for a program that must never wait: a window, a batch, a console."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..analysis.request import AnalysisRequest
from ..errors import Cancelled, FolderInUse, GANAnomalyError, InputError, OtherResult, OutOfMemory
from ..running.messages import Message, progress_event, reported
from ..running.progress import CancelToken, ProgressCallback, no_progress
from .less_memory import can_use_less
from .worker_process import WorkerProcess, cannot_start, error

CANCEL_SECONDS = 1.8
"""A worker that was asked to stop and has not by then is killed."""
_LEAVE_SECONDS = 3.0
"""A worker that said its last word and is still there by then is killed."""
_SILENCE_SECONDS = 0.7
"""Loading a large library can stop every thread of the worker: after so long the client tells of the time itself."""
_IDLE_SECONDS = 0.05

_BY_CODE = {error.code: error for error in (FolderInUse, OtherResult)}

_running: weakref.WeakSet[WorkerJob] = weakref.WeakSet()


class WorkerJob:
    """One request in a process of its own. Call :meth:`start`, then :meth:`poll` from a timer; or :meth:`wait`.

    Parameters
    ----------
    request: what to do; a dict may also hold ``"task"`` and ``"force"``, as ``GANAnomalyLib.worker`` reads them.
    python: the interpreter to use; None for Slicer's own inside Slicer, else this one.
    environment: variables to set for the process, over those of ``base``.
    base: the environment to start from; None: this process's. 3D Slicer has its own, which a Python must not inherit.
    """

    def __init__(
        self,
        request: AnalysisRequest | dict[str, Any],
        python: str | None = None,
        environment: Mapping[str, str] | None = None,
        base: Mapping[str, str] | None = None,
    ) -> None:
        self.request = request.to_dict() if isinstance(request, AnalysisRequest) else dict(request)
        self._python, self._environment, self._base = python, environment, base
        self._process: WorkerProcess | None = None
        self._file: Path | None = None
        self._outcome: dict[str, Any] | None = None
        self._made: list[dict[str, Any]] = []
        self._progress = progress_event(0.0, Message("starting"))
        self._cancelled_at: float | None = None
        self._ended_at: float | None = None
        self._started_at = self._heard_at = 0.0

    @property
    def running(self) -> bool:
        """Whether the process is there (it may have said its last word a moment ago)."""
        return self._process is not None and self._process.running

    @property
    def outcome(self) -> dict[str, Any] | None:
        """The last event, "done" or "error", once :meth:`poll` has met it."""
        return self._outcome

    @property
    def log(self) -> str:
        """The last lines that the worker and its libraries wrote to standard error."""
        return self._process.log if self._process is not None else ""

    def start(self) -> None:
        """Start the process; a Python that cannot be started becomes the outcome. Once a job."""
        if self._started_at:
            raise RuntimeError("a job is started once")
        self._started_at = self._heard_at = time.monotonic()
        try:
            self._file = _write_request(self.request)
            arguments = ["-m", "GANAnomalyLib.worker", str(self._file), "--remove"]
            self._process = WorkerProcess(arguments, self._python, self._environment, self._base)
        except (OSError, ValueError) as reason:
            self._remove_file()
            self._end({**cannot_start(str(reason)), "kind": "failed"})
            return
        _running.add(self)

    def poll(self) -> list[dict[str, Any]]:
        """The events since the last call; never waits. Also ends a worker that does not go when it should."""
        events = self._take()
        if self._process is not None and self._outcome is None and not self._process.running:
            events += self._take(last=True)
            if self._outcome is None:
                self._end(self._death(self._process))
        self._enforce()
        events += self._made
        self._made = []
        now = time.monotonic()
        if events:
            self._heard_at = now
        elif self.running and self._outcome is None and now - self._heard_at >= _SILENCE_SECONDS:
            self._heard_at = now
            events = [{**self._progress, "elapsed_s": round(now - self._started_at, 2), "remaining_s": None}]
        return events

    def cancel(self) -> None:
        """Ask the worker to stop; from then on :meth:`poll` kills it after two seconds."""
        if self._cancelled_at is not None or self._process is None or self._outcome is not None:
            return
        self._cancelled_at = time.monotonic()
        self._process.write(b"cancel", last=True)

    def close(self) -> None:
        """End the process now, whatever it does, and remove what it was started with. May be called again."""
        _running.discard(self)
        if self._process is not None:
            if self._outcome is None:
                self._take()
            self._process.close()
            if self._outcome is None:
                self._outcome = _cancelled()
        self._remove_file()

    def wait(
        self,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        idle: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Wait for the end and return the "done" event; starts the job if nobody has.

        ``idle`` is called about twenty times a second, in which a window can work off its events.

        Raises
        ------
        InputError, OutOfMemory, Cancelled, GANAnomalyError: by the kind of the error event, with its sentence.
        """
        try:
            if not self._started_at:
                self.start()
            while True:
                for event in self.poll():
                    if event["event"] == "progress":
                        progress(*reported(event))
                if self._outcome is not None:
                    break
                if cancel is not None and cancel.cancelled:
                    self.cancel()
                if idle is not None:
                    idle()
                time.sleep(_IDLE_SECONDS)
        finally:
            self.close()
        return done_or_raise(self._outcome)

    def _take(self, last: bool = False) -> list[dict[str, Any]]:
        if self._process is None:
            return []
        taken = []
        for event in self._process.last_words() if last else self._process.take():
            if self._outcome is not None:
                break
            taken.append(event)
            if event["event"] == "progress":
                self._progress = event
            elif event["event"] in ("done", "error"):
                self._outcome = event
                self._ended_at = time.monotonic()
        return taken

    def _enforce(self) -> None:
        """Kill a worker that overstays, and forget one that went."""
        if self._process is None:
            return
        now = time.monotonic()
        late = self._cancelled_at is not None and now - self._cancelled_at > CANCEL_SECONDS
        lingers = self._ended_at is not None and now - self._ended_at > _LEAVE_SECONDS
        if self.running and (late or lingers):
            self._process.kill()
            if self._outcome is None:
                self._end(_cancelled())
        if not self.running:
            self._remove_file()

    def _end(self, event: dict[str, Any]) -> None:
        self._outcome = event
        self._made.append(event)
        self._ended_at = time.monotonic()

    def _death(self, process: WorkerProcess) -> dict[str, Any]:
        """The event for a process that ended without a last word."""
        if self._cancelled_at is not None:
            return _cancelled()
        event = process.death("close other programs, or analyse with less memory")
        smaller = event["kind"] == "memory" and "input" in self.request and can_use_less(self.request)
        return {**event, "less_memory": smaller}

    def _remove_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)


def done_or_raise(outcome: dict[str, Any] | None) -> dict[str, Any]:
    """A "done" event as it is; an "error" event as the exception that it tells of."""
    if outcome is not None and outcome["event"] == "done":
        return outcome
    told = outcome or {}
    kind, details, field = (str(told.get(name, "")) for name in ("kind", "details", "field"))
    if kind == "cancelled":
        raise Cancelled()
    kinds: dict[str, type[GANAnomalyError]] = {"input": InputError, "memory": OutOfMemory}
    kind_of_error = _BY_CODE.get(str(told.get("code", ""))) or kinds.get(kind, GANAnomalyError)
    values = told.get("values")
    raise kind_of_error(
        str(told.get("marked") or told.get("message", "")),
        details,
        field=field,
        values=values if isinstance(values, Mapping) else None,
    )


def _cancelled() -> dict[str, Any]:
    return error("cancelled", Cancelled().message)


def _write_request(request: dict[str, Any]) -> Path:
    """In a file that only this user may read: it names patients' files."""
    number, name = tempfile.mkstemp(prefix="gananomaly-", suffix=".json")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(request, file, default=os.fspath)
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)


@atexit.register
def _close_all() -> None:
    for job in list(_running):
        job.close()
