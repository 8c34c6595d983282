"""PNG, JPEG, BMP and TIFF pictures of a folder or zip as training images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.running.progress import CancelToken, ProgressCallback
from GANAnomalyLib.volume import Frame
from GANAnomalyLib.volume.formats.picture_pixels import picture_pixels

from .archive import FolderPictures, Pictures, open_pictures
from .image_items import ImageCollection, Item, LoadedItem, UnusableImages, file_state, nearest_side
from .image_source import LARGEST_SIDE, ImageSource
from .labels import Label

if TYPE_CHECKING:
    from PIL import Image


class PictureCollection(ImageCollection):
    """All pictures of a folder or zip; ``chosen`` says which names count, None for all."""

    kind = "pictures"
    at_once = 64

    def __init__(self, source: ImageSource, chosen: Callable[[str], bool] | None = None) -> None:
        self.source = source
        self.pictures: Pictures = open_pictures(source.path)
        self.names = [name for name in self.pictures.names if chosen is None or chosen(name)]
        self.passed_over = len(self.pictures.names) - len(self.names)

    def state(self) -> Iterator[str]:
        path = Path(self.source.path)
        if isinstance(self.pictures, FolderPictures):
            yield from (file_state(name, path / name) for name in self.names)
        else:
            yield file_state("zip", path)

    def items(self, progress: ProgressCallback, cancel: CancelToken) -> list[Item]:
        path = Path(self.source.path)
        # Codes of dataset.json are made up anew for each set: the same one elsewhere is somebody else.
        of_set = f"{path.resolve()}#"
        people = self.people() or {}
        return [Item(name, path / name, person=of_set + people[name] if name in people else "") for name in self.names]

    def read(self, item: Item, side: int | None, progress: ProgressCallback, cancel: CancelToken) -> LoadedItem:
        cancel.check()
        planes = picture_planes(self.pictures.open(item.name), item.name, self.source.channels)
        side = side or min(nearest_side(max(planes.shape[1:])), LARGEST_SIDE)
        return LoadedItem(np.zeros(1, np.int64), resized(planes, side)[None])

    def labels(self) -> dict[str, Label] | None:
        return self.pictures.labels()

    def label_names(self) -> list[str] | None:
        return self.pictures.label_names()

    def people(self) -> dict[str, str] | None:
        return self.pictures.patients()

    def notes(self) -> list[str]:
        if not self.passed_over:
            return []
        return [f"{self.passed_over} pictures were passed over, as their names say mask, label or segmentation."]


def picture_planes(picture: Image.Image, name: str, channels: int) -> np.ndarray:
    """(C, H, W) uint8 or uint16 of a picture in whatever mode it is stored, see :func:`picture_pixels`.

    Grey stored as colour becomes one channel, grey asked for in colour three equal ones. Raises :class:`InputError` for
    values that are no grey levels of 16 bits, and for colour where grey is learnt.
    """
    pixels = picture_pixels(picture, name)
    if pixels.ndim == 2:
        return np.repeat(pixels[None], channels, axis=0)
    if channels == 1:
        raise UnusableImages(
            f"{name} is a colour picture: make all pictures grey, or train with channels 3 what can learn from colours."
        )
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def resized(planes: np.ndarray, side: int) -> np.ndarray:
    """(C, H, W) as (C, side, side) of the same kind: aspect kept, centred in black, as analysis frames pictures."""
    height, width = planes.shape[1:]
    if height == width == side:
        return planes
    top = float(np.iinfo(planes.dtype).max)
    images = _frame(height, width, side).to_network(planes, top, top / 2)
    return np.round((images + 1) * (top / 2)).astype(planes.dtype)


@lru_cache(maxsize=16)
def _frame(height: int, width: int, side: int) -> Frame:
    return Frame.fit(height, width, 1.0, 1.0, side)
