"""Keys of rows: new ones that grow with time, and those that content has wherever it is met."""

from __future__ import annotations

import functools
import os
import threading
import time
import uuid

_OURS = uuid.UUID("5f0c7f0e-0e0b-5d0a-9b0e-6b6f1d7f3a51")
"""The name space of keys made of content."""


_lock, _last = threading.Lock(), 0


def new_id() -> uuid.UUID:
    """A key that nobody has: version 7 of RFC 9562, the time in milliseconds and 74 random bits, so that neighbours in
    time are neighbours in the index.

    Keys of one program grow, within a millisecond and where the clock is set back too: what was said later counts.
    """
    global _last
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    number = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    with _lock:
        _last = max(number, _last + 1)
        return uuid.UUID(int=_last)


@functools.lru_cache(maxsize=4096)
def id_of(kind: str, *content: object) -> uuid.UUID:
    """The key of a thing that its content tells, the same on every computer: version 5 of RFC 9562."""
    return uuid.uuid5(_OURS, "\x1f".join([kind, *map(str, content)]))
