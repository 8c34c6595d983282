"""Starting the worker's process and ending it with everything it started, on each system in its own way."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_HOME = Path(__file__).resolve().parents[2]
"""The folder that holds the package."""
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_OUT_OF_MEMORY = (137, -9, 0xC0000017, 0xC0000017 - (1 << 32), 0xC000012D, 0xC000012D - (1 << 32))
"""Ended by SIGKILL, which on Linux mostly is the system short of memory; Windows: no memory, commitment limit."""


def worker_python() -> str:
    """The Python to run the worker with: Slicer's own inside 3D Slicer, else the one that runs this."""
    home = os.environ.get("SLICER_HOME")
    if home:
        # Inside the application sys.executable may be the application itself; Slicer puts its Python on the path.
        found = shutil.which("PythonSlicer") or shutil.which("PythonSlicer", path=str(Path(home) / "bin"))
        if found:
            return found
    return sys.executable or "python3"


def worker_environment(
    changes: Mapping[str, str] | None = None, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """An environment, made so that the worker finds the package and speaks UTF-8 at once; None: this process's."""
    environment = {**(os.environ if base is None else base), **(changes or {})}
    paths = [str(_HOME), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    # A file of a library's name in the current folder must not be imported in its place.
    return {**environment, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"}


def spawn(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process with three pipes, without a window, as the head of a group of its own."""
    new_group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        creationflags=_NO_WINDOW | new_group,
        start_new_session=os.name == "posix",
    )


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children now. Slicer's Python is started by a launcher, so the engine may be a child."""
    if process.poll() is None and os.name == "posix":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                ["taskkill", "/F", "/T", "/PID", str(process.pid)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                creationflags=_NO_WINDOW,
                timeout=5,
            )
    with contextlib.suppress(OSError):
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)


def was_out_of_memory(code: int) -> bool:
    """Whether an exit code is what systems leave that end a process for want of memory."""
    return code in _OUT_OF_MEMORY
