"""A command run as a user would, in a process of its own: clock, processor time, and memory at its peak."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = os.pathsep.join([str(ROOT / "GANAnomaly"), str(ROOT)])


_WATCHER = """
import json, resource, subprocess, sys, time
begin = time.perf_counter()
code = subprocess.run(sys.argv[2:]).returncode
clock, used = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump([code, clock, used.ru_utime + used.ru_stime, used.ru_maxrss], file)
"""
"""A small process in between: Linux counts the memory of whoever starts a process as that process's."""


@dataclass(frozen=True)
class Run:
    """``clock`` and ``processor`` in seconds; ``peak_mib`` is the most memory that the process held at once."""

    clock: float
    processor: float
    peak_mib: float
    output: str


def run_measured(command: Sequence[str], settings: Mapping[str, str] | None = None) -> Run:
    """Run ``command``; raises :class:`SystemExit` with what it said when it fails.

    ``settings`` are environment variables on top of ours. Not on Windows, which does not say what a process used.
    """
    environment = {**os.environ, "PYTHONPATH": ENGINE, **(settings or {})}
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "used.json"
        watched = [sys.executable, "-S", "-c", _WATCHER, str(answer), *command]
        done = subprocess.run(watched, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
        code, clock, processor, peak = json.loads(answer.read_text(encoding="utf-8"))
    output = done.stdout.decode("utf-8", "replace")
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}:\n{output[-2000:]}")
    return Run(clock, processor, peak / (1024**2 if sys.platform == "darwin" else 1024), output)


def gananomaly(*arguments: str) -> list[str]:
    """The command line of the engine with this Python."""
    return [sys.executable, "-m", "GANAnomalyLib", *arguments]
