"""Reading a pipe without waiting for it."""

from __future__ import annotations

import json
import queue
import threading
from collections import deque
from typing import IO, Any

_LONGEST_LINE = 1 << 24


class EventReader:
    """The JSON objects, one a line, that a pipe brings. What is no such line is left out."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            for line in iter(lambda: pipe.readline(_LONGEST_LINE), b""):
                try:
                    event = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(event, dict) and isinstance(event.get("event"), str):
                    self._events.put(event)
        except (OSError, ValueError):
            return

    def take(self) -> list[dict[str, Any]]:
        """All that came since the last call."""
        taken = []
        while not self._events.empty():
            taken.append(self._events.get())
        return taken

    def ended(self, seconds: float = 0.0) -> bool:
        """Whether the pipe was read to its end, waiting for that so long at most."""
        self._thread.join(seconds)
        return not self._thread.is_alive()


class TailReader:
    """The last lines of a pipe, as text."""

    def __init__(self, pipe: IO[bytes], lines: int = 200) -> None:
        self._lines: deque[str] = deque(maxlen=lines)
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            for line in iter(lambda: pipe.readline(4096), b""):
                self._lines.append(line.decode("utf-8", "replace"))
        except (OSError, ValueError):
            return

    def text(self, seconds: float = 0.0) -> str:
        """What there is, after waiting for the pipe's end so long at most."""
        self._thread.join(seconds)
        for _ in range(5):
            try:
                return "".join(self._lines)
            except RuntimeError:  # a line came in between
                continue
        return ""
