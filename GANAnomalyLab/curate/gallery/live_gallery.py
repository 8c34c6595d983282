"""What a served gallery answers with: the files of the folder, made when they are asked for, of the store as it is."""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError

from ..curation_store import LISTING
from ..marks import add_marks
from ..rows import ROWS
from .full_pictures import FullPictures
from .gallery_data import MARK_WORDS, GalleryData
from .gallery_page import ASSETS, PAGE_FILE, asset, gallery_page
from .summary_page import summary_page

_INDEX = "index.html"
_HTML, _JS, _CSS, _JPEG = (
    *(f"text/{kind}; charset=utf-8" for kind in ("html", "javascript", "css")),
    "image/jpeg",
)
_AT_ONCE = 2
"""Sources that are read at a time: one may be a whole CT."""
_KEPT = 64
_SHOTS = 2
"""States of the store that pages may still be open of."""
_MOST_MARKS = 200_000


@dataclass(frozen=True)
class Answer:
    """``lasting``: the same for ever under its address."""

    content: bytes
    kind: str
    lasting: bool = False


class _Shot:
    """A state of the store: what a page goes on showing while the store grows."""

    def __init__(self, store: str, by: str | None) -> None:
        self.name = f"data-{secrets.token_hex(6)}"
        self.state = _state(Path(store))
        self.data = GalleryData.of(store, by, pictures=None, live=True)
        self._full = FullPictures(self.data.judged.store, self.data.judged.table)
        self._reading = threading.BoundedSemaphore(_AT_ONCE)
        self.picture = lru_cache(maxsize=_KEPT)(self._picture)

    @cached_property
    def summary(self) -> bytes:
        """The first page; it takes a second to draw."""
        return summary_page(self.data).html().encode("utf-8")

    def _picture(self, rank: int) -> bytes | None:
        with self._reading:
            return self._full.jpeg(int(self.data.order[rank]))


class LiveGallery:
    """Answers by path; ``token`` is what a page sends marks with. Raises :class:`InputError` without a store."""

    def __init__(self, store: str, by: str | None = None) -> None:
        self._store, self._by = store, by
        self.token = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        self._shots = [_Shot(store, by)]

    def get(self, path: str) -> Answer | None:
        """None where there is nothing; no path of the store or the sources is ever made of ``path``."""
        if path == PAGE_FILE:
            shot = self._newest()
            title = shot.data.judged.store.folder.resolve().name
            return Answer(gallery_page(title, shot.name, self.token), _HTML)
        if path == _INDEX:
            return Answer(self._newest().summary, _HTML)
        folder, _, name = path.partition("/")
        if folder == "assets" and name in ASSETS:
            return Answer(asset(name), _CSS if name.endswith(".css") else _JS)
        known = next((one for one in self._shots if one.name == folder), None)
        return None if known is None else _of_data(known, name)

    def take_marks(self, content: bytes) -> None:
        """{"accept": [IDs], "reject": ..., "unmark": ...} into the store's marks.

        Raises :class:`InputError` for anything else, and for rows that are not there; then nothing is kept.
        """
        try:
            asked = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise InputError("That is no list of marks.", str(error)) from error
        ids = asked.values() if isinstance(asked, dict) and set(asked) <= set(MARK_WORDS) else [None]
        if not all(isinstance(some, list) and all(isinstance(one, str) for one in some) for some in ids):
            raise InputError("That is no list of marks.")
        if sum(len(some) for some in asked.values()) > _MOST_MARKS:
            raise InputError(f"More than {_MOST_MARKS:,} marks at once: set a filter, and mark what is left.")
        marks = [
            dict(zip(("path", "sha256"), self._identity(one), strict=True)) | {"mark": MARK_WORDS[mark]}
            for mark, some in asked.items()
            for one in some
        ]
        with self._lock:
            add_marks(Path(self._store), marks)

    def _identity(self, key: str) -> tuple[str, str]:
        for shot in reversed(self._shots):
            row = shot.data.row_of_id.get(key)
            if row is not None:
                return shot.data.identity(row)
        raise InputError("An image is not in the store any more: load the page again.")

    def _newest(self) -> _Shot:
        with self._lock:
            if self._shots[-1].state != _state(Path(self._store)):
                self._shots = [*self._shots, _Shot(self._store, self._by)][-_SHOTS:]
            return self._shots[-1]


def _of_data(shot: _Shot, name: str) -> Answer | None:
    if found := re.fullmatch(r"pictures/([0-9]{6,9})\.jpg", name):
        rank = int(found[1])
        jpeg = shot.picture(rank) if rank < len(shot.data) else None
        return None if jpeg is None else Answer(jpeg, _JPEG)
    if not name.endswith(".js"):
        return None
    try:
        # Other curators mark meanwhile; all else of a state stays.
        return Answer(shot.data.content(name[:-3]), _JS, lasting=name != "marks.js")
    except KeyError:
        return None


def _state(store: Path) -> Any:
    """What changes when rows are added."""
    rows = sorted((entry.name, entry.stat().st_mtime_ns) for entry in os.scandir(store / ROWS))
    listing = store / LISTING
    return rows, listing.stat().st_mtime_ns if listing.is_file() else 0
