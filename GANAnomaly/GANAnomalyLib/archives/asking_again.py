"""Asking again after a pause that grows, where an archive did not answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ..running.progress import CancelToken
from .archive_protocol import Unreachable

T = TypeVar("T")
_LONGEST_S = 60.0
_TICK_S = 0.2


def patiently(call: Callable[[], T], cancel: CancelToken, tries: int, pause_s: float) -> T:
    """What ``call`` returns; after :class:`Unreachable` again, ``tries`` times in all, pausing twice as long each time.

    Raises what the last try raises, and :class:`Cancelled`.
    """
    for number in range(tries):
        try:
            return call()
        except Unreachable:
            if number + 1 == tries:
                raise
        rest(min(pause_s * 2**number, _LONGEST_S), cancel)
    raise AssertionError("tries is at least 1")


def rest(seconds: float, cancel: CancelToken) -> None:
    """Wait; raises :class:`Cancelled` soon after ``cancel`` was set."""
    until = time.monotonic() + seconds
    cancel.check()
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _TICK_S))
        cancel.check()
