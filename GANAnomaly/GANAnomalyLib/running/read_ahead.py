"""One thing that is read by a thread before it is asked for; never two at a time, so that memory is bounded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from .progress import CancelToken

Read = Callable[[CancelToken], Any]


class ReadAhead:
    """For one caller, who asks by keys; the thread that reads touches nothing but what it reads.

    What is asked for last counts: what is read or held of another key is cancelled and dropped, and its thread is
    waited for before the next one begins. An error is kept until it is asked for.
    """

    def __init__(self) -> None:
        self._job: _Job | None = None
        self._next: tuple[Hashable, Read] | None = None

    @property
    def key(self) -> Hashable | None:
        """Of what is read or held now; None for nothing."""
        return None if self._job is None or self._job.cancel.cancelled else self._job.key

    @property
    def reading(self) -> bool:
        """Whether a thread is at work, for a key or still for one that was given up."""
        return self._job is not None and self._job.alive

    def want(self, key: Hashable, read: Read) -> None:
        """Have ``read(cancel)`` called in a thread, unless that key is being read or held already."""
        if self._holds(key):
            self._next = None
            return
        self._next = (key, read)
        self._let_go()
        self._turn()

    def ready(self, key: Hashable) -> bool:
        """Whether :meth:`take` has an answer for a key at once."""
        self._turn()
        return self._holds(key) and not self.reading

    def holds_value(self, key: Hashable) -> bool:
        """Whether something was read of a key: not so where the reading gave None, for want of memory, or failed."""
        return self.ready(key) and self._job is not None and self._job.value is not None

    def take(self, key: Hashable) -> Any:
        """What was read of a key that is :meth:`ready`, given away; raises what reading it raised."""
        if not self.ready(key) or self._job is None:
            raise KeyError(key)
        job, self._job = self._job, None
        if job.error is not None:
            raise job.error
        return job.value

    def share(self, seconds: float) -> None:
        """Let the thread work for so long: in an application that holds Python's lock it gets on only then."""
        if self._job is not None:
            self._job.thread.join(seconds)
        self._turn()

    def drop(self) -> None:
        """Give up and forget everything; a thread at work ends by itself, soon."""
        self._next = None
        self._let_go()

    def _holds(self, key: Hashable) -> bool:
        return self._job is not None and self._job.key == key and not self._job.cancel.cancelled

    def _let_go(self) -> None:
        if self._job is not None:
            self._job.cancel.cancel()
            if not self._job.alive:
                self._job = None

    def _turn(self) -> None:
        """What was given up is dropped as soon as its thread has ended, and the next begins."""
        job = self._job
        if job is not None and job.cancel.cancelled and not job.alive:
            self._job = None
        if self._job is None and self._next is not None:
            (key, read), self._next = self._next, None
            self._job = _Job(key, read)


class _Job:
    def __init__(self, key: Hashable, read: Read) -> None:
        self.key, self.cancel = key, CancelToken()
        self.value: Any = None
        self.error: Exception | None = None
        self._read = read
        self.thread = threading.Thread(target=self._work, name="GANAnomaly reading ahead", daemon=True)
        self.thread.start()

    @property
    def alive(self) -> bool:
        return self.thread.is_alive()

    def _work(self) -> None:
        try:
            value = self._read(self.cancel)
            # Given up meanwhile: its memory goes with the thread.
            self.value = None if self.cancel.cancelled else value
        except Exception as error:
            self.error = error
