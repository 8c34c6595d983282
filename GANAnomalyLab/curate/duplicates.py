"""Images that are there more than once: the same bytes, or nearly the same picture, also mirrored or brightened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from .judged_rows import Judged, judge
from .thumbnails import thumbnail

BITS = 6
"""Hashes of near duplicates differ in at most so many of 64 bits."""
_BANDS = 8
_ALIKE = 0.995
_SIDE = 48
_MOST_PAIRS = 200_000


@dataclass(frozen=True)
class DuplicateGroup:
    """Paths of one group, in order. ``kind``: "exact" (the same bytes) or "near"; ``similarity`` of the least alike
    link, a correlation of thumbnails, 1 for exact ones."""

    kind: str
    paths: list[str]
    similarity: float


def find_duplicates(store: Path | str, bits: int = BITS, cancel: CancelToken | None = None) -> list[DuplicateGroup]:
    """All groups, exact ones first, then near ones, the largest first.

    Of files with the same bytes one stands for all when near duplicates are sought. Near ones have hashes within
    ``bits``, found by a band of equal bits (Manku et al., WWW 2007), and thumbnails that correlate, as they are or
    mirrored.

    Raises :class:`InputError` for no store and ``bits`` out of range.
    """
    if not 0 <= bits < _BANDS:
        raise InputError(f"Hashes of near duplicates differ in 0 to {_BANDS - 1} bits, not {bits}.")
    cancel = cancel or CancelToken()
    judged = judge(store, ("sha256", "hash", "hash_mirrored", "part", "thumb_at", "thumb_size"))
    paths, digests = judged.table["path"].to_pylist(), judged.table["sha256"].to_pylist()
    same: dict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(judged.readable):
        same[digests[row]].append(int(row))
    exact = [DuplicateGroup("exact", [paths[row] for row in rows], 1.0) for rows in same.values() if len(rows) > 1]
    first = np.array([rows[0] for rows in same.values()], int)
    near = [
        DuplicateGroup("near", sorted(paths[row] for row in rows), alike)
        for rows, alike in _near(judged, first, bits, cancel)
    ]
    return [*sorted(exact, key=_order), *sorted(near, key=_order)]


def _order(group: DuplicateGroup) -> tuple[int, str]:
    return -len(group.paths), group.paths[0]


def _near(judged: Judged, rows: np.ndarray, bits: int, cancel: CancelToken) -> Iterator[tuple[list[int], float]]:
    """Groups of rows that are linked by near duplicates, and the least alike link of each."""
    own = judged.table["hash"].to_numpy(zero_copy_only=False)[rows].astype(np.uint64)
    mirrored = judged.table["hash_mirrored"].to_numpy(zero_copy_only=False)[rows].astype(np.uint64)
    links: dict[int, list[tuple[int, float]]] = defaultdict(list)
    seen: dict[int, Any] = {}

    def picture(place: int) -> Any:
        if place not in seen:
            seen[place] = _normalised(thumbnail(judged.store.folder, judged.table, int(rows[place])))
        return seen[place]

    for one, two, flipped in candidates(own, mirrored, bits, cancel):
        first, second = picture(one), picture(two)
        if first is None or second is None:
            continue
        alike = float((first * (second[:, ::-1] if flipped else second)).mean())
        if alike >= _ALIKE:
            links[one].append((two, alike))
            links[two].append((one, alike))
    left = set(links)
    while left:
        group, least, todo = set(), 1.0, [min(left)]
        while todo:
            place = todo.pop()
            if place in group:
                continue
            group.add(place)
            for other, alike in links[place]:
                least = min(least, alike)
                todo.append(other)
        left -= group
        yield [int(rows[place]) for place in group], least


def candidates(
    own: np.ndarray, mirrored: np.ndarray, bits: int, cancel: CancelToken
) -> Iterator[tuple[int, int, bool]]:
    """Pairs of places (one below two) whose (N,) uint64 hashes differ in at most ``bits``, and whether one is mirrored.

    Raises :class:`InputError` where so many are alike that the hash tells nothing.
    """
    found: set[tuple[int, int, bool]] = set()
    for band in range(_BANDS):
        shift = np.uint64(8 * band)
        for flipped, others in ((False, own), (True, mirrored)):
            keys, there = (own >> shift) & np.uint64(255), (others >> shift) & np.uint64(255)
            for key in np.unique(keys):
                cancel.check()
                left, right = np.flatnonzero(keys == key), np.flatnonzero(there == key)
                for start in range(0, len(left), 512):
                    some = left[start : start + 512]
                    apart = _ones(own[some][:, None] ^ others[right][None]) <= bits
                    for one, two in zip(*np.nonzero(apart), strict=True):
                        pair = int(some[one]), int(right[two])
                        if pair[0] < pair[1]:
                            found.add((*pair, flipped))
                if len(found) > _MOST_PAIRS:
                    raise InputError(
                        f"More than {_MOST_PAIRS:,} pairs look alike: ask with fewer bits (--bits), or curate with "
                        "--features."
                    )
    yield from sorted(found)


def _ones(values: np.ndarray) -> np.ndarray:
    """How many bits of uint64 numbers are set (NumPy before 2 has no function for it)."""
    pairs = values - ((values >> np.uint64(1)) & np.uint64(0x5555555555555555))
    fours = (pairs & np.uint64(0x3333333333333333)) + ((pairs >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bytes_ = (fours + (fours >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (bytes_ * np.uint64(0x0101010101010101)) >> np.uint64(56)


def _normalised(levels: np.ndarray | None) -> np.ndarray | None:
    """A thumbnail with mean 0 and mean square 1 at a fixed size, so that brightness and contrast do not count."""
    if levels is None:
        return None
    from PIL import Image

    small = np.asarray(Image.fromarray(levels).resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32)
    centred = small - small.mean()
    return centred / max(float(np.sqrt((centred**2).mean())), 1e-3)
