"""Images kept in a folder: whole or not there at all, made once however many processes ask."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.domain.slice_traits import NUMBERS
from GANAnomalyLib.errors import FolderInUse, GANAnomalyError, InputError
from GANAnomalyLib.files import disk_errors, folder_lock, replace, whole, write_json
from GANAnomalyLib.files.reading import read_array, read_object
from GANAnomalyLib.files.typed_values import checked

from .annotations import ImageAnnotations
from .image_set import Pixels, image_hash

COMMAND = "preparing images"
PIXELS, INDEX, FACTS = "pixels.raw", "index.npz", "facts.json"
VERSION = 4
_COLUMNS = ("items", "slices", "hashes", "body_cm2", "heights_mm", "traits")
_BROKEN = (InputError, OSError, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class StoredImages:
    """A folder of images: ``items``, ``slices``, ``hashes``, ``body_cm2`` and ``heights_mm`` (N,) and ``traits`` (N, T)
    belong to ``pixels``; ``said``: sentences."""

    folder: Path
    pixels: Pixels
    items: np.ndarray
    slices: np.ndarray
    hashes: np.ndarray
    body_cm2: np.ndarray
    heights_mm: np.ndarray
    traits: np.ndarray
    kind: str
    said: list[str]


def _disk(store: Path) -> contextlib.AbstractContextManager[None]:
    return disk_errors(store, "the prepared images", advice="choose another folder for the prepared images")


class ImageWriter:
    """Images appended to a file beside their place; :meth:`finish` renames the folder into it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.part = folder, folder.with_name(folder.name + ".part")
        self.count, self.shape, self.dtype = 0, (), np.dtype(np.uint8)
        self._index: list[tuple[int, int, int, float, float]] = []
        self._traits: list[np.ndarray] = []
        self._told = False
        with _disk(folder.parent):
            shutil.rmtree(self.part, ignore_errors=True)  # what a killed process left
            self.part.mkdir(parents=True)
            self._file = open(self.part / PIXELS, "wb")  # noqa: SIM115 - closed by finish or abandon

    def add(
        self,
        item: int,
        numbers: np.ndarray,
        images: np.ndarray,
        body_cm2: np.ndarray | None = None,
        heights_mm: np.ndarray | None = None,
        traits: np.ndarray | None = None,
    ) -> None:
        """Append (S, C, R, R) images of one item, with what is known of each, see :class:`.image_items.LoadedItem`."""
        self.shape, self.dtype = images.shape[1:], images.dtype
        with _disk(self.folder.parent):
            self._file.write(np.ascontiguousarray(images).data)
        area = np.zeros(len(images)) if body_cm2 is None else body_cm2
        heights = np.full(len(images), np.nan) if heights_mm is None else heights_mm
        self._index += [
            (item, int(number), image_hash(image), float(held), float(height))
            for number, image, held, height in zip(numbers, images, area, heights, strict=True)
        ]
        self._told |= traits is not None
        unknown = np.full((len(images), NUMBERS), np.nan)
        self._traits.append((unknown if traits is None else traits).astype(np.float16))
        self.count += len(images)

    def finish(self, facts: dict[str, Any]) -> None:
        """Put the folder in its place."""
        with _disk(self.folder.parent):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            columns = list(zip(*self._index, strict=True))
            with open(self.part / INDEX, "wb") as file:
                np.savez(
                    file,
                    items=np.array(columns[0], np.int32),
                    slices=np.array(columns[1], np.int32),
                    hashes=np.array(columns[2], np.uint64),
                    body_cm2=np.array(columns[3], np.float32),
                    heights_mm=np.array(columns[4], np.float32),
                    traits=np.concatenate(self._traits)[:, : NUMBERS if self._told else 0],
                )
            about = {"version": VERSION, "shape": [self.count, *self.shape], "dtype": self.dtype.name, **facts}
            write_json(self.part / FACTS, about)
            shutil.rmtree(self.folder, ignore_errors=True)  # a damaged one, else this would not be written
            replace(self.part, self.folder)

    def abandon(self) -> None:
        """Leave nothing."""
        with contextlib.suppress(OSError):
            self._file.close()
        shutil.rmtree(self.part, ignore_errors=True)


def open_stored_images(folder: Path) -> StoredImages | None:
    """The images of a folder, or None where there are none or they are damaged."""
    try:
        facts = read_object(folder / FACTS)
        shape = checked(tuple[int, int, int, int], facts["shape"])
        dtype = np.dtype({"uint8": np.uint8, "uint16": np.uint16}[facts["dtype"]])
        if facts["version"] != VERSION or len(shape) != 4 or min(shape) < 1 or shape[2] != shape[3]:
            return None
        if (folder / PIXELS).stat().st_size != int(np.prod(shape, dtype=object)) * dtype.itemsize:
            return None
        columns = [read_array(folder / INDEX, name) for name in _COLUMNS]
        if any(array.shape[:1] != shape[:1] for array in columns) or any(array.ndim > 1 for array in columns[:-1]):
            return None
        if columns[-1].shape[1:] not in ((NUMBERS,), (0,)):
            return None
        said = [str(sentence) for sentence in facts["said"]]
        pixels, known = Pixels(folder / PIXELS, shape, dtype), dict(zip(_COLUMNS, columns, strict=True))
        return StoredImages(folder, pixels, **known, kind=str(facts["kind"]), said=said)
    except _BROKEN:
        return None


def read_annotations(folder: Path, mark: str) -> ImageAnnotations | None:
    """Notes kept beside the images, or None."""
    try:
        file = folder / f"notes-{mark}.npz"
        labels, patients, parts, names = (read_array(file, name) for name in ("labels", "patients", "parts", "names"))
        return ImageAnnotations(labels, patients, parts, [str(name) for name in names])
    except _BROKEN:
        return None


def write_annotations(folder: Path, mark: str, notes: ImageAnnotations) -> None:
    """Keep notes for the next time; where that is refused they are made again then."""
    names = np.array(notes.label_names, dtype=np.str_)
    with (
        contextlib.suppress(GANAnomalyError),
        whole(folder / f"notes-{mark}.npz") as part,
        open(part, "wb") as file,
    ):
        np.savez(file, labels=notes.labels, patients=notes.patients, parts=notes.parts, names=names)


def tidy(store: Path, kept: str, slot: str) -> None:
    """Take away what earlier states of the same data with the same settings left, and what killed processes left."""
    for facts in store.glob(f"*/{FACTS}"):
        with contextlib.suppress(*_BROKEN):
            if facts.parent.name != kept and read_object(facts).get("slot") == slot:
                facts.unlink()
                shutil.rmtree(facts.parent, ignore_errors=True)
    for part in store.glob("*.part"):
        # A process at work holds its folder.
        with contextlib.suppress(OSError, FolderInUse), folder_lock(part.with_suffix(""), COMMAND):
            shutil.rmtree(part, ignore_errors=True)
