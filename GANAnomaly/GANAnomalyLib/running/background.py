"""Long calls that cannot be interrupted, made so that a user who cancels does not wait for them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from .progress import CancelToken, ProgressCallback, no_progress

T = TypeVar("T")
_POLL_SECONDS = 0.1


def cancellable(
    work: Callable[[ProgressCallback], T], cancel: CancelToken, progress: ProgressCallback = no_progress
) -> T:
    """The result of ``work(progress)``, or :class:`~.errors.Cancelled` soon after the token is set.

    The work runs in a thread of its own, which is left to end by itself when nobody wants its result any more: only for
    work that changes nothing outside itself (reading a file, one long filter). ``progress`` is called from the calling
    thread, as everywhere else. An error of the work is raised here.
    """
    reports: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(work(lambda fraction, message: reports.put((fraction, message))))
        except BaseException as error:
            failure.append(error)

    cancel.check()
    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    running = True
    while running:
        thread.join(_POLL_SECONDS)
        running = thread.is_alive()
        cancel.check()
        while not reports.empty():
            progress(*reports.get())
    if failure:
        raise failure[0]
    return outcome[0]
