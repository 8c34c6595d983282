"""What the gallery's page knows of a store: columns in the order of rank, each a script that is loaded when wanted.

``first`` is enough for the first picture on the screen; names, hashes, traits and the column to sort by come after, and
what a click shows lies in scripts of 256 rows each.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np

from GANAnomalyLib.files import hash_json

from ..cheap_checks import MEASURES
from ..curation_store import Store
from ..judged_rows import Judged, judge
from ..marks import ACCEPTED, REJECTED, UNMARKED, latest_marks
from ..row_schema import ROW_KINDS, TRAIT_COLUMNS
from ..rows import numbers
from .packed_columns import ID_CHARACTERS, SHA_CHARACTERS, named, packed, row_id, script, sha_text, split_paths
from .thumbnail_packs import PACK, count_packs, thumbnail_pack

MARK_WORDS = {"accept": ACCEPTED, "reject": REJECTED, "unmark": UNMARKED}
"""What the store calls what the page does."""
FACTS = 256
"""Rows of a script of facts."""
_SCORES = ("score", "wd", "mse", "ssim")
_NUMBERS = (*_SCORES, "oddness", *MEASURES, "kv", "exposure", "spacing_mm")
# When an image was made is no matter of the gallery.
_TEXTS = tuple(name for name in TRAIT_COLUMNS if name not in ("kv", "exposure", "week"))
_FACTS = ("slices", "width", "height", "bits", "top", "left", "bottom", "right", "heat_top")
COLUMNS = (
    *("part", "thumb_at", "thumb_size", "sha256", "state", "spacing_mm", "heat", "warnings", "reason"),
    *TRAIT_COLUMNS,
    *_SCORES,
    *_FACTS,
)
"""What :func:`~..judged_rows.judge` must read for a gallery."""


class GalleryData:
    """The scripts of a judged store, by their names without ``.js``.

    Parameters
    ----------
    judged: with :data:`COLUMNS`.
    pictures: ranks that have a full picture; None for all that can be read.
    """

    def __init__(self, judged: Judged, pictures: Collection[int] | None = (), live: bool = False) -> None:
        self.judged, self._pictures, self._live = judged, pictures, live
        self.order = judged.order
        self._scripts: dict[str, Callable[[], Any]] = {
            "first": self._first,
            "marks": self._marks,
            "names": self._names,
            "hashes": self._hashes,
            "traits": self._traits,
            **{f"number_{name}": partial(self._number, name) for name in self._numbers},
        }

    def _number(self, name: str) -> Any:
        return packed(self._numbers[name], "f4")

    @classmethod
    def of(cls, store: str, by: str | None = None, **options: Any) -> GalleryData:
        """Of a store's folder; raises as :func:`~..judged_rows.judge`."""
        return cls(judge(store, COLUMNS, by), **options)

    def __len__(self) -> int:
        return len(self.order)

    def names(self) -> Iterator[str]:
        """Of all scripts."""
        yield from self._scripts
        yield from (f"facts_{number:06d}" for number in range(-(-len(self) // FACTS)))
        yield from (f"thumbnails_{number:06d}" for number in range(count_packs(self.judged)))

    def content(self, name: str) -> bytes:
        """A script; raises KeyError where there is none of that name."""
        if name in self._scripts:
            return script(name, self._scripts[name]())
        kind, _, number = name.partition("_")
        if not (len(number) == 6 and number.isascii() and number.isdigit()):
            raise KeyError(name)
        if kind == "facts" and int(number) * FACTS < len(self):
            return script(name, self._facts(int(number)))
        if kind == "thumbnails" and int(number) < count_packs(self.judged):
            return script(name, thumbnail_pack(self.judged, int(number)))
        raise KeyError(name)

    @cached_property
    def row_of_id(self) -> dict[str, int]:
        """Rows of the judged table by the IDs that the page knows them by."""
        return {key: row for row, key in enumerate(self._ids)}

    def identity(self, row: int) -> tuple[str, str]:
        """(path, sha256) of a row."""
        return self._paths[row], self._shas[row] or ""

    @cached_property
    def _paths(self) -> list[str]:
        found: list[str] = self.judged.table["path"].to_pylist()
        return found

    @cached_property
    def _shas(self) -> list[str | None]:
        found: list[str | None] = self.judged.table["sha256"].to_pylist()
        return found

    @cached_property
    def _ids(self) -> list[str]:
        return [row_id(path, sha) for path, sha in zip(self._paths, self._shas, strict=True)]

    @cached_property
    def _numbers(self) -> dict[str, np.ndarray]:
        """Columns that can be sorted by, in the order of rank; those that nothing is known of are left out."""
        table, found = self.judged.table, {}
        for name in _NUMBERS:
            if name == "oddness":
                values = np.where(self.judged.readable, self.judged.oddness, np.nan)
            else:
                values = numbers(table, name)
            if np.isfinite(values).any():
                found[name] = values[self.order]
        return found

    def _first(self) -> dict[str, Any]:
        judged = self.judged
        flags = np.zeros(len(judged), np.uint32)
        for bit, flagged in enumerate(judged.flags.values()):
            flags |= np.left_shift(flagged.astype(np.uint32), np.uint32(bit))
        kinds = np.array([ROW_KINDS.index(kind) for kind in judged.table["kind"].to_pylist()], np.uint8)
        tops = numbers(judged.table, "heat_top")
        tops = tops[np.isfinite(tops)]
        pictures = None if self._pictures is None else sorted(self._pictures)
        return {
            "id": self.store_id(judged.store),
            "store": judged.store.folder.resolve().name,
            "count": len(self),
            "by": judged.by,
            "live": self._live,
            "pack": PACK,
            "facts": FACTS,
            "idCharacters": ID_CHARACTERS,
            "shaCharacters": SHA_CHARACTERS,
            "checks": [{"name": name, "says": judged.says[name]} for name in judged.flags],
            "kinds": list(ROW_KINDS),
            "numbers": list(self._numbers),
            "traits": list(_TEXTS),
            "factNames": [*_FACTS, "heat", "warnings"],
            "pictures": pictures,
            # Heat is drawn on one scale for the whole store, so that what is usual stays faint.
            "heatScale": float(np.quantile(tops, 0.99)) if len(tops) else None,
            "kind": packed(kinds[self.order], "u1"),
            "flags": packed(flags[self.order], "u4"),
            "score": packed(judged.score[self.order], "f4"),
        }

    @staticmethod
    def store_id(store: Store) -> str:
        """Under which a browser keeps the marks of this store: the same in each report of it."""
        began = [run["began"] for run in store.facts["runs"][:1]]
        return hash_json({"rows": store.fingerprint, "began": began}).rpartition(":")[2][:16]

    def _marks(self) -> list[list[Any]]:
        """[rank, "accept" or "reject", when] of what curators said of files with these contents."""
        said = latest_marks(self.judged.store.folder)
        acts = {ACCEPTED: "accept", REJECTED: "reject"}
        out: list[list[Any]] = []
        for rank, row in enumerate(self.order if said else ()):
            mark, when = said.get(self._shas[int(row)] or "", (UNMARKED, ""))
            if mark in acts:
                out.append([rank, acts[mark], when])
        return out

    def _names(self) -> dict[str, Any]:
        rows = [int(row) for row in self.order]
        # The table is in the order of paths.
        return split_paths([self._paths[row] for row in rows]) | {
            "place": packed(self.order, "u4"),
            "ids": "".join(self._ids[row] for row in rows),
        }

    def _hashes(self) -> str:
        return "".join(sha_text(self._shas[int(row)]) for row in self.order)

    def _traits(self) -> dict[str, Any]:
        taken = self.judged.table.take(self.order)
        return {name: named(taken[name].to_pylist()) for name in (*_TEXTS, "reason")}

    def _facts(self, number: int) -> list[list[Any]]:
        rows = self.judged.table.take(self.order[number * FACTS : (number + 1) * FACTS])
        columns = [[_plain(value) for value in rows[name].to_pylist()] for name in _FACTS]
        heat = ["" if one is None else base64.b64encode(one).decode("ascii") for one in rows["heat"].to_pylist()]
        warnings = [text or "" for text in rows["warnings"].to_pylist()]
        return [list(row) for row in zip(*columns, heat, warnings, strict=True)]


def _plain(value: float | None) -> float | None:
    if value is None or not np.isfinite(value):
        return None
    return round(value, 6) if isinstance(value, float) else value
