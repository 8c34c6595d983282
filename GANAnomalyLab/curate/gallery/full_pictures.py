"""A row's picture read anew from its source, larger than the thumbnail and of the same grey levels."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import GANAnomalyError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import card_of

from ..cheap_checks import shrunk
from ..curation_store import Store
from ..read_image import Opened, open_entry
from ..rows import numbers, slice_rows
from ..source_files import IMAGE, SERIES, VOLUME, SourceFile

SIDE = 512
_QUALITY = 88


class FullPictures:
    """``jpeg(row)`` of rows of a judged table (columns path, kind, state, sha256, slices)."""

    def __init__(self, store: Store, table: Any, side: int = SIDE) -> None:
        self._store, self._table, self._side = store, table, side
        model = (store.facts.get("model") or {}).get("name")
        # It says in which window a CT was looked at; without the model, as without one from the start.
        self._card: ModelCard | None = card_of(model) if model else None
        self._best: dict[str, int] | None = None

    def jpeg(self, row: int) -> bytes | None:
        """Raises nothing: None where the source is gone, is another than was curated, or cannot be read."""
        path, kind, state, sha = (self._table[name][row].as_py() for name in ("path", "kind", "state", "sha256"))
        if kind not in ("image", "volume"):
            return None
        try:
            file = _entry(path, kind)
            # A series is told by its hash alone.
            if file.kind != SERIES and file.state != state:
                return None
            opened = _opened(file, self._card)
        # A hostile file may fail anywhere inside a parser; its thumbnail is there.
        except (GANAnomalyError, OSError, MemoryError, ValueError):
            return None
        if opened.sha256 != sha:
            return None
        return _jpeg(opened.levels[self._slice(path, kind, len(opened.levels))], self._side)

    def _slice(self, path: str, kind: str, count: int) -> int:
        """The slice that a volume's row shows: the highest score, else the middle."""
        if kind == "image":
            return 0
        if self._best is None:
            self._best = _highest_slices(self._store.folder)
        return min(self._best.get(path, count // 2), count - 1)


def _entry(path: str, kind: str) -> SourceFile:
    """What lies there now; raises OSError where nothing does."""
    if os.path.isdir(path):
        return SourceFile(path, SERIES, 0, 0)
    facts = os.stat(path)
    return SourceFile(path, IMAGE if kind == "image" else VOLUME, facts.st_size, facts.st_mtime_ns)


def _opened(file: SourceFile, card: ModelCard | None) -> Opened:
    try:
        return open_entry(file, card)
    except GANAnomalyError:
        if file.kind != VOLUME:
            raise
        # A DICOM file of several frames is an image among files, and a volume among rows.
        return open_entry(replace(file, kind=IMAGE), card)


def _highest_slices(store: Path) -> dict[str, int]:
    table = slice_rows(store, ("score",))
    score, slices = numbers(table, "score"), numbers(table, "slice")
    best: dict[str, int] = {}
    paths = table["path"].to_pylist()
    for row in np.argsort(np.nan_to_num(score, nan=-np.inf), kind="stable"):
        if np.isfinite(score[row]) and slices[row] >= 0:
            best[paths[row]] = int(slices[row])
    return best


def _jpeg(levels: np.ndarray, side: int) -> bytes:
    from PIL import Image

    small = np.clip(shrunk(levels, side), 0, 1)
    stream = io.BytesIO()
    Image.fromarray(np.rint(small * 255).astype(np.uint8)).save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
