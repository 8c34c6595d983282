"""Hearing that the work is to stop: a line on standard input, its end, or a signal."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from ..running.progress import CancelToken

_TICK_SECONDS = 0.1
_LONGEST_LINE = 1 << 24


class Listener:
    """Sets a :class:`CancelToken` when the parent says "cancel", ends, or sends a signal to stop.

    When the work has not ended ``grace`` seconds after that (one long call of a library may not be interruptible),
    ``give_up`` is called, in the listener's thread; and ``on_line`` with every other line that the parent writes.
    """

    def __init__(
        self,
        cancel: CancelToken,
        gone: threading.Event,
        give_up: Callable[[], None],
        grace: float = 1.2,
        on_line: Callable[[bytes], None] | None = None,
    ) -> None:
        self._cancel, self._gone, self._give_up, self._grace = cancel, gone, give_up, grace
        self._on_line = on_line or (lambda line: None)
        self._wakeup: int | None = None

    def start(self) -> None:
        """Take over standard input and the signals; call it from the main thread."""
        self._watch_signals()
        threading.Thread(target=self._listen, args=(_own_input(),), name="listener", daemon=True).start()

    def _watch_signals(self) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            self._cancel.cancel()

        for name in ("SIGTERM", "SIGINT", "SIGBREAK", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, stop)
        if sys.platform != "win32":
            # Python's own handlers wait until the main thread is back from a long call; this tells of them at once.
            self._wakeup, end = os.pipe()
            os.set_blocking(end, False)
            signal.set_wakeup_fd(end, warn_on_full_buffer=False)

    def _listen(self, source: int | None) -> None:
        heard, parent = b"", os.getppid()
        asked_at: float | None = None
        while True:
            if source is not None:
                data = _read_waiting(source, self._wakeup, _TICK_SECONDS)
                if data is not None:
                    *lines, heard = (heard + data).split(b"\n")
                    heard = heard[-_LONGEST_LINE:]
                    for line in lines:
                        if line.strip() == b"cancel":
                            self._cancel.cancel()
                        else:
                            self._on_line(line)
                    if not data:
                        self._cancel.cancel()
                    source = source if data else None
                elif sys.platform != "win32" and os.getppid() != parent:
                    self._cancel.cancel()
            elif self._wakeup is not None:
                select.select([self._wakeup], [], [], _TICK_SECONDS)
            else:
                time.sleep(_TICK_SECONDS)
            if self._gone.is_set() or self._signalled():
                self._cancel.cancel()
            if self._cancel.cancelled:
                now = time.monotonic()
                asked_at = now if asked_at is None else asked_at
                if now - asked_at >= self._grace:
                    self._give_up()
                    return

    def _signalled(self) -> bool:
        if self._wakeup is None or not select.select([self._wakeup], [], [], 0)[0]:
            return False
        return bool(os.read(self._wakeup, 64))


def _own_input() -> int | None:
    """A copy of standard input where that is a pipe from a parent, else None; standard input itself becomes empty.

    Somebody's terminal or an empty file says nothing about a parent. On Windows a library that only asks what standard
    input is would wait until a pending read of it ends, so nothing else may know the pipe.
    """
    kind = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return None
    source = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return source


def _read_waiting(source: int, wakeup: int | None, seconds: float) -> bytes | None:
    """What lies in a pipe within ``seconds``: bytes, b"" once it is closed, None for nothing yet."""
    if sys.platform == "win32":
        import _winapi
        import msvcrt

        try:
            waiting = _winapi.PeekNamedPipe(msvcrt.get_osfhandle(source), 0)[0]
        except OSError:
            return b""
        if not waiting:
            time.sleep(seconds)
            return None
        return os.read(source, waiting)
    watched = [source] if wakeup is None else [source, wakeup]
    ready = select.select(watched, [], [], seconds)[0]
    if source not in ready:
        return None
    with contextlib.suppress(OSError):
        return os.read(source, 1 << 16)
    return b""
