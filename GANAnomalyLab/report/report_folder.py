"""The folder of an evaluation: all of its files, or none; an older one goes only when the new one stands."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import disk_errors, growing, locked
from GANAnomalyLib.files.reading import read_object

RESULTS = "results.json"


def check_folder(folder: Path | str, kind: str, files: Iterable[str], force: bool = False) -> None:
    """Raise :class:`InputError` unless the folder is new or empty, or an evaluation of this kind that may go.

    ``kind`` is what its results.json calls itself; ``files`` are the names that it may hold beside.
    """
    folder = Path(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder: choose another output folder.")
    with disk_errors(folder, "the evaluation"):
        held = {entry.name for entry in folder.iterdir()}
    if not held:
        return
    if RESULTS not in held or held - {RESULTS, *files} or _kind(folder / RESULTS) != kind:
        raise InputError(f"{folder} holds other files: choose another output folder.")
    if not force:
        raise InputError(f"{folder} already holds an evaluation: choose another folder, or replace it with --force.")


@locked("folder", "gananomaly evaluate")
def write_folder(
    folder: Path | str,
    data: Mapping[str, Any],
    files: Iterable[str],
    fill: Callable[[Path], Any],
    force: bool = False,
) -> list[Path]:
    """Write results.json from ``data`` (which holds its ``kind``) and let ``fill`` write ``files`` beside it.

    Returns the files that are there. Raises as :func:`check_folder`; GANAnomalyError when the disk is full.
    """
    folder, files = Path(os.path.abspath(folder)), tuple(files)
    check_folder(folder, data["kind"], files, force)
    with growing(folder, "the evaluation") as work:
        fill(work)
        text = json.dumps(plain(data), indent=2, allow_nan=False, ensure_ascii=False)
        (work / RESULTS).write_text(text + "\n", encoding="utf-8")
    return [folder / name for name in (RESULTS, *files) if (folder / name).is_file()]


def write_rows(path: Path, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A CSV that spreadsheets open: UTF-8 with a mark, "" for what is missing, and no cell read as a formula."""
    with open(path, "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(list(heads))
        writer.writerows([_cell(value) for value in row] for row in rows)


def plain(value: Any) -> Any:
    """Plain values for JSON; what is not a number becomes None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> Any:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "@", "-") else value


def _kind(path: Path) -> str | None:
    try:
        return read_object(path).get("kind")
    except InputError:
        return None
