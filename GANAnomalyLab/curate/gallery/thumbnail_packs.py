"""Thumbnails in the order of rank, so many to a script: the JPEG bytes of the store as they are.

Sheets of many pictures in one JPEG would have to be decoded whole for each thumbnail of another order, and encoded anew
here; as bytes of their own the page decodes only what it shows, and a hundred thousand are packed in seconds.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..curate_part import THUMBNAILS
from ..rows import numbers

PACK = 64
"""Thumbnails of a script."""
_LARGEST = 1 << 20
_OPEN = 256


class ThumbnailPacks:
    """``pack(number)`` gives the base64 of JPEGs of ranks ``64 number`` on; "" where a row has none."""

    def __init__(self, store: Path, table: Any, order: np.ndarray) -> None:
        self._folder = store / THUMBNAILS
        self._order = order
        self._parts = table["part"].combine_chunks().dictionary_encode()
        self._names = self._parts.dictionary.to_pylist()
        self._part = self._parts.indices.to_numpy(zero_copy_only=False)
        self._at, self._size = numbers(table, "thumb_at"), numbers(table, "thumb_size")
        self._read = lru_cache(maxsize=_OPEN)(self._content)

    @property
    def count(self) -> int:
        return -(-len(self._order) // PACK)

    def pack(self, number: int) -> list[str]:
        """Raises IndexError for a pack that is not there."""
        if not 0 <= number < self.count:
            raise IndexError(number)
        rows = self._order[number * PACK : (number + 1) * PACK]
        return [base64.b64encode(self.jpeg(int(row))).decode("ascii") for row in rows]

    def jpeg(self, row: int) -> bytes:
        """A thumbnail's bytes; none where the row has none or the store's file is gone or too short."""
        at, size = self._at[row], self._size[row]
        if not (np.isfinite(at) and 0 < size <= _LARGEST):
            return b""
        content = self._read(self._names[self._part[row]])
        found = content[int(at) : int(at) + int(size)]
        return bytes(found) if len(found) == int(size) else b""

    def _content(self, part: str) -> memoryview:
        """A part's file, mapped: what is not asked for is not read."""
        try:
            return memoryview(np.memmap(self._folder / f"{part}.bin", np.uint8, "r"))  # type: ignore[arg-type]
        except (OSError, ValueError):
            return memoryview(b"")
