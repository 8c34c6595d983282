"""A command run as a user would, in a process of its own: clock, processor time, and memory at its peak."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ENGINE = Path(__file__).resolve().parents[2] / "GANAnomaly"


@dataclass(frozen=True)
class Run:
    """``clock`` and ``processor`` in seconds; ``peak_mib`` is the most memory that the process held at once."""

    clock: float
    processor: float
    peak_mib: float
    output: str


def run_measured(command: Sequence[str], settings: Mapping[str, str] | None = None) -> Run:
    """Run ``command``; raises :class:`SystemExit` with what it said when it fails.

    ``settings`` are environment variables on top of ours. Works where a process can be waited for with its resources
    (not on Windows).
    """
    environment = {**os.environ, "PYTHONPATH": str(ENGINE), **(settings or {})}
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        child = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=environment)
        _, status, used = os.wait4(child.pid, 0)
        clock = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read().decode("utf-8", "replace")
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}:\n{output[-2000:]}")
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return Run(clock, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, output)


def gananomaly(*arguments: str) -> list[str]:
    """The command line of the engine with this Python."""
    return [sys.executable, "-m", "GANAnomalyLib", *arguments]
