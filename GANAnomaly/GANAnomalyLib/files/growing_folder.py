"""A folder that appears under its name only when everything is in it; until then an older one stays."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from .refusals import disk_errors
from .writing import beside, replace

_LEFTOVER = re.compile(r"\..*\.[0-9a-f]{8}\.(part|old)(\.\w+)*|\..*\.gananomaly\.lock", re.DOTALL)


def is_leftover(name: str) -> bool:
    """Whether a file or folder of this name is what a killed process left, or one at work has not finished."""
    return _LEFTOVER.fullmatch(name) is not None


def remove_leftovers(folder: Path) -> None:
    """Take away the files in a folder, not those below it, that a killed process had begun; for who is alone there."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_leftover(entry.name) and entry.is_file(follow_symlinks=False):
                os.unlink(entry.path)


@contextlib.contextmanager
def growing(folder: Path | str, what: str = "the result") -> Iterator[Path]:
    """``with growing(folder) as work:`` fill ``work``; it takes the folder's place at the end, and is gone if not.

    What ``folder`` held goes only when the new one stands. Raises as :func:`.refusals.disk_errors`.
    """
    folder = Path(folder)
    with disk_errors(folder, what):
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = beside(folder)
        work.mkdir()
        try:
            yield work
            put_folder(work, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def put_folder(work: Path, folder: Path) -> None:
    """Put a finished folder in place of ``folder``, which comes back if that fails; raises OSError."""
    old = None
    if folder.exists():
        old = beside(folder, ".old")
        replace(folder, old)
    try:
        replace(work, folder)
    except OSError:
        if old is not None:
            replace(old, folder)
        raise
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
