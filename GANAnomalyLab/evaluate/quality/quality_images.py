"""Sets of images for the metrics: one small way to go through pictures, arrays, training sets and generators."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_array
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.volume.formats.picture_pixels import picture_pixels

if TYPE_CHECKING:
    from PIL import Image

    from ...images.archive import Pictures

BATCH = 16


class Images(ABC):
    """A set of images that is gone through in batches; never all of it in memory.

    ``patients`` (N,) whole numbers, the same for images of one patient, or None where that is not known.
    """

    patients: np.ndarray | None = None

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def batches(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """The images at ``indices``, in that order, as uint8 (n, C, H, W) with C 1 or 3; one size within a batch."""

    def __iter__(self) -> Iterator[np.ndarray]:
        return self.batches(range(len(self)))

    def mark(self, cancel: CancelToken | None = None) -> str | None:
        """A text that only these pixels have, by which features are found again; None: they are not kept."""
        return None

    def part(self, indices: Sequence[int]) -> Images:
        """Some of the images."""
        return PartOfImages(self, indices)

    def chosen(self, count: int, seed: int) -> Images:
        """``count`` of the images, drawn by ``seed``; the set itself where it has no more."""
        if count >= len(self):
            return self
        return self.part(np.sort(np.random.default_rng([seed, 71]).permutation(len(self))[:count]).tolist())


class PartOfImages(Images):
    """Some images of another set."""

    def __init__(self, whole: Images, indices: Sequence[int]) -> None:
        self.whole, self.indices = whole, list(indices)
        if whole.patients is not None:
            self.patients = np.asarray(whole.patients)[self.indices]

    def __len__(self) -> int:
        return len(self.indices)

    def batches(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        return self.whole.batches([self.indices[index] for index in indices])

    def mark(self, cancel: CancelToken | None = None) -> str | None:
        mark = self.whole.mark(cancel)
        if mark is None:
            return None
        return f"{mark} {hash_array(np.asarray(self.indices, '<i8'))}"


class ArrayImages(Images):
    """An array (N, C, H, W) or (N, H, W) of uint8 or uint16 (whose 65535 is the network's 255); may lie on disk."""

    def __init__(self, pixels: np.ndarray, patients: np.ndarray | None = None, mark: str | None = None) -> None:
        if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (3, 4):
            raise ValueError(f"images of shape {pixels.shape} and kind {pixels.dtype} are not (N, C, H, W) uint8")
        self.pixels = pixels[:, None] if pixels.ndim == 3 else pixels
        if self.pixels.shape[1] not in (1, 3):
            raise InputError(f"The images have {self.pixels.shape[1]} channels: the metrics know grey (1) or RGB (3).")
        self.patients, self._mark = patients, mark

    def __len__(self) -> int:
        return len(self.pixels)

    def batches(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        for start in range(0, len(indices), BATCH):
            yield to_eight_bits(np.ascontiguousarray(self.pixels[list(indices[start : start + BATCH])]))

    def mark(self, cancel: CancelToken | None = None) -> str:
        if self._mark is None:
            digest = hashlib.sha256(repr(self.pixels.shape).encode())
            for batch in self:
                if cancel is not None:
                    cancel.check()
                digest.update(batch.tobytes())
            self._mark = digest.hexdigest()
        return self._mark


class SetImages(ArrayImages):
    """A training set (:class:`GANAnomalyLab.images.ImageSet`), each image once."""

    def __init__(self, image_set: Any) -> None:
        patients = getattr(image_set, "patients", None)
        super().__init__(image_set.images, None if patients is None else np.asarray(patients), image_set.mark())
        self.labels = getattr(image_set, "labels", None)


class MirroredImages(Images):
    """Every image of a set, then every one of them flipped left-right."""

    def __init__(self, whole: Images) -> None:
        self.whole = whole
        if whole.patients is not None:
            self.patients = np.concatenate([whole.patients, whole.patients])

    def __len__(self) -> int:
        return 2 * len(self.whole)

    def batches(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        count = len(self.whole)
        flipped = np.asarray([index >= count for index in indices])
        at = 0
        for batch in self.whole.batches([index % count for index in indices]):
            held = flipped[at : at + len(batch)]
            at += len(batch)
            batch = np.array(batch)
            batch[held] = batch[held][..., ::-1]
            yield batch

    def mark(self, cancel: CancelToken | None = None) -> str | None:
        mark = self.whole.mark(cancel)
        return None if mark is None else f"{mark} mirrored"


class PictureImages(Images):
    """Pictures of a folder or zip, of any sizes. Pictures of 16 bits come down to 8; transparent parts are black.

    ``size`` pixels brings every picture to one square size (averaged over area when it shrinks). ``by_folder`` takes
    pictures of one folder for one patient's.
    """

    def __init__(self, pictures: Pictures, size: int | None = None, by_folder: bool = False) -> None:
        self.pictures, self.size = pictures, size
        self._mark: str | None = None
        if by_folder:
            folders = [name.rpartition("/")[0] for name in pictures.names]
            self.patients = np.unique(folders, return_inverse=True)[1]

    def __len__(self) -> int:
        return len(self.pictures.names)

    def batches(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        held: list[np.ndarray] = []
        for index in indices:
            name = self.pictures.names[index]
            pixels = picture_planes(self.pictures.open(name), name, self.size)
            if held and (held[0].shape != pixels.shape or len(held) == BATCH):
                yield np.stack(held)
                held = []
            held.append(pixels)
        if held:
            yield np.stack(held)

    def mark(self, cancel: CancelToken | None = None) -> str:
        if self._mark is None:
            digest = hashlib.sha256(repr(self.size).encode())
            for name in self.pictures.names:
                if cancel is not None:
                    cancel.check()
                digest.update(hashlib.sha256(self.pictures.read(name)).digest())
            self._mark = digest.hexdigest()
        return self._mark


def as_images(source: Any) -> Images:
    """A set of images as :class:`Images`: one already, a training set (mirrored if it says so), or an array."""
    if isinstance(source, Images):
        return source
    if isinstance(source, np.ndarray):
        return ArrayImages(source)
    if hasattr(source, "images") and hasattr(source, "mark"):
        images = SetImages(source)
        return MirroredImages(images) if getattr(source, "mirror", False) else images
    raise TypeError(f"{type(source).__name__} is not a set of images")


def picture_planes(picture: Image.Image, name: str, size: int | None = None) -> np.ndarray:
    """A picture as uint8 (C, H, W), C 1 for grey and 3 for colours; raises :class:`InputError` for other pixels."""
    from PIL import Image

    pixels = to_eight_bits(picture_pixels(picture, name))
    if size is not None and pixels.shape[:2] != (size, size):
        pixels = np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR))
    return np.array(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))


def to_eight_bits(pixels: np.ndarray) -> np.ndarray:
    """uint16 to uint8 with 65535 as 255, to the nearest; uint8 as it is."""
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
