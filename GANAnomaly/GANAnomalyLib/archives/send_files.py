"""Files to an archive, one by one: what it takes, and why it refuses what it does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from ..errors import InputError
from ..files import is_leftover
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress
from ..running.quiet import quiet
from .archive_protocol import Archive, uid_of
from .fetch_series import is_whole
from .store_reasons import ALREADY_THERE

SENT, THERE, REFUSED, NOT_SENT = "sent", "already there", "refused", "not sent"
_NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


@dataclass(frozen=True)
class Sent:
    """What became of a file: ``state`` is one of the constants above, ``why`` a reason where it is not sent."""

    path: Path
    state: str
    why: str = ""


def find_files(paths: Iterable[Path | str]) -> list[Path]:
    """The files, and those in and below folders; raises :class:`InputError` for what is not there, and for nothing."""
    found = list[Path]()
    for path in map(Path, paths):
        if path.is_dir():
            found += sorted(_below(path))
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(f"{path} does not exist: check the path.")
    if not found:
        raise InputError("There is nothing to send: the folders are empty.")
    return list(dict.fromkeys(found))


def send_files(
    archive: Archive,
    paths: Iterable[Path],
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    on_file: Callable[[Sent], None] = lambda sent: None,
) -> list[Sent]:
    """Send files; one that is no DICOM, or not whole, is not sent, and one that is refused stops no other.

    ``on_file`` hears of each at once. Raises :class:`.archive_protocol.ArchiveError` where the archive cannot be
    reached at all, and :class:`Cancelled`.
    """
    paths, cancel, told = list(paths), cancel or CancelToken(), list[Sent]()
    for number, path in enumerate(paths):
        cancel.check()
        progress(number / len(paths), Message("sending_objects", number=number + 1, count=len(paths)))
        sent = _send(archive, path)
        told.append(sent)
        on_file(sent)
    progress(1.0, Message("done"))
    return told


def read_object(path: Path) -> Dataset | str:
    """An object with its file meta, or why it cannot be sent."""
    try:
        with quiet():
            found = dcmread(path)
            named = all(uid_of(found, name) for name in _NEEDED)
    except Exception:  # damaged files make pydicom raise almost anything
        return "it is no DICOM file"
    if not named or "TransferSyntaxUID" not in found.file_meta:
        return "it lacks the UIDs that every DICOM object has"
    return found if is_whole(found) else "its pixels are cut off"


def _send(archive: Archive, path: Path) -> Sent:
    found = read_object(path)
    if isinstance(found, str):
        return Sent(path, NOT_SENT, found)
    why = archive.store(found)
    return Sent(path, {"": SENT, ALREADY_THERE: THERE}.get(why, REFUSED), why)


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and not is_leftover(name) and name.upper() != "DICOMDIR":
                yield Path(root) / name
