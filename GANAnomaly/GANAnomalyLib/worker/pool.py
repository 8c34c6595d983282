"""A pool of worker processes: each takes one task after the other, and is replaced when it dies."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Cancelled
from ..running.messages import Message, reported
from ..running.progress import CancelToken
from .worker_process import WorkerProcess, cannot_start, error

ENGINE = ("-m", "GANAnomalyLib.worker", "--stay")
"""How a Python is started for it to do :data:`.tasks.TASKS`."""
_POLL_SECONDS = 0.02
_CANCEL_SECONDS = 0.9
"""A worker that was asked to stop and has not by then is killed; a result goes on from its finished slices."""
_ADVICE = "use fewer workers, or close other programs"


@dataclass(frozen=True)
class PoolTask:
    """One request, as :mod:`.tasks` knows it; ``id`` is another one for each task."""

    id: int
    request: Mapping[str, Any]


@dataclass
class Working:
    """A task that is under way: how far it is (0..1), and what it does."""

    task: PoolTask
    fraction: float = 0.0
    message: Message = field(default_factory=lambda: Message("starting"))


class _Worker:
    """One process, the task it works at, and those that it will do next."""

    def __init__(self, process: WorkerProcess, waiting: Iterable[PoolTask]) -> None:
        self.process, self.waiting = process, deque(waiting)
        self.working: Working | None = None
        self.ready = self.spent = False

    def go_on(self) -> bool:
        """Begin the next task; False when there is none."""
        if not self.waiting:
            return False
        self.working = Working(self.waiting.popleft())
        request = {**self.working.task.request, "id": self.working.task.id}
        self.process.write(json.dumps(request, default=os.fspath).encode("ascii"))
        return True

    def poll(self, stopping: bool = False) -> dict[str, Any] | None:
        """The end of the task it holds, where that has come; the death of the process is one, unless it is asked to."""
        alive = self.process.running
        for event in self.process.take() if alive else self.process.last_words():
            self.ready = True
            if self.working is None:
                continue
            if event["event"] == "progress":
                self.working.fraction, self.working.message = reported(event)
            elif event["event"] in ("done", "error") and event.get("id") == self.working.task.id:
                # What filled the memory may still lie there.
                self.spent = event.get("kind") == "memory"
                return event
        if alive or stopping or self.working is None:
            return None
        death = self.process.death(_ADVICE)
        return death if self.ready or death["kind"] == "memory" else cannot_start(death["details"])


class WorkerPool:
    """Workers that do tasks, some at a time.

    Parameters
    ----------
    workers: processes; each begins when there is work for it and ends when there is none left.
    command: how the Python is started, for it to :func:`~.serve.serve`.
    python, environment, base: as of :class:`~.worker_process.WorkerProcess`.
    """

    def __init__(
        self,
        workers: int,
        command: Sequence[str] = ENGINE,
        python: str | None = None,
        environment: Mapping[str, str] | None = None,
        base: Mapping[str, str] | None = None,
    ) -> None:
        self._workers, self._command = workers, command
        self._options = (python, environment, base)
        self._pool: list[_Worker] = []

    def run_tasks(
        self,
        groups: Iterable[Sequence[PoolTask]],
        on_end: Callable[[PoolTask, dict[str, Any]], None],
        tell: Callable[[Sequence[Working]], None],
        cancel: CancelToken,
    ) -> None:
        """Do all tasks. Those of one group are done by one worker, in their order, unless it dies.

        Parameters
        ----------
        groups: asked for the next one as soon as a worker is free.
        on_end: gets each task with its "done" or "error" event, where it was begun. What it raises ends the pool.
        tell: is called about fifty times a second with what is under way.

        Raises
        ------
        Cancelled: within a second of ``cancel``; ``on_end`` has heard of each task that was under way.
        """
        left: deque[Sequence[PoolTask]] = deque()
        coming = iter(groups)
        try:
            while True:
                cancel.check()
                more = self._fill(left, coming, on_end)
                for worker in list(self._pool):
                    self._watch(worker, left, on_end)
                tell(self._under_way())
                if not (more or left or self._pool):
                    return
                time.sleep(_POLL_SECONDS)
        except Cancelled:
            self._stop(on_end)
            raise
        finally:
            self.close()

    def close(self) -> None:
        """End every worker now."""
        for worker in self._pool:
            worker.process.close()
        self._pool = []

    def _under_way(self) -> list[Working]:
        return [worker.working for worker in self._pool if worker.working is not None]

    def _fill(
        self,
        left: deque[Sequence[PoolTask]],
        coming: Iterable[Sequence[PoolTask]],
        on_end: Callable[[PoolTask, dict[str, Any]], None],
    ) -> bool:
        """Give a group to each worker that is free or not there yet; False when there are no more groups."""
        for worker in list(self._pool):
            if worker.working is None and not worker.go_on():
                group = _next(left, coming)
                if group is None:
                    self._pool.remove(worker)
                    worker.process.close()
                else:
                    worker.waiting.extend(group)
                    worker.go_on()
        while len(self._pool) < self._workers:
            group = _next(left, coming)
            if group is None:
                return False
            try:
                process = WorkerProcess(self._command, *self._options)
            except (OSError, ValueError) as reason:
                for task in group:
                    on_end(task, cannot_start(str(reason)))
                return True
            self._pool.append(_Worker(process, group))
            self._pool[-1].go_on()
        return True

    def _watch(
        self, worker: _Worker, left: deque[Sequence[PoolTask]], on_end: Callable[[PoolTask, dict[str, Any]], None]
    ) -> None:
        event = worker.poll()
        if event is not None and worker.working is not None:
            task, worker.working = worker.working.task, None
            on_end(task, event)
        if worker.spent or not worker.process.running:
            self._pool.remove(worker)
            worker.process.close()
            if worker.waiting:
                left.appendleft(list(worker.waiting))

    def _stop(self, on_end: Callable[[PoolTask, dict[str, Any]], None]) -> None:
        """Ask all to stop, wait a little, and say of each task how it ended."""
        for worker in self._pool:
            worker.process.write(b"cancel", last=True)
        until = time.monotonic() + _CANCEL_SECONDS
        while time.monotonic() < until and any(worker.process.running for worker in self._pool):
            time.sleep(_POLL_SECONDS)
        for worker in self._pool:
            if worker.working is not None:
                event = worker.poll(stopping=True)
                on_end(worker.working.task, event or error("cancelled", Cancelled().message))


def _next(left: deque[Sequence[PoolTask]], coming: Iterable[Sequence[PoolTask]]) -> Sequence[PoolTask] | None:
    return left.popleft() if left else next(iter(coming), None)
