"""Pixels of picture files, the same way for every room: as they are meant to be seen, or refused in a sentence.

What comes out is grey levels of 8 or 16 bits, or red, green and blue of 8. A picture is turned as its camera said,
palettes and CMYK become colours (by Pillow's arithmetic, without colour profiles; Adobe's inverted CMYK is known), and
transparent parts are laid over black, as the border is around a picture that is brought to a network. Of 16-bit colours
the upper 8 bits count. A telephone's picture with others behind it (MPO) is its first.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from ...errors import InputError
from ...running.quiet import quiet

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG")
_SIXTEEN = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_OTHERS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB")
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error, zlib.error, MemoryError)
"""What Pillow raises for damaged files."""


@contextlib.contextmanager
def opened(file: Path | BinaryIO, name: str, formats: tuple[str, ...] = FORMATS) -> Iterator[Image.Image]:
    """A picture file of which the header is read; what is wrong with it, also later, is :class:`InputError`."""
    from PIL import Image

    try:
        with quiet(), Image.open(file, formats=formats) as picture:
            yield picture
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"{name} is too large a picture to read: crop or shrink it first.", str(error)) from error
    except _BROKEN as error:
        kinds = f"{', '.join(formats[:-1])} or {formats[-1]}"
        raise InputError(f"{name} is not a {kinds} picture, or is cut short.", repr(error)) from error


def upright(picture: Image.Image, name: str) -> Image.Image:
    """A picture of :func:`opened`, wholly read and turned as its camera said, in the mode that it is stored in.

    Raises :class:`InputError` for files that hold several pictures, and for 16-bit grey levels that Pillow would cut to
    8 bits or give with black and white exchanged.
    """
    from PIL import ImageOps

    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        raise InputError(f"{name} holds several pictures in one file: save them one by one.")
    stored = "".join(str(tile[3]) for tile in getattr(picture, "tile", ())[:1])
    white_is_zero = getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    picture.load()
    if white_is_zero and picture.mode in _SIXTEEN:
        raise InputError(f"{name} stores white as 0 with 16 bits, which is not read: save it as a 16 bit PNG.")
    if ";16" in stored and picture.mode not in _SIXTEEN and picture_pixels(picture, name).ndim == 2:
        raise InputError(f"{name} holds grey levels of 16 bits among colours or transparency: save it in grey alone.")
    return ImageOps.exif_transpose(picture)


def open_picture(path: Path) -> Image.Image:
    """A PNG or JPEG by :func:`upright`; raises :class:`InputError`."""
    with opened(path, path.name) as picture:
        return upright(picture, path.name)


def picture_pixels(picture: Image.Image, name: str) -> np.ndarray:
    """(H, W) uint8 or uint16, or (H, W, 3) uint8 where there are colours; grey stored as colour becomes one channel.

    Raises :class:`InputError` for pixels that are neither grey levels of 16 bits nor colours.
    """
    from PIL import Image

    if picture.mode in _SIXTEEN:
        deep = np.asarray(picture)
        if deep.min() < 0 or deep.max() > 65535:
            raise InputError(f"{name} holds values outside 16 bits: save it as an 8 or 16 bit picture.")
        return np.where(deep == picture.info.get("transparency", -1), 0, deep).astype(np.uint16)
    if picture.mode not in _OTHERS:
        raise InputError(f"{name} holds {picture.mode} pixels, not grey levels or colours: save it as a PNG.")
    if picture.has_transparency_data:
        black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, picture.convert("RGBA"))
    if picture.mode in ("1", "L"):
        return np.array(picture.convert("L"))
    pixels = np.array(picture.convert("RGB"))
    grey = np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2])
    return np.ascontiguousarray(pixels[..., 0]) if grey else pixels


def read_pixels(path: Path) -> np.ndarray:
    """:func:`picture_pixels` of a PNG or JPEG; raises :class:`InputError`."""
    return picture_pixels(open_picture(path), path.name)
