"""The sets that are held against each other, all at one size, with names that a page may show."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part
from GANAnomalyLib.volume import Frame

from ...images import ImageSource, open_images
from ...images.archive import FolderPictures
from ...images.image_items import ImageCollection, Item, UnusableImages
from ...images.image_set import ImageSet
from ...images.image_source import AUTO
from ...images.open_images import collect
from ...images.sources import VOLUME_FILES
from ...images.training_pictures import PictureCollection

SIDE = 128
"""Pixels of a side at which images are compared."""
REAL, SYNTHETIC, CONTROL = "real", "synthetic", "control"
TITLES = {REAL: "REAL", SYNTHETIC: "SYNTHETIC", CONTROL: "--control"}


@dataclass(frozen=True)
class PictureSet:
    """Images (N, C, 128, 128) with a name each; ``files`` were listed, ``left_out`` of them could not be read.

    ``notes`` are sentences about what was left out or decided. ``held`` (N, 4) is where a picture lies in its square:
    first and last row and column, beyond which it is black. ``larger`` are the same images with more pixels, where a
    network wants them.
    """

    images: ImageSet
    names: list[str]
    held: np.ndarray
    files: int
    left_out: int
    notes: tuple[str, ...] = ()
    larger: ImageSet | None = None

    def __len__(self) -> int:
        return len(self.images)

    def pixels(self, index: int) -> np.ndarray:
        """(C, 128, 128) uint8."""
        return _eight_bits(self.images, index)

    def large(self, index: int) -> np.ndarray:
        """(C, S, S) uint8, S of ``larger``, or 128 without."""
        return _eight_bits(self.larger or self.images, index)

    def grey(self, index: int) -> np.ndarray:
        """(128, 128) float32, 0 to 255; beside a picture that is no square its edge goes on, as black would be an edge
        that a brighter copy has elsewhere."""
        image = self.pixels(index).mean(0, dtype=np.float32)
        top, bottom, left, right = self.held[index].tolist()
        if (top, bottom, left, right) == (0, SIDE - 1, 0, SIDE - 1):
            return image
        around = (top, SIDE - 1 - bottom), (left, SIDE - 1 - right)
        return np.pad(image[top : bottom + 1, left : right + 1], around, mode="edge")

    def take(self, rows: np.ndarray) -> PictureSet:
        """Some of the images."""
        names = [self.names[n] for n in rows.tolist()]
        larger = None if self.larger is None else self.larger.take(rows)
        return replace(self, images=self.images.take(rows), names=names, held=self.held[rows], larger=larger)

    @property
    def patients(self) -> np.ndarray:
        """(N,) whole numbers, equal where two images are of one patient as far as is known."""
        return self.images.patients

    @property
    def alone(self) -> bool:
        """Whether every image counts as another patient's."""
        return len(np.unique(self.patients)) == len(self)


def open_picture_sets(
    paths: Mapping[str, Path | str],
    patients: str,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    channels: int = 1,
    side: int = SIDE,
) -> dict[str, PictureSet]:
    """Folders or zips of pictures (or volumes) by :data:`REAL`, :data:`SYNTHETIC` and, if given, :data:`CONTROL`.

    Grey and colour may be mixed: if any picture has colours (or ``channels`` is 3), all are compared in three channels.
    ``patients`` is the rule of :class:`ImageSource` for all but the synthetic images. With a ``side`` (a power of two)
    above 128, they have their images at that size, too.

    Raises :class:`InputError` for a path without images, and for one that is or lies in another.
    """
    check_apart(paths)
    try:
        return _open(paths, patients, channels, side, store, progress, cancel)
    except UnusableImages:
        return _open(paths, patients, 3, side, store, progress, cancel)


def check_apart(paths: Mapping[str, Path | str]) -> None:
    """Raise :class:`InputError` where two of the sets share a folder."""
    held = [(TITLES[name], Path(path).resolve()) for name, path in paths.items()]
    for n, (title, path) in enumerate(held):
        for other, place in held[:n]:
            if path == place:
                raise InputError(f"{other} and {title} are the same, {path.name}: give two different sets.")
            if path.is_relative_to(place) or place.is_relative_to(path):
                raise InputError(f"Of {other} and {title} one lies in the other: give two folders beside each other.")


def _open(
    paths: Mapping[str, Path | str],
    patients: str,
    channels: int,
    side: int,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> dict[str, PictureSet]:
    sources = {
        name: ImageSource(
            path=str(path), resolution=SIDE, channels=channels, patients=AUTO if name == SYNTHETIC else patients
        )
        for name, path in paths.items()
    }
    for name, source in sources.items():
        _some_images(source, TITLES[name])  # before the first of them is read, which may take long
    found = {}
    for n, (name, source) in enumerate(sources.items()):
        notes: list[str] = []
        sides = [SIDE, side] if side > SIDE else [SIDE]
        steps = [(n + at / len(sides)) / len(paths) for at in range(len(sides) + 1)]
        reading = [part(progress, *ends) for ends in itertools.pairwise(steps)]
        images = open_images(source, store / name, reading[0], cancel, notes.append)
        larger = None
        if side > SIDE:
            again = replace(source, resolution=side)
            larger = open_images(again, store / f"{name} {side}", reading[1], cancel, lambda sentence: None)
            if not np.array_equal(larger.items, images.items):
                raise InputError(f"{TITLES[name]} changed while it was read: start again.")
        collection = collect(source)
        items = collection.items(lambda fraction, message: None, cancel)
        found[name] = PictureSet(
            images,
            _names(images, items, collection.kind),
            _held(images, items, collection),
            len(items),
            len(items) - len(np.unique(images.items)),
            tuple(f"{TITLES[name]}: {note}" for note in notes),
            larger,
        )
    return found


def _eight_bits(images: ImageSet, index: int) -> np.ndarray:
    stored = np.asarray(images.images[index])
    return stored if stored.dtype == np.uint8 else ((stored.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _some_images(source: ImageSource, title: str) -> None:
    """Raise :class:`InputError` for a path without images."""
    try:
        collect(source)
    except InputError as error:
        path = Path(source.path)
        if not path.is_dir() or FolderPictures(path).names:
            raise
        raise InputError(
            f"{title}, {path}, holds no PNG, JPEG, BMP or TIFF pictures and no volumes: choose another folder.",
            error.message,
        ) from error


def _held(images: ImageSet, items: list[Item], collection: ImageCollection) -> np.ndarray:
    """Where each picture lies in its square, less a pixel that is mixed with what is beside it."""
    out = np.tile(np.array([0, SIDE - 1, 0, SIDE - 1]), (len(images), 1))
    if not isinstance(collection, PictureCollection):
        return out
    for n, item in enumerate(images.items.tolist()):
        height, width = collection.pictures.shape(items[item].name)
        if height == width:
            continue
        frame = Frame.fit(height, width, 1.0, 1.0, SIDE)
        ends = frame.network_point(np.array([[-0.5, -0.5], [height - 0.5, width - 0.5]]))
        first, last = np.ceil(ends[0] + 0.5).astype(int), np.floor(ends[1] - 0.5).astype(int)
        for axis, length in enumerate((height, width)):
            if length < max(height, width) and last[axis] - first[axis] > 2:
                out[n, 2 * axis : 2 * axis + 2] = first[axis] + 1, last[axis] - 1
    return out


def _names(images: ImageSet, items: list[Item], kind: str) -> list[str]:
    """A name for each image; DICOM, whose folders are mostly called after patients, has numbers."""
    counts = np.bincount(images.items, minlength=len(items))
    out = []
    for item, number in zip(images.items.tolist(), images.slices.tolist(), strict=True):
        name = items[item].name
        if kind != "pictures" and not name.lower().endswith(VOLUME_FILES):
            name = f"DICOM {item}"
        out.append(name if counts[item] == 1 else f"{name}, slice {number}")
    return out
