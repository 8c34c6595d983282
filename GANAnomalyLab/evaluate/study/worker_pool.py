"""Worker processes that take runs one after the other, and are replaced when one dies."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from GANAnomalyLib.errors import Cancelled, GANAnomalyError
from GANAnomalyLib.running.process import kill_tree, spawn, was_out_of_memory, worker_environment, worker_python
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.worker.lines import EventReader, TailReader

_MODULE = "GANAnomalyLab.evaluate.study.study_worker"
_POLL_SECONDS = 0.02
_CANCEL_SECONDS = 1.8
"""A worker that was asked to stop and has not by then is killed; its result goes on from its finished slices."""


@dataclass(frozen=True)
class Task:
    """One run. ``together``: tasks of one value go to one worker, in their order."""

    id: int
    together: str
    data: dict[str, Any]


class _Worker:
    """One process and the task it works at."""

    def __init__(self, python: str | None, environment: Mapping[str, str]) -> None:
        command = [python or worker_python(), "-m", _MODULE]
        try:
            self._process: subprocess.Popen[bytes] = spawn(command, worker_environment(environment))
        except (OSError, ValueError) as error:
            raise GANAnomalyError("The analysis could not be started: check the installation.", str(error)) from error
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._events, self._errors = EventReader(self._process.stdout), TailReader(self._process.stderr)
        self.ready = False
        self.task: Task | None = None
        self.fraction, self.message = 0.0, "Starting"
        self.waiting: deque[Task] = deque()

    def give(self, task: Task) -> None:
        self.task, self.fraction, self.message = task, 0.0, "Starting"
        self._write(json.dumps({**task.data, "id": task.id}).encode("ascii"))

    def cancel(self) -> None:
        self._write(b"cancel")

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None
        # A worker that died is met by poll.
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()

    def poll(self) -> list[dict[str, Any]]:
        """Ends of tasks since the last call; the death of the process is one, for the task that it held."""
        alive = self._process.poll() is None
        if not alive:
            self._events.ended(0.2)
        ends = []
        for event in self._events.take():
            if event["event"] == "ready":
                self.ready = True
            elif event["event"] == "progress":
                self.fraction, self.message = float(event["fraction"]), str(event["message"])
            elif event["event"] in ("done", "error") and self.task is not None and event.get("id") == self.task.id:
                self.task = None
                ends.append(event)
        if not alive and self.task is not None:
            ends.append(self._death(self.task))
            self.task = None
        return ends

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def _death(self, task: Task) -> dict[str, Any]:
        code = self._process.returncode
        memory = was_out_of_memory(code)
        message = (
            "The system stopped the analysis, most likely because memory ran out: use fewer workers, or close other "
            "programs."
            if memory
            else f"The analysis stopped unexpectedly (exit code {code}): try again."
        )
        kind = "memory" if memory else "failed"
        return {"event": "error", "id": task.id, "kind": kind, "message": message, "details": self._errors.text(0.2)}

    @property
    def log(self) -> str:
        return self._errors.text(0.2)

    def close(self) -> None:
        """End it now; its pipes too."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        kill_tree(self._process)
        self._errors.text(0.2)
        if self._events.ended(0.2):
            for pipe in (self._process.stdout, self._process.stderr):
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    pipe.close()  # type: ignore[union-attr]


def work_off(
    tasks: Sequence[Task],
    workers: int,
    environment: Mapping[str, str],
    on_end: Callable[[Task, dict[str, Any]], None],
    tell: Callable[[float, str], None],
    cancel: CancelToken,
    python: str | None = None,
) -> None:
    """Give all tasks to ``workers`` processes; ``on_end`` gets each task with its "done" or "error" event.

    ``tell`` is called with how many tasks are under way, as a sum of fractions, and what the first of them does.

    Raises
    ------
    Cancelled: within two seconds of ``cancel``. GANAnomalyError: a worker cannot be started, or a package is missing.
    """
    groups: dict[str, deque[Task]] = {}
    for task in tasks:
        groups.setdefault(task.together, deque()).append(task)
    queue = deque(groups.values())
    known = {task.id: task for task in tasks}
    pool: list[_Worker] = []
    try:
        while queue or pool:
            cancel.check()
            while queue and len(pool) < workers:
                pool.append(_Worker(python, environment))
                pool[-1].waiting = queue.popleft()
            for worker in list(pool):
                for event in worker.poll():
                    if event["event"] == "error" and event["kind"] == "missing":
                        # Every other run would fail in the same way.
                        raise GANAnomalyError(str(event["message"]), str(event.get("details", "")))
                    on_end(known[event["id"]], event)
                _go_on(worker, pool, queue)
            busy = [worker for worker in pool if worker.task is not None]
            tell(sum(worker.fraction for worker in busy), busy[0].message if busy else "Starting")
            time.sleep(_POLL_SECONDS)
    except Cancelled:
        _stop(pool)
        raise
    finally:
        for worker in pool:
            worker.close()


def _go_on(worker: _Worker, pool: list[_Worker], queue: deque[deque[Task]]) -> None:
    """The worker's next task; or, when it died or nothing is left, out of the pool with it."""
    if worker.task is not None:
        return
    if not worker.alive:
        if not worker.ready:
            raise GANAnomalyError("The analysis could not be started: check the installation.", worker.log)
        if worker.waiting:
            queue.appendleft(worker.waiting)
        pool.remove(worker)
        worker.close()
        return
    if not worker.waiting and queue:
        worker.waiting = queue.popleft()
    if worker.waiting:
        worker.give(worker.waiting.popleft())
    else:
        pool.remove(worker)
        worker.close()


def _stop(pool: Sequence[_Worker]) -> None:
    for worker in pool:
        worker.cancel()
    until = time.monotonic() + _CANCEL_SECONDS
    while time.monotonic() < until and any(worker.alive for worker in pool):
        time.sleep(_POLL_SECONDS)
