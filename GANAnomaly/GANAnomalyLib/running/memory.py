"""How much memory other work may still take."""

from __future__ import annotations

import ctypes
import sys


def free_memory() -> int | None:
    """Bytes that can be had before the computer begins to swap; None where the system does not say."""
    if sys.platform == "win32":
        return _windows()
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            said = dict(line.split(":", 1) for line in file if ":" in line)
        return int(said["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("all", "free", "page_all", "page_free", "own_all", "own_free", "more")),
    )


def _windows() -> int | None:
    status = _Status()
    status.length = ctypes.sizeof(status)
    asked = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return int(status.free) if asked else None
