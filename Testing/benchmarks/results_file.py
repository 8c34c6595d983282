"""What all benchmarks share: the machine in words, tables, adding to RESULTS.md, and saying whether a target is met."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
TARGET_MARK = "TARGET "
"""How a line begins in which a benchmark says how one of its numbers stands to its target; run_all.py collects them."""


def add_device(parser: argparse.ArgumentParser) -> None:
    """The option of every benchmark that computes with torch."""
    parser.add_argument("--device", default="cpu", help="cpu or cuda, where the networks compute")


def card(device: str) -> list[str]:
    """A graphics card's name, for :func:`circumstances`; nothing for the processor."""
    import torch

    if not device.startswith("cuda"):
        return []
    return [f"on {torch.cuda.get_device_name(device)}, where seconds are all the clock's"]


@dataclass
class Measured:
    """``clock`` and ``seconds`` of one piece of work, and what it gave.

    ``seconds`` are the processor's, which hardly change when other programs run; on a card they are the clock's.
    """

    clock: float
    seconds: float
    found: Any


def measured(work: Callable[[], Any], device: str = "cpu") -> Measured:
    """Run ``work`` once; a card's work is waited for."""
    import torch

    on_card = device.startswith("cuda")
    if on_card:
        torch.cuda.synchronize()
    clock, seconds = time.perf_counter(), time.process_time()
    found = work()
    if on_card:
        torch.cuda.synchronize()
    clock, seconds = time.perf_counter() - clock, time.process_time() - seconds
    return Measured(clock, clock if on_card else seconds, found)


def processor() -> str:
    """The processor's name, as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def circumstances(threads: int, *more: str) -> str:
    """Date, machine and versions of a run, in one line; ``more`` is added at its end."""
    import torch

    facts = [
        datetime.date.today().isoformat(),
        f"{processor()}, {os.cpu_count()} cores, {threads} used",
        f"Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}",
        *more,
    ]
    return "; ".join(facts)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def append_block(results: Path, script: str, block: str) -> None:
    """Put ``block`` at the end of the section of ``results`` whose heading ("## ...") names ``script``."""
    lines = results.read_text(encoding="utf-8").splitlines()
    headings = [number for number, line in enumerate(lines) if line.startswith("## ")]
    heading = next((number for number in headings if script in lines[number]), None)
    if heading is None:
        raise SystemExit(f"{results.name} has no section whose heading names {script}: add one first.")
    end = next((number for number in headings if number > heading), len(lines))
    section = "\n".join(lines[heading:end]).rstrip()
    after = ["", *lines[end:]] if end < len(lines) else []
    text = "\n".join([*lines[:heading], section, "", block, *after])
    results.write_text(text + "\n", encoding="utf-8")


def publish(script: str, block: str, append: bool) -> None:
    """Print the table of a run; add it to RESULTS.md where asked. ``script`` is the benchmark's ``__file__``."""
    print(f"\n{block}")
    if append:
        append_block(RESULTS, Path(script).name, block)


def tell_target(what: str, measured: str, target: str, met: bool | None) -> None:
    """Say how a number stands to its target, in a line that run_all.py collects; ``met`` None: reported, not judged."""
    line = {"what": what, "measured": measured, "target": target, "met": met}
    print(TARGET_MARK + json.dumps(line), flush=True)


def told_targets(output: str) -> list[dict[str, object]]:
    """What :func:`tell_target` printed, out of all that a benchmark printed."""
    lines = [line[len(TARGET_MARK) :] for line in output.splitlines() if line.startswith(TARGET_MARK)]
    return [json.loads(line) for line in lines]
