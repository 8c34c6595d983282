"""Boxes and maps of a result's grid on the planes of its source, also where the grid was resampled or untilted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .source_planes import SourcePlane

Box = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
Marked = list[tuple[int, np.ndarray]]
"""Which planes (by number) hold something, and where in them ((rows, columns) bool)."""
_SAME = 1e-6
"""Voxels over a whole image, by which an axis may change and still count as constant."""
_NEAR = 1e-3
"""Voxels from a voxel's middle, that are taken for it."""
_REACHES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Voxels by which a box is made taller until an image meets it."""


def box_on_planes(planes: Sequence[SourcePlane], ras_to_ijk: np.ndarray, box: Box) -> Marked:
    """The pixels whose centres lie in the voxels of a box ((i0, i1), (j0, j1), (k0, k1), ends excluded).

    A box that lies between two images is put on the one nearer to it. [] for one outside all images.
    """
    maps = [ras_to_ijk @ plane.pixel_to_ras() for plane in planes]
    for reach in _REACHES:
        grown = (box[0], box[1], (box[2][0] - reach, box[2][1] + reach))
        masks = [(n, _inside(maps[n], plane.shape, grown)) for n, plane in enumerate(planes)]
        found = [(n, mask) for n, mask in masks if mask is not None]
        if found:
            return found if not reach else [_nearest(found, maps, (sum(box[2]) - 1) / 2)]
    return []


def _nearest(found: Marked, maps: Sequence[np.ndarray], middle: float) -> tuple[int, np.ndarray]:
    def away(one: tuple[int, np.ndarray]) -> float:
        rows, columns = np.nonzero(one[1])
        return abs(float(maps[one[0]][2] @ (columns.mean(), rows.mean(), 1.0)) - middle)

    return min(found, key=away)


def _inside(to_ijk: np.ndarray, shape: tuple[int, int], box: Sequence[tuple[float, float]]) -> np.ndarray | None:
    """(rows, columns) bool, None where no pixel is inside; ``to_ijk`` (4, 3) maps (column, row, 1) to voxels."""
    within = []
    # From k on, by which most images are outside.
    for line, (start, stop) in zip(to_ijk[2::-1], box[::-1], strict=True):
        axis = _axis(line, shape)
        within.append((axis >= start - 0.5) & (axis < stop - 0.5))
        if not within[-1].any():
            return None
    inside: np.ndarray = np.broadcast_to(within[0] & within[1] & within[2], shape)
    return inside if inside.any() else None


def _axis(line: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """i, j or k of all pixels, no larger than it has to be: (1, 1), (1, columns), (rows, 1) or (rows, columns).

    ``line`` is the voxels per column, those per row, and the first pixel's.
    """
    per_column, per_row, start = (float(value) for value in line)
    axis = np.full((1, 1), start)
    if abs(per_column) * shape[1] > _SAME:
        axis = axis + per_column * np.arange(shape[1])[None]
    if abs(per_row) * shape[0] > _SAME:
        axis = axis + per_row * np.arange(shape[0])[:, None]
    # Where grid and image are one, rounding shall not put a pixel into the voxel beside its own.
    near = np.rint(axis)
    settled: np.ndarray = np.where(np.abs(axis - near) < _NEAR, near, axis)
    return settled


def map_on_planes(
    planes: Sequence[SourcePlane],
    ras_to_ijk: np.ndarray,
    voxels: np.ndarray,
    check: Callable[[], None] = lambda: None,
) -> tuple[list[int], np.ndarray]:
    """A map (K, J, I) on the planes that hold any of it: their numbers and (N, rows, columns) float32.

    Linear between voxels, and just the voxels where a plane is one of the grid's; outside the grid it is zero.
    """
    numbers, found = [], []
    for n, plane in enumerate(planes):
        check()
        values = _map_on_plane(ras_to_ijk @ plane.pixel_to_ras(), plane.shape, voxels)
        if values is not None and values.any():
            numbers.append(n)
            found.append(values)
    return numbers, np.stack(found) if found else np.zeros((0, *planes[0].shape), np.float32)


def _map_on_plane(to_ijk: np.ndarray, shape: tuple[int, int], voxels: np.ndarray) -> np.ndarray | None:
    i, j, k = (_axis(line, shape) for line in to_ijk[:3])
    size = voxels.shape[::-1]
    if any((axis < -0.5).all() or (axis > n - 0.5).all() for axis, n in zip((i, j, k), size, strict=True)):
        return None
    if i.shape == (1, shape[1]) and j.shape == (shape[0], 1) and k.size == 1:
        straight = _straight(i[0], j[:, 0], float(k[0, 0]), voxels)
        if straight is not None:
            return straight
    from scipy import ndimage

    places = np.stack([np.broadcast_to(axis, shape) for axis in (k, j, i)])
    mapped: np.ndarray = ndimage.map_coordinates(voxels, places, np.float32, order=1, mode="grid-constant", cval=0.0)
    return mapped


def _straight(i: np.ndarray, j: np.ndarray, k: float, voxels: np.ndarray) -> np.ndarray | None:
    """Where columns and rows are the grid's own: no pixel is interpolated in its plane. None where they are not."""
    for places in (i, j):
        if (places != np.rint(places)).any() or (np.abs(np.diff(places)) != 1).any():
            return None
    lower = int(np.floor(k))
    weight = k - lower
    out = np.zeros((len(j), len(i)), np.float32)
    (here_i, there_i), (here_j, there_j) = _common(i, voxels.shape[2]), _common(j, voxels.shape[1])
    for level, share in ((lower, 1.0 - weight), (lower + 1, weight)):
        if share > 0 and 0 <= level < voxels.shape[0]:
            plane = voxels[level, there_j][:, there_i]
            out[here_j, here_i] += plane if share == 1 else np.float32(share) * plane
    return out


def _common(places: np.ndarray, size: int) -> tuple[slice, slice]:
    """Which pixels of a line lie on the grid, and the voxels that they are; ``places`` go up or down by one."""
    on = np.nonzero((places >= 0) & (places < size))[0]
    if not len(on):
        return slice(0, 0), slice(0, 0)
    first, last = int(places[on[0]]), int(places[on[-1]])
    there = slice(first, last + 1) if first <= last else slice(first, last - 1 if last else None, -1)
    return slice(int(on[0]), int(on[-1]) + 1), there
