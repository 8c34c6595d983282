"""The pictures and DICOM images that a classifier is asked about, brought to what it learnt from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from GANAnomalyLib.classifiers.architecture import FITS
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import MANIFEST

from ..images.archive import ENDINGS, FolderPictures, Pictures, is_archive, open_pictures
from ..images.dicom_films import film_files, film_frames, is_dicom, name_below, open_film, shown_levels
from ..images.image_items import UnusableImages
from ..images.raster import middle_square, to_bits
from ..images.training_pictures import picture_planes, resized

Planes = np.ndarray
"""(C, R, R) uint8 or uint16."""


@dataclass(frozen=True)
class ClassInput:
    """One file. ``read(side, channels, fit)`` gives its images, mostly one, as (C, side, side) uint8 or uint16.

    ``name`` is its path below what was named. ``read`` raises :class:`InputError` for what cannot be used.
    """

    name: str
    read: Callable[[int, int, str], Iterator[Planes]]


def find_inputs(paths: Sequence[Path | str]) -> list[ClassInput]:
    """What is named: pictures, DICOM files, zips of pictures, and folders with any of the first two.

    Raises :class:`InputError` for a path that is none of these, or holds none.
    """
    found: list[ClassInput] = []
    for path in map(Path, paths):
        here = _below(path)
        before = "" if len(paths) == 1 or path.is_file() else f"{path.name}/"
        found += [ClassInput(f"{before}{one.name}", one.read) for one in here]
    return found


def check_no_results(paths: Sequence[Path | str], model: str) -> None:
    """Raise :class:`InputError` where one is the result folder of an analysis, which holds no picture to classify."""
    for path in map(Path, paths):
        if (path / MANIFEST).is_file():
            raise InputError(
                f"{path} is the result of an analysis, and the classifier {model} learnt from no findings: give one "
                "that gananomaly train classifier --findings made, or pictures."
            )


def _below(path: Path) -> list[ClassInput]:
    if is_archive(path):
        return _pictures(open_pictures(path))
    if path.is_dir():
        shown = FolderPictures(path)
        films = [file for file in film_files(path) if not file.name.lower().endswith(ENDINGS)]
        if not shown.names and not films:
            raise InputError(f"{path} holds no pictures and no DICOM files: choose another folder.")
        return _pictures(shown) + [ClassInput(name_below(file, path), partial(_film, file)) for file in films]
    if not path.is_file():
        raise InputError(f"There is no file or folder {path}: check the path.")
    if path.name.lower().endswith(ENDINGS):
        return _pictures(FolderPictures.single(path))
    if is_dicom(path):
        return [ClassInput(path.name, partial(_film, path))]
    raise InputError(f"{path.name} is neither a picture (PNG, JPEG, BMP, TIFF) nor DICOM: give one of these.")


def _pictures(pictures: Pictures) -> list[ClassInput]:
    return [ClassInput(name, partial(_picture, pictures, name)) for name in pictures.names]


def _picture(pictures: Pictures, name: str, side: int, channels: int, fit: str) -> Iterator[Planes]:
    try:
        planes = picture_planes(pictures.open(name), name, channels)
    except UnusableImages as error:
        raise InputError(f"{name} is a colour picture, and the model learnt from grey ones.") from error
    yield _fitted(planes, side, fit)


def _film(file: Path, side: int, channels: int, fit: str) -> Iterator[Planes]:
    dataset = open_film(file)
    for frame in film_frames(dataset, file.name):
        levels = shown_levels(dataset, frame, file.name)
        if levels is None:
            raise InputError(f"{file.name} holds an image of one value: there is nothing to see.")
        # As the set that was learnt from was made: shrunk before it is rounded.
        grey = to_bits(middle_square(levels, side) if fit == FITS[1] else levels, 8)
        yield np.repeat(_fitted(grey[None], side, fit), channels, axis=0)


def _fitted(planes: Planes, side: int, fit: str) -> Planes:
    if planes.shape[1:] == (side, side):
        return planes
    if fit == FITS[1]:
        return np.stack([middle_square(plane, side) for plane in planes])
    return resized(planes, side)
