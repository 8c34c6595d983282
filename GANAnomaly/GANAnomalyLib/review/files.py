"""Files that are written whole or not at all, and what a disk can refuse, in a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import GANAnomalyError, InputError
from ..files.new_files import new_file


@contextlib.contextmanager
def disk_sentences(place: Path) -> Iterator[None]:
    """Turn an OSError into one sentence about ``place``: :class:`GANAnomalyError` where the disk is full, else
    :class:`InputError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise GANAnomalyError(
                f"{place} was not written because the disk is full: free some space, or choose another place.",
                str(error),
            ) from error
        raise InputError(
            f"{place} cannot be written ({error.strerror or 'unknown reason'}): close it in other programs, or choose "
            "another place.",
            str(error),
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that readers see the earlier one or the whole new one; raises as :func:`disk_sentences`."""
    with disk_sentences(path):
        handle, part = new_file(path.parent, f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise
