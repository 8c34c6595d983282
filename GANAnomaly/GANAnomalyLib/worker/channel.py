"""The worker's side of the conversation: one JSON object a line, whatever libraries print."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from ..running.messages import Message, progress_event
from ..running.remaining import RemainingTime

TICK_SECONDS = 0.1
HEARTBEAT_SECONDS = 0.4


class Channel:
    """Writes events to what was standard output when it was made, and points standard output at standard error.

    Progress is only noted by :meth:`report` and written by a thread, ten times a second at most and at least every
    half second, so that a long silent step still shows that it is alive; between tasks there is none. The first
    :meth:`finish` that is not told otherwise ends the stream.
    """

    def __init__(self) -> None:
        _open_missing()
        self._file = os.dup(1)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        self._lock = threading.Lock()
        self._finished = False
        self._started = time.monotonic()
        self._latest: tuple[float, Message] | None = (0.0, Message("starting"))
        self._remaining = RemainingTime()
        self.broken = threading.Event()
        """Set once nobody reads what is written: the parent is gone."""

    def start(self, version: str, busy: bool = True) -> None:
        """Say that the worker is there, and begin to tell of progress; not ``busy``: from the next :meth:`begin` on."""
        if not busy:
            self._latest = None
        self._write({"event": "started", "version": version, "pid": os.getpid()})
        threading.Thread(target=self._beat, name="progress", daemon=True).start()

    def report(self, fraction: float, message: Message) -> None:
        """A progress callback: fraction 0..1 and what is being done."""
        self._latest = (min(max(float(fraction), 0.0), 1.0), message)

    def begin(self) -> None:
        """Another task starts: its time and progress are its own."""
        with self._lock:
            self._started, self._remaining = time.monotonic(), RemainingTime()
            self._latest = (0.0, Message("starting"))

    def finish(self, event: dict[str, Any], last: bool = True) -> bool:
        """Write the last event of a task, and of the stream unless ``last`` is false; False when the stream has ended
        before."""
        with self._lock:
            if self._finished:
                return False
            self._put(event)
            self._finished, self._latest = last, None
            return True

    def _beat(self) -> None:
        said: tuple[float, Message] | None = None
        said_at = 0.0
        while not self._finished:
            now = time.monotonic()
            # In one go with the writing: no task is told of after its end, or as another one.
            with self._lock:
                latest = self._latest
                if latest is not None and not self._finished:
                    self._remaining.update(latest[0], now)
                    if latest != said or now - said_at >= HEARTBEAT_SECONDS:
                        self._put(self._progress(latest, now))
                        said, said_at = latest, now
            time.sleep(TICK_SECONDS)

    def _progress(self, latest: tuple[float, Message], now: float) -> dict[str, Any]:
        left = self._remaining.seconds(now)
        return {
            **progress_event(*latest),
            "elapsed_s": round(now - self._started, 2),
            "remaining_s": None if left is None else round(left, 1),
        }

    def _write(self, event: dict[str, Any]) -> None:
        with self._lock:
            if not self._finished:
                self._put(event)

    def _put(self, event: dict[str, Any]) -> None:
        # ASCII with escapes is UTF-8 as well and also carries file names that are not valid text.
        data = (json.dumps(event, allow_nan=False, default=str) + "\n").encode("ascii")
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:
            self.broken.set()


def _open_missing() -> None:
    """A process without standard streams (started by a window system) gets empty ones, so that numbers 0 to 2 are taken
    and no file that is opened later is written to by a library that prints."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
