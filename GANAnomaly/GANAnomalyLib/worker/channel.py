"""The worker's side of the conversation: one JSON object a line, whatever libraries print."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from ..running.remaining import RemainingTime

TICK_SECONDS = 0.1
HEARTBEAT_SECONDS = 0.4


class Channel:
    """Writes events to what was standard output when it was made, and points standard output at standard error.

    Progress is only noted by :meth:`report` and written by a thread, ten times a second at most and at least every
    half second, so that a long silent step still shows that it is alive. The first :meth:`finish` ends the stream.
    """

    def __init__(self) -> None:
        _open_missing()
        self._file = os.dup(1)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        self._lock = threading.Lock()
        self._finished = False
        self._started = time.monotonic()
        self._latest: tuple[float, str] = (0.0, "Starting")
        self._remaining = RemainingTime()
        self.broken = threading.Event()
        """Set once nobody reads what is written: the parent is gone."""

    def start(self, version: str) -> None:
        """Say that the worker is there, and begin to tell of progress."""
        self._write({"event": "started", "version": version, "pid": os.getpid()})
        threading.Thread(target=self._beat, name="progress", daemon=True).start()

    def report(self, fraction: float, message: str) -> None:
        """A progress callback: fraction 0..1 and what is being done."""
        self._latest = (min(max(float(fraction), 0.0), 1.0), message)

    def finish(self, event: dict[str, Any]) -> bool:
        """Write the last event of the stream; False when another one was written before."""
        with self._lock:
            if self._finished:
                return False
            self._finished = True
            self._put(event)
            return True

    def _beat(self) -> None:
        said: tuple[float, str] | None = None
        said_at = 0.0
        while not self._finished:
            now = time.monotonic()
            latest = self._latest
            self._remaining.update(latest[0], now)
            if latest != said or now - said_at >= HEARTBEAT_SECONDS:
                self._write(self._progress(latest, now))
                said, said_at = latest, now
            time.sleep(TICK_SECONDS)

    def _progress(self, latest: tuple[float, str], now: float) -> dict[str, Any]:
        left = self._remaining.seconds(now)
        return {
            "event": "progress",
            "fraction": round(latest[0], 4),
            "message": latest[1],
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
