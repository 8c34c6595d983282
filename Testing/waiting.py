"""Waiting for what another process or thread does, without a clock: a slow machine only makes it take longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], naps: int = 12_000) -> Any:
    """What the condition gives once it is true; a failure after so many naps of 10 ms, for what never comes."""
    for _ in range(naps):
        if met := condition():
            return met
        time.sleep(0.01)
    raise AssertionError("waited in vain")
