"""The line a tick: how far, how fast, what was measured."""

from __future__ import annotations

import sys
from typing import Any

import torch


def line(seen: int, planned: str, seconds: float, rate: float, facts: dict[str, Any], left: float | None) -> str:
    """One line for people.

    ``planned`` such as " of 25000"; ``seconds`` since the beginning; ``rate`` seconds a thousand images; ``left``
    seconds.
    """
    parts = [f"kimg {seen / 1000:8.1f}{planned}", f"time {clock(seconds)}"]
    parts += [f"{rate:7.2f} s/kimg"]
    parts += [f"memory {facts['memory_gb']:.2f} GB"] if "memory_gb" in facts else []
    parts += [f"gpu {facts['gpu_gb']:.2f} GB"] if "gpu_gb" in facts else []
    parts += (
        [f"G {facts['generator_loss']:.3f} D {facts['discriminator_loss']:.3f}"] if "generator_loss" in facts else []
    )
    parts += [f"rec {facts['reconstruction_loss']:.3f}"] if "reconstruction_loss" in facts else []
    parts += [f"domain {facts['domain_loss']:.3f}"] if "domain_loss" in facts else []
    parts += [f"p {facts['augment_p']:.3f}"] if "augment_p" in facts else []
    parts += [f"r {facts['augment_r']:+.2f}"] if "augment_r" in facts else []
    parts += [f"epsilon {facts['epsilon']:.3f}"] if "epsilon" in facts else []
    parts += [] if left is None else [f"left {clock(left)}"]
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """``3725`` as ``1h 02m 05s``, a day or more as ``1d 03h 12m``."""
    whole = round(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days}d {hours:02d}h {minutes:02d}m"
    if hours:
        return f"{hours}h {minutes:02d}m {whole % 60:02d}s"
    return f"{minutes}m {whole % 60:02d}s" if minutes else f"{whole}s"


def memory(device: torch.device) -> dict[str, float]:
    """Largest memory in use so far, in GB: ``memory_gb`` of the process (not on Windows), ``gpu_gb`` of the device."""
    found = {}
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found["memory_gb"] = round(used / (2**30 if sys.platform == "darwin" else 2**20), 3)
    except ImportError:
        pass
    if device.type == "cuda":
        found["gpu_gb"] = round(torch.cuda.max_memory_allocated(device) / 2**30, 3)
    return found
