"""Long calls that cannot be interrupted, made so that a user who cancels does not wait for them.

A call that nobody waits for any more is left to end by itself, and what it reads must stay until then: memory that is
given back under it ends the process. So whoever frees what such a call may hold (memory maps, files, folders) does it
through :func:`free_after`, and a program that ends meanwhile goes through :func:`leave`.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from .messages import Message
from .progress import CancelToken, ProgressCallback, no_progress

P = ParamSpec("P")
T = TypeVar("T")
_POLL_SECONDS = 0.1
_LEAVE_SECONDS = 0.5
_left: set[threading.Thread] = set()
"""Threads that nobody waits for; those that have ended are taken out when somebody asks."""


def cancellable(
    work: Callable[[ProgressCallback], T], cancel: CancelToken, progress: ProgressCallback = no_progress
) -> T:
    """The result of ``work(progress)``, or :class:`~.errors.Cancelled` soon after the token is set.

    The work runs in a thread of its own, which is left to end by itself when nobody wants its result any more: only for
    work that changes nothing outside itself (reading a file, one long filter). ``progress`` is called from the calling
    thread, as everywhere else. An error of the work is raised here.
    """
    reports: queue.SimpleQueue[tuple[float, Message]] = queue.SimpleQueue()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(work(lambda fraction, message: reports.put((fraction, message))))
        except BaseException as error:
            failure.append(error)

    cancel.check()
    # No daemon: the interpreter's end under a thread that is inside a library aborts the process.
    thread = threading.Thread(target=body, name="gananomaly-work")
    thread.start()
    try:
        running = True
        while running:
            thread.join(_POLL_SECONDS)
            running = thread.is_alive()
            cancel.check()
            while not reports.empty():
                progress(*reports.get())
    finally:
        if thread.is_alive():
            _left.add(thread)
    if failure:
        raise failure[0]
    return outcome[0]


def interruptible(cancel: CancelToken, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of ``work(...)``, which reports no progress; otherwise as :func:`cancellable`."""
    return cancellable(lambda _: work(*args, **kwargs), cancel)


def free_after(free: Callable[[], None]) -> None:
    """Call ``free`` when no work that was left behind can touch any more what it frees.

    That is at once where none is left, which is the rule; otherwise in a thread, when those have ended.
    """
    running = _still_running()
    if not running:
        free()
        return

    def wait() -> None:
        for thread in running:
            thread.join()
        free()

    last = threading.Thread(target=wait, name="gananomaly-free")
    last.start()
    _left.add(last)


def leave(code: int) -> None:
    """End the process with ``code`` where work was left behind, whose end it would wait for; else return.

    Work that looks at the token itself gets half a second, to take away what it wrote.
    """
    until = time.monotonic() + _LEAVE_SECONDS
    for thread in _still_running():
        thread.join(max(until - time.monotonic(), 0.0))
    if not _still_running():
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    atexit._run_exitfuncs()  # temporary folders go, though their files may still be mapped
    os._exit(code)


def _still_running() -> list[threading.Thread]:
    _left.difference_update([thread for thread in list(_left) if not thread.is_alive()])
    return list(_left)
