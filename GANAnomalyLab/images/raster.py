"""Pixels of pictures: out of a file, to another size, into a PNG."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume.formats.picture_pixels import picture_pixels as picture_pixels

TRANSFORMS = ("stretch", "center-crop", "pad")
FILTERS = ("lanczos", "bicubic", "bilinear", "box")
LARGEST_SIDE = 16384


def top_value(pixels: np.ndarray) -> int:
    """What stands for white: 255 or 65535."""
    return int(np.iinfo(pixels.dtype).max)


def to_bits(values: np.ndarray, bits: int) -> np.ndarray:
    """Values 0..1 as whole numbers of 8 or 16 bits."""
    top = (1 << bits) - 1
    return np.rint(np.clip(values, 0.0, 1.0) * np.float32(top)).astype(f"uint{bits}")


def with_bits(pixels: np.ndarray, bits: int) -> np.ndarray:
    """The same grey levels with 8 or 16 bits (white stays white)."""
    have = 8 * pixels.dtype.itemsize
    if have == bits:
        return pixels
    return (
        pixels.astype(np.uint16) * np.uint16(257)
        if bits == 16
        else ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    )


def png_bytes(pixels: np.ndarray, compression: int = 6) -> bytes:
    """A PNG of (H, W) uint8 or uint16, or (H, W, 3) uint8."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG", compress_level=compression)
    return stream.getvalue()


@dataclass(frozen=True)
class Fit:
    """How a picture is brought to a size: a part of it, scaled, on a black canvas. Make it with :meth:`plan`.

    ``box`` is (top, left, bottom, right) in its pixels, edges as in drawing (0 to height); ``inner`` (height, width) of
    that part in the new picture, ``start`` (row, column) where it begins, ``size`` (height, width) of the whole.
    """

    box: tuple[float, float, float, float]
    inner: tuple[int, int]
    start: tuple[int, int]
    size: tuple[int, int]

    @classmethod
    def plan(
        cls,
        shape: tuple[int, ...],
        size: tuple[int, int],
        transform: str = "stretch",
        spacing: tuple[float, float] = (1.0, 1.0),
    ) -> Fit:
        """Bring ``shape`` (height, width) to ``size`` (height, width).

        ``transform``: "stretch" whatever the aspect, "center-crop" to the new aspect first, or "pad" with black so that
        all is seen. ``spacing`` are the distances of rows and of columns, so that the last two keep millimetres.
        """
        height, width = shape[:2]
        check_size(size)
        if transform == "center-crop":
            tall, wide = height * spacing[0], width * spacing[1]
            aspect = size[1] / size[0]
            keep_h, keep_w = min(tall, wide / aspect) / spacing[0], min(wide, tall * aspect) / spacing[1]
            # Rounding must not lead out of the picture.
            top, left = max((height - keep_h) / 2, 0.0), max((width - keep_w) / 2, 0.0)
            box = (top, left, min(top + keep_h, float(height)), min(left + keep_w, float(width)))
            return cls(box, size, (0, 0), size)
        whole = (0.0, 0.0, float(height), float(width))
        if transform == "stretch":
            return cls(whole, size, (0, 0), size)
        if transform != "pad":
            raise InputError(f"transform must be one of {', '.join(TRANSFORMS)}, not {transform!r}.")
        scale = min(size[0] / (height * spacing[0]), size[1] / (width * spacing[1]))
        inner = tuple(
            min(max(round(n * mm * scale), 1), most) for n, mm, most in zip((height, width), spacing, size, strict=True)
        )
        start = ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2)
        return cls(whole, (inner[0], inner[1]), start, size)

    def apply(self, pixels: np.ndarray, how: str = "lanczos", fill: float = 0.0) -> np.ndarray:
        """(H, W) or (H, W, 3) of any real type at the new size, in the same type; ``fill`` where nothing is.

        ``how`` is one of :data:`FILTERS`, each averaging over as many pixels as shrinking asks for. Whole numbers are
        rounded and kept within their type.
        """
        height, width = pixels.shape[:2]
        if self.box == (0.0, 0.0, height, width) and self.inner == self.size == (height, width):
            return pixels
        if pixels.dtype == np.uint8:
            scaled = self._scaled(pixels, how)
        else:
            channels = pixels[..., None] if pixels.ndim == 2 else pixels
            planes = [self._scaled(np.float32(channels[..., n]), how) for n in range(channels.shape[2])]
            scaled = np.stack(planes, axis=-1).reshape(*self.inner, *pixels.shape[2:])
            if pixels.dtype.kind in "iu":
                limits = np.iinfo(pixels.dtype)
                scaled = np.clip(np.rint(scaled.astype(np.float64)), limits.min, limits.max)
        if self.inner == self.size:
            return scaled.astype(pixels.dtype)
        out = np.full((*self.size, *pixels.shape[2:]), fill, dtype=pixels.dtype)
        (row, column), (tall, wide) = self.start, self.inner
        out[row : row + tall, column : column + wide] = scaled
        return out

    def old_place(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """(scale, offset) for rows and for columns: the old pixel centre is scale times the new one plus offset."""
        out = []
        for first, last, count, start in zip(self.box[:2], self.box[2:], self.inner, self.start, strict=True):
            scale = (last - first) / count
            out.append((scale, first + (0.5 - start) * scale - 0.5))
        return out[0], out[1]

    def _scaled(self, pixels: np.ndarray, how: str) -> np.ndarray:
        from PIL import Image

        top, left, bottom, right = self.box
        kind = Image.Resampling[how.upper()]
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        return np.asarray(picture.resize(self.inner[::-1], kind, box=(left, top, right, bottom)))


def middle_square(pixels: np.ndarray, side: int) -> np.ndarray:
    """The middle square of (H, W) or (H, W, 3) pixels at ``side`` x ``side``: averaged where it shrinks."""
    how = "box" if min(pixels.shape[:2]) >= side else "bilinear"
    return Fit.plan(pixels.shape, (side, side), "center-crop").apply(pixels, how)


def check_size(size: tuple[int, int]) -> None:
    """Raise :class:`InputError` for sides that no picture has."""
    if not all(1 <= side <= LARGEST_SIDE for side in size):
        raise InputError(f"Width and height must be 1 to {LARGEST_SIDE} pixels, not {size[1]} x {size[0]}.")
