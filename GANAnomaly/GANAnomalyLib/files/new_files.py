"""New files and folders under names nobody has, with the rights that the user's other new files get.

Python's ``tempfile`` makes them for their owner alone, and what the usual rights are (the umask) cannot be asked for
without changing it for every thread of the program; so the operating system is left to apply it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_TRIES = 100


def new_file(folder: Path | str, prefix: str = ".", suffix: str = ".part") -> tuple[int, Path]:
    """A new file, open for writing: its number, which the caller closes, and its path. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return _made(folder, prefix, suffix, lambda path: os.open(path, flags, 0o666))


def new_folder(folder: Path | str, prefix: str = ".", suffix: str = ".part") -> Path:
    """A new empty folder's path. Raises OSError."""
    return _made(folder, prefix, suffix, os.mkdir)[1]


def _made(folder: Path | str, prefix: str, suffix: str, make: Callable[[Path], T]) -> tuple[T, Path]:
    for left in reversed(range(_TRIES)):
        path = Path(folder) / f"{prefix}{os.urandom(4).hex()}{suffix}"
        try:
            return make(path), path
        except FileExistsError:
            if not left:
                raise
    raise AssertionError
