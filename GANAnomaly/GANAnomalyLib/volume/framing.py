"""How a slice is brought to the network's square image, and how maps and positions come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..errors import InputError

PlaneBox = tuple[int, int, int, int]
"""(r0, r1, c0, c1) in pixels, ends excluded."""

_CHUNK_PIXELS = 1 << 23  # working memory stays near 100 MB whatever the number of slices


@dataclass(frozen=True)
class Frame:
    """One mapping between (H, W) slices and (R, R) network images, aspect kept in millimetres, centred, padded.

    Make it with :meth:`fit`. Positions are continuous with whole numbers at pixel centres. Resampling is separable:
    one small weight matrix for the rows and one for the columns, the same for every slice.

    ``box`` (r0, r1, c0, c1) is the part of the slice that the network sees; it may reach beyond the slice.
    """

    height: int
    width: int
    row_mm: float
    col_mm: float
    resolution: int
    box: PlaneBox

    @classmethod
    def fit(
        cls,
        height: int,
        width: int,
        row_mm: float,
        col_mm: float,
        resolution: int,
        box: PlaneBox | None = None,
    ) -> Frame:
        """The largest centred placement of a slice (or of a box in it) in a network image.

        ``row_mm`` and ``col_mm`` are the distances between rows and between columns. Raises :class:`InputError` for
        sizes or spacings that are not positive and for a box that holds none of the slice.
        """
        if min(height, width, resolution) < 1 or not min(row_mm, col_mm) > 0:
            raise InputError(
                f"A slice of {height} x {width} pixels of {row_mm:g} x {col_mm:g} mm cannot be brought to "
                f"{resolution} pixels: all of these must be greater than zero."
            )
        r0, r1, c0, c1 = (0, height, 0, width) if box is None else (int(edge) for edge in box)
        if min(r1, height) <= max(r0, 0) or min(c1, width) <= max(c0, 0):
            raise InputError(f"The box rows {r0}:{r1}, columns {c0}:{c1} lies outside the {height} x {width} slice.")
        return cls(int(height), int(width), float(row_mm), float(col_mm), int(resolution), (r0, r1, c0, c1))

    # -- geometry ------------------------------------------------------------------------------------------------

    @property
    def pixel_mm(self) -> float:
        """Millimetres a network pixel is wide and high."""
        r0, r1, c0, c1 = self.box
        return max((r1 - r0) * self.row_mm, (c1 - c0) * self.col_mm) / self.resolution

    def network_point(self, points: np.ndarray) -> np.ndarray:
        """Network positions of slice positions, both (..., 2) as (row, column)."""
        rows, cols = self._axes
        points = np.asarray(points, dtype=np.float64)
        return np.stack([rows.to_network(points[..., 0]), cols.to_network(points[..., 1])], axis=-1)

    def slice_point(self, points: np.ndarray) -> np.ndarray:
        """Slice positions of network positions, both (..., 2) as (row, column)."""
        rows, cols = self._axes
        points = np.asarray(points, dtype=np.float64)
        return np.stack([rows.to_slice(points[..., 0]), cols.to_slice(points[..., 1])], axis=-1)

    def box_to_slice(self, r0: float, r1: float, c0: float, c1: float) -> PlaneBox:
        """The slice pixels whose centres lie in a network box, clipped to the slice, at least one pixel each way."""
        rows, cols = self._axes
        return (*rows.whole_pixels(r0, r1), *cols.whole_pixels(c0, c1))

    # -- images --------------------------------------------------------------------------------------------------

    def to_network(self, slices_hu: np.ndarray, window: float, level: float) -> np.ndarray:
        """Slices (N, H, W) in Hounsfield units as (N, R, R) float32 in [-1, 1]; padding is -1, the window's floor.

        Windowed and clipped first, so that metal cannot ring into its surroundings; then averaged over area when the
        network's pixels are larger, interpolated linearly when they are smaller.
        """
        self._check(slices_hu, (self.height, self.width))
        rows, cols = self._weights(_Axis.network_weights)
        out = np.empty((len(slices_hu), self.resolution, self.resolution), dtype=np.float32)
        floor = np.float32(level - window / 2)
        for part in self._chunks(len(slices_hu)):
            values = slices_hu[part].astype(np.float32)
            values -= floor
            values *= np.float32(2.0 / window)
            np.clip(values, 0.0, 2.0, out=values)
            # Zero stands for the floor here, so whatever the weights leave uncovered is padding.
            out[part] = rows @ (values @ cols.T) - np.float32(1.0)
        return np.clip(out, -1.0, 1.0, out=out)

    def from_network(self, maps: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Maps (N, R, R) on the slices' own pixels, (N, H, W) float32; ``fill`` where the network saw nothing."""
        self._check(maps, (self.resolution, self.resolution))
        rows, cols = self._weights(_Axis.slice_weights)
        out = np.empty((len(maps), self.height, self.width), dtype=np.float32)
        inside = np.outer(rows.sum(axis=1) > 0.5, cols.sum(axis=1) > 0.5)
        for part in self._chunks(len(maps)):
            out[part] = rows @ (maps[part].astype(np.float32) @ cols.T)
        out[:, ~inside] = fill
        return out

    def mask_to_network(self, mask: np.ndarray) -> np.ndarray:
        """A mask (N, H, W) on network pixels, (N, R, R) bool: those at least half covered.

        A slice with anything marked keeps at least one pixel: the most covered one or, for a structure outside the
        box, the one nearest to it.
        """
        self._check(mask, (self.height, self.width))
        rows, cols = self._weights(_Axis.area_weights)
        out = np.empty((len(mask), self.resolution, self.resolution), dtype=bool)
        for part in self._chunks(len(mask)):
            cover = rows @ (mask[part].astype(np.float32) @ cols.T)
            out[part] = cover >= 0.5 - 1e-4
            for n in range(len(cover)):
                if not out[part][n].any() and mask[part][n].any():
                    out[part][n][self._keep_pixel(cover[n], mask[part][n])] = True
        return out

    def _keep_pixel(self, cover: np.ndarray, mask: np.ndarray) -> tuple[int, int]:
        if cover.max() > 0:
            row, col = np.unravel_index(int(np.argmax(cover)), cover.shape)
        else:
            centre = self.network_point(np.argwhere(mask).mean(axis=0))
            row, col = np.clip(np.rint(centre), 0, self.resolution - 1)
        return int(row), int(col)

    # -- JSON ----------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "height": self.height,
            "width": self.width,
            "row_mm": self.row_mm,
            "col_mm": self.col_mm,
            "resolution": self.resolution,
            "box": list(self.box),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Frame:
        """The inverse of :meth:`to_dict`; raises :class:`InputError` when values are missing or impossible."""
        try:
            height, width = int(data["height"]), int(data["width"])
            row_mm, col_mm = float(data["row_mm"]), float(data["col_mm"])
            r0, r1, c0, c1 = (int(edge) for edge in data["box"])
            resolution = int(data["resolution"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(
                "The stored framing of the slices is damaged: run the analysis again.", repr(error)
            ) from error
        return cls.fit(height, width, row_mm, col_mm, resolution, (r0, r1, c0, c1))

    # -- weights -------------------------------------------------------------------------------------------------

    @cached_property
    def _axes(self) -> tuple[_Axis, _Axis]:
        r0, r1, c0, c1 = self.box
        size = self.resolution
        return (
            _Axis(self.height, r0, r1, self.pixel_mm / self.row_mm, size),
            _Axis(self.width, c0, c1, self.pixel_mm / self.col_mm, size),
        )

    def _weights(self, make: Callable[[_Axis], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        rows, cols = self._axes
        return _kept(make, rows), _kept(make, cols)

    def _chunks(self, count: int) -> Iterator[slice]:
        step = max(1, _CHUNK_PIXELS // max(self.height * self.width, self.resolution**2))
        for start in range(0, count, step):
            yield slice(start, min(start + step, count))

    @staticmethod
    def _check(array: np.ndarray, plane: tuple[int, int]) -> None:
        if array.ndim != 3 or array.shape[1:] != plane:
            raise ValueError(f"shape {array.shape} is not (N, {plane[0]}, {plane[1]})")


@dataclass(frozen=True)
class _Axis:
    """One direction: ``size`` slice pixels, of which start..stop is seen; a network pixel is ``ratio`` of them."""

    size: int
    start: int
    stop: int
    ratio: float
    resolution: int

    @property
    def offset(self) -> float:
        """Network pixels of padding before the seen part."""
        return (self.resolution - (self.stop - self.start) / self.ratio) / 2

    @property
    def seen(self) -> tuple[int, int]:
        """The slice pixels that exist and are seen."""
        return max(self.start, 0), min(self.stop, self.size)

    def to_slice(self, x: np.ndarray) -> np.ndarray:
        return (x + 0.5 - self.offset) * self.ratio + self.start - 0.5

    def to_network(self, x: np.ndarray) -> np.ndarray:
        return (x + 0.5 - self.start) / self.ratio + self.offset - 0.5

    def whole_pixels(self, first: float, stop: float) -> tuple[int, int]:
        # Edges lie half a pixel before the centres; the small number keeps exact hits from falling to rounding.
        low, high = (float(self.to_slice(np.float64(edge - 0.5))) for edge in (first, stop))
        begin, end = int(np.ceil(low - 1e-9)), int(np.ceil(high - 1e-9))
        if end <= begin:
            begin = round((low + high) / 2)
            end = begin + 1
        begin = min(max(begin, 0), self.size - 1)
        return begin, min(max(end, begin + 1), self.size)

    def area_weights(self) -> np.ndarray:
        """(R, size): the share of each network pixel that each seen slice pixel covers."""
        edges = self.to_slice(np.arange(self.resolution + 1) - 0.5)
        weights: np.ndarray = _overlap(edges, self.size, *self.seen) / np.float32(self.ratio)
        return weights

    def network_weights(self) -> np.ndarray:
        """(R, size): area average when shrinking; else linear, faded by how much of the pixel lies in the seen part."""
        area = self.area_weights()
        if self.ratio >= 1:
            return area
        linear = _linear(self.to_slice(np.arange(self.resolution)), self.size, *self.seen)
        weights: np.ndarray = linear * area.sum(1, keepdims=True)
        return weights

    def slice_weights(self) -> np.ndarray:
        """(size, R): rows of weights that sum to 1 for seen pixels and are 0 for the others."""
        # The first and last network pixel that touch the seen part: nothing is blended in from pure padding.
        edges = self.to_network(np.array(self.seen) - 0.5) + 0.5
        first, stop = max(int(np.floor(edges[0] + 1e-6)), 0), min(int(np.ceil(edges[1] - 1e-6)), self.resolution)
        if self.ratio < 1:
            weights = _overlap(self.to_network(np.arange(self.size + 1) - 0.5), self.resolution, first, stop)
        else:
            weights = _linear(self.to_network(np.arange(self.size)), self.resolution, first, stop)
        total = weights.sum(axis=1, keepdims=True)
        shares: np.ndarray = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
        shares[: self.seen[0]] = 0
        shares[self.seen[1] :] = 0
        return shares


@lru_cache(maxsize=64)  # not with each frame: a CT framed slice by slice has hundreds
def _kept(make: Callable[[_Axis], np.ndarray], axis: _Axis) -> np.ndarray:
    return make(axis)


def _overlap(edges: np.ndarray, size: int, first: int, stop: int) -> np.ndarray:
    """(len(edges) - 1, size): the length each interval between edges (in pixel centres) shares with each pixel."""
    pixels = np.arange(size)
    low = np.maximum(edges[:-1, None], pixels[None] - 0.5)
    high = np.minimum(edges[1:, None], pixels[None] + 0.5)
    shared = np.clip(high - low, 0.0, None)
    shared[:, :first] = 0
    shared[:, stop:] = 0
    overlap: np.ndarray = shared.astype(np.float32)
    return overlap


def _linear(points: np.ndarray, size: int, first: int, stop: int) -> np.ndarray:
    """(len(points), size): linear interpolation between pixel centres first..stop-1, level beyond them."""
    points = np.clip(points, first, stop - 1)
    weights: np.ndarray = np.clip(1 - np.abs(points[:, None] - np.arange(size)[None]), 0.0, 1.0).astype(np.float32)
    return weights
