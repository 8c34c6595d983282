"""What curators said of images, in a store's marks.csv: a line is added for each word, and the last one counts."""

from __future__ import annotations

import csv
import datetime
import io
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import disk_errors

from ..store import MARKS

MARK_COLUMNS = ("path", "sha256", "mark", "when")
ACCEPT, REJECT, UNMARK = MARKS_WORDS = ("accept", "reject", "unmark")
_ONE_AT_A_TIME = threading.Lock()

Said = dict[tuple[str, str], tuple[str, str]]


def read_marks(store: Path) -> Said:
    """(mark, when) by (path, sha256); lines that make no sense, as a full disk leaves, are passed over.

    Raises :class:`InputError` where the file cannot be read.
    """
    out: Said = {}
    file = store / MARKS
    if not file.is_file():
        return out
    try:
        # Names of files need not be UTF-8.
        with file.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
            for row in csv.reader(lines):
                if len(row) == len(MARK_COLUMNS) and row[2] in MARKS_WORDS:
                    out[row[0], row[1]] = row[2], row[3]
    except (OSError, csv.Error) as error:
        raise InputError(f"{MARKS} of the store cannot be read: check it, or move it away.", str(error)) from error
    return out


def add_marks(store: Path, marks: Iterable[tuple[str, str, str]]) -> str:
    """Append (path, sha256, mark) of now and wait until the disk has them; returns when that was.

    Raises :class:`InputError` or GANAnomalyError where the disk refuses; earlier lines stay as they are.
    """
    when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((*mark, when) for mark in marks)
    file = store / MARKS
    with _ONE_AT_A_TIME, disk_errors(file, "the marks", kept="earlier marks are kept"):
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            size = os.fstat(descriptor).st_size
            begin = "" if size else ",".join(MARK_COLUMNS) + "\n"
            if size:
                os.lseek(descriptor, size - 1, os.SEEK_SET)
                begin = "" if os.read(descriptor, 1) == b"\n" else "\n"
            _write(descriptor, (begin + text.getvalue()).encode("utf-8", "surrogateescape"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return when


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
