"""Batches made ready by background threads while the trainer computes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Prefetch(Generic[T]):
    """``make(number)`` for number after number, some of them ahead of need; use it as a context manager.

    An error of ``make`` is raised where its number is taken. Leaving the context drops what is waiting and ends the
    threads. With ``workers`` 0 everything is made when it is taken.

    Parameters
    ----------
    make: safe to call from several threads, such as ``Draws.batch``. start: the first number.
    workers: threads. ahead: numbers made or being made beyond the one that is taken.
    """

    def __init__(self, make: Callable[[int], T], start: int = 0, workers: int = 1, ahead: int = 2) -> None:
        self._make, self._next, self._ahead = make, start, max(ahead, 1)
        self._pool = ThreadPoolExecutor(workers, "images") if workers > 0 else None
        self._waiting: deque[Future[T]] = deque()

    def take(self) -> T:
        """The next one, waiting for it where need be."""
        if self._pool is None:
            self._next += 1
            return self._make(self._next - 1)
        self._fill()
        result = self._waiting.popleft().result()
        self._fill()
        return result

    def close(self) -> None:
        """End the threads; what they are at is finished first."""
        self._waiting.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _fill(self) -> None:
        while self._pool is not None and len(self._waiting) < self._ahead:
            self._waiting.append(self._pool.submit(self._make, self._next))
            self._next += 1

    def __enter__(self) -> Prefetch[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
