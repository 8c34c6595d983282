"""Thumbnails out of a store."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

THUMBNAILS = "thumbnails"
"""The folder of a store where each task has a file of them, one behind the other."""
COLUMNS = ("part", "thumb_at", "thumb_size")


def thumbnail_bytes(store: Path, table: Any, row: int) -> bytes | None:
    """The JPEG of a row, whose table has :data:`COLUMNS`; None where there is none."""
    size = table["thumb_size"][row].as_py()
    if not size:
        return None
    path = store / THUMBNAILS / f"{table['part'][row].as_py()}.bin"
    try:
        with open(path, "rb") as file:
            file.seek(table["thumb_at"][row].as_py())
            return file.read(size)
    except OSError:
        return None


def thumbnail(store: Path, table: Any, row: int) -> np.ndarray | None:
    """(H, W) uint8 of a row; None where there is none."""
    content = thumbnail_bytes(store, table, row)
    if content is None:
        return None
    from PIL import Image

    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("L"))
