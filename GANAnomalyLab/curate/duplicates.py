"""Images that are there more than once: the same bytes, or nearly the same picture, also mirrored or brightened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, repeat
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from .curation_store import Store
from .rows import coded, values_of, whole_rows
from .thumbnails import COLUMNS, thumbnail

BITS = 6
"""Hashes of near duplicates differ in at most so many of 64 bits."""
MOST_BITS = 7
_ALIKE = 0.995
_SIDE = 48
_MOST_PAIRS = 200_000
_AT_ONCE = 1 << 20


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
    ``bits``, found by two bands of equal bits (Manku et al., WWW 2007), and thumbnails that correlate, as they are or
    mirrored.

    Raises :class:`InputError` for no store and ``bits`` out of range.
    """
    if not 0 <= bits <= MOST_BITS:
        raise InputError(f"Hashes of near duplicates differ in 0 to {MOST_BITS} bits, not {bits}.")
    cancel = cancel or CancelToken()
    folder = Store.open(store).folder
    table = whole_rows(folder, ("sha256", "hash", "hash_mirrored", *COLUMNS))
    digest_of = coded(table, "sha256")[1]
    hashed = values_of(table, "hash")[1]
    paths = table["path"].to_pylist()
    rows = np.flatnonzero(hashed)
    by_digest = rows[np.argsort(digest_of[rows], kind="stable")]
    begins = np.flatnonzero(np.diff(digest_of[by_digest], prepend=-2))
    sizes = np.diff(begins, append=len(by_digest))
    exact = [
        DuplicateGroup("exact", [paths[row] for row in by_digest[begin : begin + size]], 1.0)
        for begin, size in zip(begins[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True)
    ]
    near = [
        DuplicateGroup("near", sorted(paths[row] for row in group), alike)
        for group, alike in _near(folder, table, np.sort(by_digest[begins]), bits, cancel)
    ]
    return [*sorted(exact, key=_order), *sorted(near, key=_order)]


def _order(group: DuplicateGroup) -> tuple[int, str]:
    return -len(group.paths), group.paths[0]


def _near(
    store: Path, table: Any, rows: np.ndarray, bits: int, cancel: CancelToken
) -> Iterator[tuple[list[int], float]]:
    """Groups of rows that are linked by near duplicates, and the least alike link of each."""
    own, mirrored = (values_of(table, name)[0][rows] for name in ("hash", "hash_mirrored"))
    links: dict[int, list[tuple[int, float]]] = defaultdict(list)
    seen: dict[int, Any] = {}

    def picture(place: int) -> Any:
        if place not in seen:
            seen[place] = _normalised(thumbnail(store, table, int(rows[place])))
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
    # Of so many bands more than there are bits that differ, two at least are equal.
    bands = bits + 2
    wide = min(8, 64 // bands)
    for first, second in combinations(range(bands), 2):
        cancel.check()
        keys, there = (_key(hashes, wide * first, wide * second, wide) for hashes in (own, mirrored))
        for flipped, hashes, others in ((False, own, keys), (True, mirrored, there)):
            for one, two in _equal(keys, others):
                once = one < two
                one, two = one[once], two[once]
                near = _ones(own[one] ^ hashes[two]) <= bits
                found.update(zip(one[near].tolist(), two[near].tolist(), repeat(flipped)))
                if len(found) > _MOST_PAIRS:
                    raise InputError(
                        f"More than {_MOST_PAIRS:,} pairs look alike: ask with fewer bits (--bits), or curate with "
                        "--features."
                    )
    yield from sorted(found)


def _key(hashes: np.ndarray, first: int, second: int, wide: int) -> np.ndarray:
    """The ``wide`` bits from each of two places on, as one number (N,) uint16, which NumPy sorts fastest."""
    mask, (one, two) = np.uint64((1 << wide) - 1), (np.uint64(first), np.uint64(second))
    return (((hashes >> one) & mask) << np.uint64(wide) | ((hashes >> two) & mask)).astype(np.uint16)


def _equal(keys: np.ndarray, others: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All pairs of places whose numbers are equal, some at a time."""
    order = np.argsort(others, kind="stable").astype(np.int32)
    sizes = np.bincount(others, minlength=1 << 16)
    begins, counts = (np.cumsum(sizes) - sizes)[keys], sizes[keys]
    ends = np.cumsum(counts)
    first = 0
    while first < len(keys):
        done = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + _AT_ONCE, side="right")))
        many = counts[first:last]
        one = np.repeat(np.arange(first, last, dtype=np.int32), many)
        starts = begins[first:last] - (np.cumsum(many) - many)
        yield one, order[np.repeat(starts, many) + np.arange(len(one))]
        first = last


def _ones(values: np.ndarray) -> np.ndarray:
    """How many bits of uint64 numbers are set."""
    if hasattr(np, "bitwise_count"):  # from NumPy 2 on
        counted: np.ndarray = np.bitwise_count(values)
        return counted
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
