"""One file or DICOM series that images are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from .labels import Label


@dataclass(frozen=True)
class Item:
    """``name`` is the path below the source, with slashes; ``person`` DICOM's PatientID, in memory only."""

    name: str
    path: Path
    series: str | None = None
    person: str = field(default="", repr=False)
    radiograph: bool = False


@dataclass(frozen=True)
class LoadedItem:
    """Images of one item: ``numbers`` (S,) of its slices, ``images`` (S, C, R, R) uint8 or uint16.

    ``body_cm2`` (S,) is the area of body in each slice of a CT, ``heights_mm`` (S,) where it lies along the body,
    ``traits`` (S, T) what it is like; None where that is not known.
    """

    numbers: np.ndarray
    images: np.ndarray
    warnings: tuple[str, ...] = ()
    body_cm2: np.ndarray | None = None
    heights_mm: np.ndarray | None = None
    traits: np.ndarray | None = None


class UnusableImages(InputError):
    """The data and the settings do not go together, so leaving out this one file would not help."""


class ImageCollection(ABC):
    """The files of a source, of one kind."""

    kind: str = ""
    at_once: int = 1
    """How many items may be read at the same time: 1 where one fills the memory."""

    @abstractmethod
    def state(self) -> Iterator[str]:
        """A line for each file that pixels come from, which changes when the file does."""

    @abstractmethod
    def items(self, progress: ProgressCallback, cancel: CancelToken) -> list[Item]:
        """What there is to read, always in the same order; may read headers."""

    @abstractmethod
    def read(self, item: Item, side: int | None, progress: ProgressCallback, cancel: CancelToken) -> LoadedItem:
        """The images of one item, ``side`` pixels wide; None for the power of two nearest to what it has."""

    def people(self) -> dict[str, str] | None:
        """Whose each item is, where the set itself says so in made-up codes; else None."""
        return None

    @abstractmethod
    def labels(self) -> dict[str, Label] | None:
        """Classes (or vectors) by item name, as dataset.json gives them."""

    def label_names(self) -> list[str] | None:
        """The names of classes 0, 1, ..., as dataset.json gives them; None without."""
        return None

    def notes(self) -> list[str]:
        """Sentences about what was passed over while listing."""
        return []


def nearest_side(pixels: int) -> int:
    """The power of two nearest to a number of pixels (on a logarithmic scale), at least 4."""
    return max(4, 1 << max(0, round(float(np.log2(max(pixels, 1))))))


def file_state(name: str, path: Path) -> str:
    """One line of :meth:`ImageCollection.state`."""
    facts = path.stat()
    return f"{name} {facts.st_size} {facts.st_mtime_ns}"
