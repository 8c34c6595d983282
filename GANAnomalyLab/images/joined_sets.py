"""Several sets of images as one, without copying a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

from .image_set import ImageSet, Pixels


class JoinedPixels(Pixels):
    """The images of several sets one after the other, (N, C, R, R), read from where they are."""

    def __init__(self, parts: Sequence[ImageSet]) -> None:
        first = parts[0].pixels
        super().__init__(None, (sum(map(len, parts)), *first.shape[1:]), first.dtype)
        self._parts = [(part.pixels, part.rows) for part in parts]
        self._ends = np.cumsum([len(part) for part in parts])

    @property
    def array(self) -> Any:
        """What is indexed by rows, as the array of :class:`Pixels` is."""
        return self

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> np.ndarray:
        rows = np.arange(self.shape[0])[index]
        flat = np.atleast_1d(rows)
        out = np.empty((len(flat), *self.shape[1:]), self.dtype)
        which = np.searchsorted(self._ends, flat, side="right")
        for number in np.unique(which):
            pixels, chosen = self._parts[number]
            here = which == number
            begin = self._ends[number] - len(chosen)
            out[here] = pixels.array[chosen[flat[here] - begin]]
        return out if np.ndim(rows) else out[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        values = self[np.arange(self.shape[0])]
        return values if dtype is None else values.astype(dtype)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__


def join_sets(sets: Sequence[ImageSet]) -> ImageSet:
    """All images of sets with the same classes; patients of different sets are different people.

    Raises :class:`InputError` where they differ in size, channels or bits.
    """
    first = sets[0]
    for other in sets[1:]:
        if other.pixels.shape[1:] != first.pixels.shape[1:] or other.pixels.dtype != first.pixels.dtype:
            kinds = [
                f"{'x'.join(map(str, one.pixels.shape[1:]))} of {8 * one.pixels.dtype.itemsize} bits"
                for one in (first, other)
            ]
            raise InputError(f"Images of {kinds[0]} and of {kinds[1]} cannot be learnt from together: make them alike.")
        if other.classes != first.classes:
            raise InputError(f"The sets have {first.classes} and {other.classes} classes: give sets of the same ones.")
    if len(sets) == 1:
        return first
    columns: dict[str, list[np.ndarray]] = {"labels": [], "patients": [], "hashes": []}
    people = 0
    for one in sets:
        _, codes = np.unique(one.patients, return_inverse=True)
        columns["labels"].append(one.labels)
        columns["patients"].append(codes + people)
        columns["hashes"].append(one.hashes)
        people += int(codes.max(initial=-1)) + 1
    return ImageSet(
        JoinedPixels(sets),
        labels=np.concatenate(columns["labels"]),
        patients=np.concatenate(columns["patients"]),
        hashes=np.concatenate(columns["hashes"]),
        label_names=first.label_names,
        kind=first.kind,
    )
