"""How much memory this process has held at most."""

from __future__ import annotations

import contextlib
import sys

_CLEAR, _STATUS = "/proc/self/clear_refs", "/proc/self/status"


def forget_peak() -> bool:
    """Begin to count anew; False where the system cannot, and the peak stays that of the process so far."""
    try:
        # Linux: 5 sets the highest resident size back to the present one.
        with open(_CLEAR, "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        return False
    return True


def peak_mib() -> float | None:
    """The most memory held (MiB, resident), libraries included; None where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError), open(_STATUS, encoding="utf-8") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    if sys.platform == "win32":
        return _windows_peak()
    try:
        import resource
    except ImportError:
        return None
    # Kilobytes, but bytes on macOS.
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(held / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def _windows_peak() -> float | None:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", wintypes.DWORD),
            ("faults", wintypes.DWORD),
            ("peak_working_set", ctypes.c_size_t),
            *((name, ctypes.c_size_t) for name in ("working_set", "a", "b", "c", "d", "page_file", "peak_page_file")),
        )

    counters = Counters()
    counters.cb = ctypes.sizeof(counters)
    try:
        process = ctypes.windll.kernel32.GetCurrentProcess  # type: ignore[attr-defined]
        ask = ctypes.windll.psapi.GetProcessMemoryInfo  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return None
    process.restype = wintypes.HANDLE
    ask.argtypes = (wintypes.HANDLE, ctypes.POINTER(Counters), wintypes.DWORD)
    if not ask(process(), ctypes.byref(counters), counters.cb):
        return None
    return round(counters.peak_working_set / (1 << 20), 1)
