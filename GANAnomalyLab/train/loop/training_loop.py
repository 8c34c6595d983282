"""The loop of every training: one clock for all processes, steps, logs, snapshots, and an orderly stop."""

from __future__ import annotations

import time
from collections.abc import Callable

from GANAnomalyLib.errors import Cancelled, OutOfMemory, out_of_memory
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from .loss_sums import Losses
from .task import Diverged, Task

CHECK_EVERY = 16
"""Steps between looks at the losses on a graphics card, which must wait for it; on a CPU every step is looked at."""


def run(task: Task, progress: ProgressCallback, cancel: CancelToken) -> None:
    """Take a training from where it is to its end.

    Raises
    ------
    Cancelled: after the state was kept.
    GANAnomalyError: losses or weights are no numbers any more, or the disk is full.
    """
    try:
        _run(task, progress, cancel)
    except Cancelled as error:
        task.save()
        raise Cancelled(task.stopped()) from error
    except Diverged as error:
        raise task.diverged(str(error)) from error


def _run(task: Task, progress: ProgressCallback, cancel: CancelToken) -> None:
    pace, team = task.pace, task.team
    # A process that stopped within a step would leave the others waiting for it.
    check = cancel.check if team.world == 1 else lambda: None
    begin = time.monotonic() - task.seconds
    saved = logged = time.monotonic()
    logged_at, steps = task.number, 0

    def write_log() -> None:
        nonlocal logged, logged_at
        now = time.monotonic()
        if team.leads:
            task.write_log((now - logged) / (task.number - logged_at))
        task.sums.totals = {}
        logged, logged_at = now, task.number

    if task.saved_at < 0 and team.leads:
        task.begin()
    while True:
        task.seconds = time.monotonic() - begin
        # One clock for all processes: learning rates follow it.
        done, stop = team.tell((task.done(), cancel.cancelled))
        if task.number >= pace.last:
            break
        if stop:
            raise Cancelled()
        if done >= 1:
            break
        before = task.number
        task.sums.add(_step(task, done, check))
        steps += 1
        if task.device.type == "cpu" or steps % CHECK_EVERY == 0:
            wrong = task.sums.not_finite(task.watched)
            if wrong:
                raise Diverged(wrong)
        task.seconds = time.monotonic() - begin
        progress(task.done(), task.message())
        if _passed(before, task.number, pace.log):
            write_log()
        if _passed(before, task.number, pace.sample) and team.leads:
            task.sample()
        if _passed(before, task.number, pace.snapshot):
            task.snapshot(cancel)
            saved = time.monotonic()
        elif pace.state_minutes is not None and time.monotonic() - saved > 60 * pace.state_minutes:
            task.save()
            saved = time.monotonic()
    if pace.rest and task.number != logged_at:
        write_log()
    task.finish(task.number < pace.last, cancel)


def _step(task: Task, done: float, check: Callable[[], None]) -> Losses:
    try:
        return task.step(done, check)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        raise OutOfMemory(task.too_large(), str(error)) from error


def _passed(before: int, now: int, every: float | None) -> bool:
    """Whether a multiple of ``every`` was reached since ``before``."""
    return every is not None and int(now / every) > int(before / every)
