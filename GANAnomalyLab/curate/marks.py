"""What curators say of images: accepted or rejected, appended to the store, the latest word of each file counts."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import disk_errors

MARKS = "marks.csv"
ACCEPTED, REJECTED, UNMARKED = "accepted", "rejected", ""
WORDS = (ACCEPTED, REJECTED, UNMARKED)
COLUMNS = ("path", "sha256", "mark", "when")


def read_marks(store: Path) -> dict[str, str]:
    """The latest mark of each image by the SHA-256 of its file, so that a copy or a moved file has it too."""
    return {digest: mark for digest, (mark, _) in latest_marks(store).items() if mark}


def latest_marks(store: Path) -> dict[str, tuple[str, str]]:
    """The latest (mark, when) of each image by the SHA-256 of its file, also where that took a mark back."""
    path = store / MARKS
    out: dict[str, tuple[str, str]] = {}
    if not path.is_file():
        return out
    with open(path, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            # A line that was being written when its process was killed is no mark.
            if row.get("mark") in WORDS and len(row.get("sha256") or "") == 64:
                out[str(row["sha256"])] = str(row["mark"]), row.get("when") or ""
    return out


def add_marks(store: Path, marks: Iterable[Mapping[str, str]]) -> int:
    """Append marks (``path``, ``sha256``, ``mark``); returns how many.

    Raises :class:`InputError` for words that are no mark; a GANAnomalyError where the disk refuses.
    """
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    rows = []
    for one in marks:
        if one.get("mark") not in WORDS or len(one.get("sha256") or "") != 64:
            raise InputError(f"A mark is {ACCEPTED}, {REJECTED} or nothing, with an image's sha256.")
        rows.append([one.get("path", ""), one["sha256"], one["mark"], one.get("when") or now])
    if not rows:
        return 0
    path = store / MARKS
    with disk_errors(path, "the marks"), open(path, "a+", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(COLUMNS)
        elif not _ends_a_line(path):
            file.write("\r\n")
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    return len(rows)


def _ends_a_line(path: Path) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def import_marks(store: Path, table: Path | str) -> int:
    """Append the marks of a CSV that a gallery exported; returns how many. Raises :class:`InputError` for others."""
    path = Path(table)
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if not {"sha256", "mark"} <= set(rows.fieldnames or ()):
                raise InputError(f"{path.name} has no columns sha256 and mark: export the marks from the gallery.")
            found = [{name: row.get(name) or "" for name in COLUMNS} for row in rows]
    except OSError as error:
        raise InputError(f"{path} cannot be opened: check its path.", str(error)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} is no table in UTF-8: export the marks again.", str(error)) from error
    return add_marks(store, found)
