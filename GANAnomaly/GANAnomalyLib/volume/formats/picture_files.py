"""PNG and JPEG radiographs: one picture, or a folder of them as slices."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ...errors import InputError
from ...running.messages import Message
from ...running.progress import ProgressCallback
from ..volume import Volume


def load_pictures(paths: list[Path], progress: ProgressCallback) -> Volume:
    """Grey pictures of one size as slices of a volume, in the order of their names (2 before 10).

    Voxels are uint8 or uint16 (K, J, I) with K pictures; rows run down and columns to the right, placed as an axial
    slice with pixels of 1 mm, for pictures do not say. ``meta``: ``kind`` "picture", ``bits`` 8 or 16. Raises
    :class:`InputError` for colour pictures, sizes or depths that differ, and damaged files.
    """
    paths = sorted(
        paths, key=lambda path: [int(t) if t.isdigit() else t for t in re.split(r"(\d+)", path.name.lower())]
    )
    planes: list[np.ndarray] = []
    for n, path in enumerate(paths):
        progress(n / len(paths), Message("reading_pictures"))
        plane = _read(path)
        if planes and plane.shape != planes[0].shape:
            first, other = (" x ".join(str(size) for size in p.shape[::-1]) for p in (planes[0], plane))
            raise InputError(f"{path.name} is {other} pixels but {paths[0].name} is {first}: all must be of one size.")
        if planes and plane.dtype != planes[0].dtype:
            raise InputError(
                f"{path.name} and {paths[0].name} differ in bit depth: save all with 8 or all with 16 bits."
            )
        planes.append(plane)
    progress(1.0, Message("reading_pictures"))
    voxels = np.stack(planes)
    meta: dict[str, object] = {"kind": "picture", "bits": 8 * voxels.dtype.itemsize, "photometric": "MONOCHROME2"}
    return Volume(voxels, np.diag([-1.0, -1.0, 1.0, 1.0]), "", [], meta)


def open_picture(path: Path) -> Image.Image:
    """A PNG or JPEG, upright and wholly read; raises :class:`InputError`."""
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            picture.load()
            return ImageOps.exif_transpose(picture)
    except Image.DecompressionBombError as error:
        raise InputError(f"{path.name} is too large a picture to read: crop or shrink it first.", str(error)) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path.name} is not a PNG or JPEG picture, or is cut short.", str(error)) from error


def _read(path: Path) -> np.ndarray:
    picture = open_picture(path)
    if picture.mode in ("1", "LA"):
        picture = picture.convert("L")
    elif picture.mode in ("P", "PA", "RGBA"):
        picture = picture.convert("RGB")
    pixels = np.asarray(picture)
    if pixels.ndim == 3:
        if pixels.shape[2] != 3 or np.any(pixels != pixels[..., :1]):
            raise InputError(f"{path.name} is a colour picture: save it in grey.")
        pixels = pixels[..., 0]
    if pixels.dtype == np.uint8:
        return np.array(pixels)
    if pixels.min() < 0 or pixels.max() > 65535:
        raise InputError(f"{path.name} holds values outside 16 bits: save it as an 8 or 16 bit grey picture.")
    return pixels.astype(np.uint16)
