"""Images to train on: square pixels in a file, with classes and patients in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

People = Callable[[], dict[int, str]]
"""Makes, from patient codes, what tells patients of other sets apart: a hash, made anew each time, never stored."""


class Pixels:
    """(N, C, R, R) uint8 or uint16 in a file, mapped when first used; sent to other processes by its path only."""

    def __init__(self, path: Path | None, shape: tuple[int, ...], dtype: np.dtype, array: np.ndarray | None = None):
        self.path, self.shape, self.dtype, self._array = path, shape, np.dtype(dtype), array

    @classmethod
    def of(cls, array: np.ndarray) -> Pixels:
        """An array that is in memory already."""
        return cls(None, array.shape, array.dtype, array)

    @property
    def array(self) -> np.ndarray:
        """The memory map (or the array)."""
        if self._array is None:
            self._array = np.memmap(str(self.path), self.dtype, "r", shape=self.shape)
        return self._array

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_array": None if self.path is not None else self._array}


_COLUMNS = ("rows", "labels", "patients", "items", "slices", "hashes", "body_cm2", "heights_mm", "traits")
"""What an :class:`ImageSet` holds of each image."""


class ImageSet:
    """Images with their classes and patients; a choice of the rows of a file, or all of them.

    Attributes
    ----------
    labels: (N, L) float32, one-hot for classes; L is 0 without labels.
    patients: (N,) int codes; equal codes are one patient (within sets of one file).
    items: (N,) int, the number of the file that an image came from; slices: (N,) int, which slice of it.
    hashes: (N,) uint64 of the pixels; 0 for an image of one value throughout.
    body_cm2: (N,) square centimetres of body in the slice of a CT; 0 where that is not known.
    heights_mm: (N,) millimetres along the body where the slice of a volume lies; NaN where that is not known.
    traits: (N, T) float16, what the slice of a CT is like, see :mod:`GANAnomalyLib.domain.slice_traits`; not-a-number
        where that is not known, T is 0 where it is of none.
    label_names: a name for each of the L columns.
    kind: "volumes", "radiographs" or "pictures".
    mirror: whether :class:`Draws` shows each image flipped too.
    about: what else the maker of the set says of all of it, by name.
    """

    def __init__(
        self,
        pixels: Pixels,
        rows: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        patients: np.ndarray | None = None,
        items: np.ndarray | None = None,
        slices: np.ndarray | None = None,
        hashes: np.ndarray | None = None,
        label_names: list[str] | None = None,
        kind: str = "pictures",
        mirror: bool = False,
        people: People | None = None,
        body_cm2: np.ndarray | None = None,
        heights_mm: np.ndarray | None = None,
        traits: np.ndarray | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        count = pixels.shape[0]
        if len(pixels.shape) != 4 or pixels.shape[2] != pixels.shape[3] or pixels.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"{pixels.dtype} of shape {pixels.shape} are not square images")
        self.pixels = pixels
        self.rows = np.arange(count) if rows is None else np.asarray(rows, np.int64)
        size = len(self.rows)
        self.labels = np.zeros((size, 0), np.float32) if labels is None else np.asarray(labels, np.float32)
        self.patients = np.arange(size) if patients is None else np.asarray(patients, np.int64)
        self.items = np.arange(size) if items is None else np.asarray(items, np.int64)
        self.slices = np.zeros(size, np.int64) if slices is None else np.asarray(slices, np.int64)
        if hashes is None:
            hashes = np.array([image_hash(pixels.array[row]) for row in self.rows], np.uint64)
        self.hashes = np.asarray(hashes, np.uint64)
        self.body_cm2 = np.zeros(size, np.float32) if body_cm2 is None else np.asarray(body_cm2, np.float32)
        heights = np.full(size, np.nan, np.float32) if heights_mm is None else np.asarray(heights_mm, np.float32)
        self.heights_mm = heights
        self.traits = np.zeros((size, 0), np.float16) if traits is None else np.asarray(traits, np.float16)
        if {len(getattr(self, name)) for name in _COLUMNS} != {size}:
            raise ValueError("labels, patients and the rest must be as many as the images")
        self.label_names = label_names or [str(n) for n in range(self.labels.shape[1])]
        self.kind, self.mirror, self._people = kind, mirror, people
        self.about: Mapping[str, Any] = about or {}

    @classmethod
    def from_array(cls, images: np.ndarray, **facts: Any) -> ImageSet:
        """A set of images in memory, (N, C, R, R) uint8 or uint16; ``facts`` as for the constructor."""
        return cls(Pixels.of(np.ascontiguousarray(images)), **facts)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def images(self) -> np.ndarray | Rows:
        """(N, C, R, R) uint8 or uint16, read as they are indexed: the memory map itself, or a choice of its rows."""
        whole = len(self.rows) == self.pixels.shape[0] and np.array_equal(self.rows, np.arange(len(self.rows)))
        return self.pixels.array if whole else Rows(self.pixels.array, self.rows)

    @property
    def channels(self) -> int:
        return self.pixels.shape[1]

    @property
    def resolution(self) -> int:
        """Pixels of a side."""
        return self.pixels.shape[2]

    @property
    def classes(self) -> int:
        """L, 0 without labels."""
        return self.labels.shape[1]

    @property
    def top(self) -> float:
        """The stored value of the brightest pixel there can be."""
        return float(np.iinfo(self.pixels.dtype).max)

    def batch(self, indices: np.ndarray, mirrored: np.ndarray | None = None) -> np.ndarray:
        """Images ``indices`` as (n, C, R, R) float32 in [-1, 1]; those ``mirrored`` (n,) bool flipped left-right."""
        stored = self.pixels.array[self.rows[np.asarray(indices, np.int64)]]
        out = stored.astype(np.float32)
        out *= np.float32(2 / self.top)
        out -= np.float32(1)
        if mirrored is not None and np.any(mirrored):
            flip = np.asarray(mirrored, bool)
            out[flip] = out[flip, :, :, ::-1]
        return out

    def mark(self) -> str:
        """A short text that another choice of images hardly shares: number, size, and a hash of all pixels."""
        digest = hashlib.sha256(np.ascontiguousarray(self.hashes).tobytes()).hexdigest()[:16]
        size = "x".join(map(str, self.pixels.shape[1:]))
        return f"{len(self)} of {size} {self.pixels.dtype.name}, {digest}"

    def take(self, indices: np.ndarray) -> ImageSet:
        """Only these images, in this order; shares the file."""
        keep = np.asarray(indices, np.int64)
        parts = {name: getattr(self, name)[keep] for name in _COLUMNS}
        return ImageSet(
            self.pixels,
            **parts,
            label_names=self.label_names,
            kind=self.kind,
            mirror=self.mirror,
            people=self._people,
            about=self.about,
        )

    def subset(self, count: int, seed: int = 0) -> ImageSet:
        """``count`` images at random, in their order; all of them where there are no more."""
        if count < 1:
            raise InputError(f"subset must be at least 1, not {count}.")
        if count >= len(self):
            return self
        return self.take(np.sort(np.random.default_rng([seed, 11]).permutation(len(self))[:count]))

    def people(self) -> set[str] | None:
        """What tells this set's patients apart from those of other files; None when that is not known."""
        if self._people is None:
            return None
        known = self._people()
        return {known[int(code)] for code in np.unique(self.patients) if int(code) in known}


class Rows:
    """Some rows of an array, read when indexed along the first axis."""

    def __init__(self, array: np.ndarray, rows: np.ndarray) -> None:
        self._array, self._rows = array, rows
        self.shape, self.dtype, self.ndim = (len(rows), *array.shape[1:]), array.dtype, array.ndim

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> np.ndarray:
        if isinstance(index, tuple):
            first, rest = index[0], index[1:]
            picked = self._array[self._rows[first]]
            return picked[rest if np.ndim(self._rows[first]) == 0 else (slice(None), *rest)]
        return self._array[self._rows[index]]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        values = self._array[self._rows]
        return values if dtype is None else values.astype(dtype)


def image_hash(image: np.ndarray) -> int:
    """64 bits of one stored image; 0 for an image of one value, of which different patients have equal ones."""
    if image.min() == image.max():
        return 0
    digest = hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1
