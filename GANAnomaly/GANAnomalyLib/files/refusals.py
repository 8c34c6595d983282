"""What the operating system said when it refused to write, as a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import GANAnomalyError, InputError

_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""No room: on the disk, or in the user's share of it."""
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NUMBER = re.compile(r"(?:os error |\[Errno )(\d{1,4})")
ANOTHER_FOLDER = "choose another output folder"
ANOTHER_FILE = "close it in other programs, or choose another place"


def is_full(error: BaseException) -> bool:
    """Whether an error says that there is no room left; also one of a library that hides the system's own."""
    said = said_by_system(error)
    return said is not None and said.errno in _FULL


def is_denied(error: BaseException) -> bool:
    """Whether an error says that this user may not write (or read) there, or nobody may."""
    said = said_by_system(error)
    return said is not None and said.errno in _DENIED


def said_by_system(error: BaseException) -> OSError | None:
    """The operating system's own error behind one of a library, or None where there is none.

    Libraries that write by themselves raise errors of their own: torch while it handles the system's, safetensors and
    shutil with its number in the text.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error
    if isinstance(error, GANAnomalyError):
        return error.refused
    if not isinstance(error, (OSError, RuntimeError)) and type(error).__name__ != "SafetensorError":
        return None
    for behind in (error.__cause__, error.__context__):
        if isinstance(behind, OSError) and behind.errno is not None:
            return behind
    number = _NUMBER.search(str(error))
    if number is not None:
        return OSError(int(number[1]), os.strerror(int(number[1])))
    return error if isinstance(error, OSError) else None


@contextlib.contextmanager
def disk_errors(
    place: Path | str, what: str = "the result", *, advice: str = ANOTHER_FOLDER, kept: str = ""
) -> Iterator[None]:
    """Turn what a disk can refuse into a sentence: full, read-only, not allowed, gone, in the way.

    Where blocks lie in one another the outermost one tells: it knows the place that the user named.

    Parameters
    ----------
    place: the file or folder that is written, as the sentence names it.
    what: what room is wanted for, in words: "the evaluation".
    advice: what else the user can do where ``place`` is refused.
    kept: what is still good when the disk is full, in words: "what was finished is kept".

    Raises
    ------
    InputError: the place cannot be used. GANAnomalyError: the disk is full or damaged.
    """
    try:
        yield
    except Exception as error:
        said = error.refused if isinstance(error, GANAnomalyError) else said_by_system(error)
        if said is None:
            raise
        told = _told(Path(place), said, what, advice, kept)
        told.refused = said
        raise told from error


def _told(place: Path, error: OSError, what: str, advice: str, kept: str) -> GANAnomalyError:
    details = str(error)
    if error.errno in _FULL:
        rest = f"; {kept}" if kept else ""
        return GANAnomalyError(f"The disk of {place} is full: free some space for {what} and run again{rest}.", details)
    if error.errno in _DENIED:
        return InputError(f"{place} cannot be written to: {advice}.", details)
    if error.errno in (errno.ENOTEMPTY, errno.EEXIST) and place.is_dir():
        return InputError(f"{place} was filled by something else meanwhile: {advice}.", details)
    if error.errno == errno.EISDIR:
        return InputError(f"{place} cannot be written, it is a folder: {advice}.", details)
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return InputError(f"{place} cannot be written, {_no_folder(place)} is not a folder: {advice}.", details)
    if error.errno == errno.ENAMETOOLONG:
        return InputError(f"{place} cannot be written, the name is too long: {advice}.", details)
    if error.errno == errno.ENOENT:
        return InputError(f"{place} cannot be written, its folder is not there: {advice}.", details)
    return GANAnomalyError(f"{place} cannot be written ({error.strerror or 'unknown reason'}): {advice}.", details)


def _no_folder(place: Path) -> Path:
    """What stands in the way: the first thing on the way to ``place`` that is no folder."""
    with contextlib.suppress(OSError):
        for path in (*reversed(place.parents), place):
            if path.exists() and not path.is_dir():
                return path
    return place
