"""Progress and cancellation, shared by every long call."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import Cancelled

ProgressCallback = Callable[[float, str], None]
"""Called with the fraction done (0..1) and a short message saying what is being done."""


def no_progress(fraction: float, message: str) -> None:
    """The callback that reports nothing."""


class CancelToken:
    """A flag that any thread may set and every long loop checks at least once a second."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise :class:`Cancelled` when somebody asked to stop."""
        if self._event.is_set():
            raise Cancelled()


def part(progress: ProgressCallback, start: float, stop: float) -> ProgressCallback:
    """A callback whose 0..1 is the stretch ``start``..``stop`` of another one."""

    def report(fraction: float, message: str) -> None:
        progress(start + (stop - start) * min(max(fraction, 0.0), 1.0), message)

    return report
