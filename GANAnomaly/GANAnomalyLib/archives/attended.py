"""A call that waits for a network, made in a thread of its own, so that whoever asked can stop within a second."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..running.progress import CancelToken
from .archive_protocol import Unreachable

T = TypeVar("T")
_TICK_S = 0.2
_ITEM, _END, _ERROR = range(3)


class Left(Exception):
    """Nobody listens any more: the work behind :func:`attended` ends with it."""


def attended(
    work: Callable[[Callable[[T], None]], None], cancel: CancelToken, silence_s: float, name: str
) -> Iterator[T]:
    """What ``work(give)`` gives, as it comes. Its thread is left behind where nothing comes; ``give`` then raises.

    Raises
    ------
    Cancelled: ``cancel`` was set. Unreachable: ``name`` gave nothing for ``silence_s``, however busy the line is.
    Whatever ``work`` raises.
    """
    came: queue.Queue[tuple[int, Any]] = queue.Queue(maxsize=2)
    left = threading.Event()

    def put(kind: int, value: Any = None) -> None:
        while not left.is_set():
            try:
                return came.put((kind, value), timeout=_TICK_S)
            except queue.Full:
                continue
        raise Left

    def run() -> None:
        try:
            try:
                work(lambda item: put(_ITEM, item))
                put(_END)
            except Left:
                return
            except BaseException as error:
                put(_ERROR, error)
        except Left:
            return

    threading.Thread(target=run, name="archive", daemon=True).start()
    heard = time.monotonic()
    try:
        while True:
            cancel.check()
            try:
                kind, value = came.get(timeout=_TICK_S)
            except queue.Empty:
                if time.monotonic() - heard > silence_s:
                    raise Unreachable(f"{name} sent nothing whole for {silence_s:.0f} s.") from None
                continue
            if kind == _END:
                return
            if kind == _ERROR:
                raise value
            yield value
            heard = time.monotonic()
    finally:
        left.set()


def answer(call: Callable[[], T], cancel: CancelToken, silence_s: float, name: str) -> T:
    """What one call returns; raises as :func:`attended`."""

    def once(give: Callable[[T], None]) -> None:
        give(call())

    return next(attended(once, cancel, silence_s, name))
