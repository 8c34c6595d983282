"""A worker's process with its pipes: starting it, writing to it, hearing it, and what its death means."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from ..running.process import kill_tree, spawn, was_out_of_memory, worker_environment, worker_python
from .lines import EventReader, TailReader

_PIPE_SECONDS = 0.2
"""How long the end of a pipe is waited for: it comes at once, unless a grandchild holds the pipe open."""


class WorkerProcess:
    """A Python that runs with ``arguments``; raises OSError or ValueError where it cannot be started.

    Parameters
    ----------
    python: the interpreter to use; None for Slicer's own inside Slicer, else this one.
    environment: variables to set for the process, over those of ``base``.
    base: the environment to start from; None: this process's. 3D Slicer has its own, which a Python must not inherit.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        python: str | None = None,
        environment: Mapping[str, str] | None = None,
        base: Mapping[str, str] | None = None,
    ) -> None:
        command = [python or worker_python(), *arguments]
        self.process: subprocess.Popen[bytes] = spawn(command, worker_environment(environment, base))
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._events, self._errors = EventReader(self.process.stdout), TailReader(self.process.stderr)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process.poll() is None

    @property
    def log(self) -> str:
        """The last lines that the worker and its libraries wrote to standard error."""
        return self._errors.text()

    def write(self, line: bytes, last: bool = False) -> None:
        """Write a line to it; the ``last`` one closes its standard input. One that died is met by its events."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(line + b"\n")
            self.process.stdin.flush()
            if last:
                self.process.stdin.close()

    def take(self) -> list[dict[str, Any]]:
        """Its events since the last call; never waits."""
        return self._events.take()

    def last_words(self) -> list[dict[str, Any]]:
        """What a process that has ended left in its pipe."""
        self._events.ended(_PIPE_SECONDS)
        return self._events.take()

    def death(self, advice: str) -> dict[str, Any]:
        """The error event of a process that ended without a last word; ``advice`` for where memory ran out."""
        code = self.process.returncode
        details = f"exit code {code}\n{self._errors.text(_PIPE_SECONDS)}"
        if was_out_of_memory(code):
            return error(
                "memory", f"The system stopped the analysis, most likely because memory ran out: {advice}.", details
            )
        return error("failed", f"The analysis stopped unexpectedly (exit code {code}): try again.", details)

    def kill(self) -> None:
        """End it now, with all that it started; its pipes may still be read."""
        kill_tree(self.process)

    def close(self) -> None:
        """End it now, and close its pipes. May be called again."""
        kill_tree(self.process)
        self._errors.text(_PIPE_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            # A grandchild may hold a pipe open: then its reader goes on until that ends, and keeps the file.
            if pipe is not None and (pipe is self.process.stdin or self._events.ended(_PIPE_SECONDS)):
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()


def error(kind: str, message: str, details: str = "") -> dict[str, Any]:
    """An error event that no worker could send itself."""
    return {
        "event": "error",
        "kind": kind,
        "code": kind,
        "field": "",
        "values": {},
        "message": message,
        "marked": message,
        "template": "",
        "details": details,
        "less_memory": False,
    }


def cannot_start(reason: str) -> dict[str, Any]:
    """The error event of a process that could not be started, so that others cannot either."""
    return error("start", "The analysis could not be started: check the installation.", reason)
