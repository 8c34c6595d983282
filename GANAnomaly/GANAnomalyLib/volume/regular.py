"""Resampling of what is not a regular, rectangular grid: sheared axes, gantry tilt, uneven gaps."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..running.messages import Message
from .volume import Volume

_RIGHT_ANGLE = 1e-3  # cosine; less drifts by less than a third of a millimetre over a CT
_SAME_GAP = 0.02  # relative
_SAME_PLACE = 0.1  # gaps
_DOUBLE = 1.75  # times another gap: no matter of rounding, a slice is missing
_SHIFT = 0.1  # pixels
_WORTH_A_NOTE = 0.01  # mm
_AIR = -1024  # lower values are no measurements, or streaks, of a CT
_LARGEST_HOLE = 50.0  # mm; wider holes are not filled by interpolation


def straighten(volume: Volume, order: int = 1) -> Volume:
    """The volume itself or, when its axes are not at right angles, resampled onto the nearest grid whose axes are.

    ``order`` 1 interpolates linearly, 0 takes the nearest voxel (labels). What lies outside becomes the lowest value,
    or -1024 where that is lower still.
    """
    directions = volume.directions
    products = directions.T @ directions
    if np.abs(products - np.eye(3)).max() < _RIGHT_ANGLE:
        return volume
    from scipy import ndimage

    left, _, right = np.linalg.svd(directions)
    spacing = np.array(volume.spacing)
    matrix = np.eye(4)
    matrix[:3, :3] = (left @ right) * spacing
    size = np.array(volume.voxels.shape[::-1])
    corners = np.stack(np.meshgrid(*((0, n - 1) for n in size), indexing="ij"), axis=-1).reshape(-1, 3)
    inside = np.linalg.solve(matrix[:3, :3], volume.ras(corners).T).T
    start, stop = np.floor(inside.min(axis=0) + 1e-6), np.ceil(inside.max(axis=0) - 1e-6)
    matrix[:3, 3] = matrix[:3, :3] @ start
    to_old = np.linalg.inv(volume.ijk_to_ras) @ matrix
    fill = max(volume.voxels.min(), _AIR)
    voxels = ndimage.affine_transform(
        volume.voxels if order == 0 else volume.voxels.astype(np.float32),
        to_old[:3, :3][::-1, ::-1],
        to_old[:3, 3][::-1],
        output_shape=tuple(int(n) for n in (stop - start + 1)[::-1]),
        order=order,
        mode="constant",
        cval=float(fill),
    )
    warning = "The axes of the image were not at right angles: it was resampled onto a rectangular grid."
    return Volume(
        _as_before(voxels, volume.voxels.dtype), matrix, volume.modality, [*volume.warnings, warning], dict(volume.meta)
    )


def stack_planes(
    planes: np.ndarray, corners: np.ndarray, row: np.ndarray, column: np.ndarray, spacing: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Parallel planes at any offsets, as a regular rectangular grid.

    Parameters
    ----------
    planes:
        (N, J, I) pixels, sorted so that ``corners`` ascend along the cross product of ``row`` and ``column``.
    corners:
        (N, 3) millimetres, the centre of each plane's pixel (0, 0); no two at one height.
    row, column:
        Unit vectors along which i and j run (DICOM's order).
    spacing:
        Millimetres along i and along j.

    Returns
    -------
    voxels (K, J', I'), the (4, 4) matrix from (i, j, k) to the corners' space, and sentences about what was done.
    Planes that are regular, to a tenth of their gap or to the digits that their positions were written with, come
    back bit for bit; planes missing between them are interpolated from their neighbours. Otherwise each plane is
    shifted in its own plane (linearly interpolated), which takes out the shear of a tilted gantry, and planes are
    interpolated linearly along their normal to the smallest gap that is usual in the stack. Nothing is lost at the
    sides: the grid grows to hold all planes; the lowest value (at least -1024) fills the rest.
    """
    normal = np.cross(row, column)
    offsets = (corners - corners[0]) @ np.stack([row, column, normal], axis=1)
    heights, shifts = offsets[:, 2], offsets[:, :2] / spacing
    gaps = np.diff(heights)
    written = _last_digit(corners)
    rounding = [float(written @ np.abs(axis)) for axis in (row, column, normal)]
    # Rounding may move a plane by its last digit; by a pixel or more it is a shear, whatever the digits.
    sheared = bool((np.abs(shifts) > np.clip(np.divide(rounding[:2], spacing), _SHIFT, 1.0)).any())
    places = _lattice(heights, rounding[2])
    step = float(heights[-1] / places[-1]) if places is not None and len(gaps) else 1.0
    start = np.zeros(2)
    dtype = planes.dtype
    warnings: list[str] = []
    if places is None:
        step, warning = _usual_gap(gaps)
        # A whole number of steps, so that the first and the last plane stay where they are.
        step = heights[-1] / max(1, int(np.ceil(heights[-1] / step - 0.01)))
        warnings.append(warning)
    else:
        _check_hole(gaps, step)
        off = np.abs(heights - places * step)
        off = float((off if sheared else np.hypot(off, np.hypot(*offsets[:, :2].T))).max())
        if off > _WORTH_A_NOTE:
            warnings.append(Message("positions_deviate", deviation=off, gap=step))
        missing = int(places[-1]) - len(gaps)
        if missing:
            warnings.append(Message("slice_missing") if missing == 1 else Message("slices_missing", count=missing))
    if sheared:
        fill = max(planes.min(), _AIR)
        tilt = np.degrees(np.arctan2(np.hypot(*(shifts[-1] * spacing)), heights[-1]))
        warnings.append(Message("gantry_tilt", degrees=tilt))
        start = np.floor(shifts.min(axis=0) + 1e-6)
        grow = np.ceil(shifts.max(axis=0) - 1e-6) - start
        planes = _shifted(planes, shifts - start, grow.astype(int), float(fill))
    if places is None:
        planes = _at_heights(planes, heights, step)
    elif places[-1] > len(gaps):
        planes = _at_heights(planes, places.astype(float), 1.0)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = row * spacing[0], column * spacing[1], normal * step
    matrix[:3, 3] = corners[0] + matrix[:3, :2] @ start
    return _as_before(planes, dtype), matrix, warnings


def _last_digit(corners: np.ndarray) -> np.ndarray:
    """(3,) millimetres, 1, 0.1, 0.01 and so on, of the last digit that the coordinates of (N, 3) corners have.

    It is how far apart rounding may have moved two of them; zero for a coordinate that never changes.
    """
    digits = np.zeros(3)
    for axis, values in enumerate(corners.T):
        if np.ptp(values) > 0:
            fine = [unit for unit in (1.0, 0.1, 0.01) if np.abs(values / unit - np.rint(values / unit)).max() < 1e-4]
            digits[axis] = fine[0] if fine else 0.0
    return digits


def _lattice(heights: np.ndarray, rounding: float) -> np.ndarray | None:
    """(N,) whole numbers at which regularly spaced planes lie, with jumps where some are missing; None without such.

    Each plane must lie within a tenth of the gap of the line through all, or within ``rounding`` mm of its place.
    """
    gaps = np.diff(heights)
    if len(gaps) < 2:
        return np.arange(len(heights))
    for step in (float(gaps[gaps < _DOUBLE * np.median(gaps)].mean()), float(gaps.min())):
        # Refined, since over a long hole a step from rounded neighbours goes astray.
        for _ in range(4):
            jumps = np.rint(gaps / step).astype(int)
            if jumps.min() < 1:
                break
            places = np.concatenate([[0], np.cumsum(jumps)])
            step = float(heights[-1] / places[-1])
        else:
            unsteady = np.ptp(heights - np.polyval(np.polyfit(places, heights, 1), places)) / 2
            off, each = np.abs(heights - places * step).max(), gaps / jumps
            rounded = rounding <= step / 2 and off <= rounding + 1e-6 and each.max() < _DOUBLE * each.min()
            if (unsteady <= _SAME_PLACE * step or rounded) and places[-1] <= _most(len(gaps)):
                return places
    return None


def _usual_gap(gaps: np.ndarray) -> tuple[float, Message]:
    """The smallest gap that at least a tenth of the slices have, and the note about it."""
    near = np.abs(gaps[:, None] - gaps[None]) <= _SAME_GAP * gaps[:, None]
    usual = gaps[near.sum(axis=1) >= max(2, len(gaps) / 10)]
    step = float(usual.min()) if len(usual) else float(np.median(gaps))
    _check_hole(gaps, step)
    if gaps.sum() > step * _most(len(gaps)):
        raise InputError.of(
            "Some slices of the series lie only {step:.2g} mm from their neighbours and others {widest:.3g} mm "
            "(several phases or reconstructions in one): export the one that you want to analyse.",
            step=step,
            widest=float(gaps.max()),
        )
    kinds = sorted({round(float(gap), 2) for gap in gaps})
    listed = ", ".join(f"{gap:g}" for gap in kinds[:4]) + (", ..." if len(kinds) > 4 else "")
    return step, Message("gaps_differ", listed=listed, gap=step)


def _most(count: int) -> int:
    """How many slices resampling may make of so many: two nearly at one place would ask for thousands between them."""
    return max(10 * count, 200)


def _check_hole(gaps: np.ndarray, step: float) -> None:
    if len(gaps) and gaps.max() > max(10 * step, _LARGEST_HOLE):
        raise InputError.of(
            "The series has a hole of {hole:.0f} mm between two slices: export it again or only one part.",
            hole=float(gaps.max()),
        )


def _shifted(planes: np.ndarray, shifts: np.ndarray, grow: np.ndarray, fill: float) -> np.ndarray:
    """Planes (N, J, I) moved by (N, 2) pixels (i, j; zero or more) on a canvas larger by ``grow`` (i, j)."""
    count, height, width = planes.shape
    out = np.full((count, height + grow[1], width + grow[0]), fill, dtype=np.float32)
    for n in range(count):
        (ci, cj), canvas = np.floor(shifts[n] + 1e-6).astype(int), out[n]
        fi, fj = np.clip(shifts[n] - (ci, cj), 0.0, 1.0)
        plane = planes[n].astype(np.float32) - np.float32(fill)
        for dj, wj in ((0, 1 - fj), (1, fj)):
            for di, wi in ((0, 1 - fi), (1, fi)):
                if wi * wj > 1e-5:
                    target = canvas[cj + dj : cj + dj + height, ci + di : ci + di + width]
                    target += np.float32(wi * wj) * plane[: target.shape[0], : target.shape[1]]
    return out


def _at_heights(planes: np.ndarray, heights: np.ndarray, step: float) -> np.ndarray:
    """Planes interpolated linearly to the heights 0, step, 2 step, ... to the last; those right there as they are."""
    count = round(heights[-1] / step) + 1
    out = np.empty((count, *planes.shape[1:]), dtype=planes.dtype)
    for k in range(count):
        height = min(k * step, heights[-1])
        upper = int(np.clip(np.searchsorted(heights, height), 1, len(heights) - 1))
        weight = (height - heights[upper - 1]) / (heights[upper] - heights[upper - 1])
        if weight in (0.0, 1.0):
            out[k] = planes[upper - 1 + int(weight)]
        else:
            below, above = planes[upper - 1].astype(np.float32), planes[upper].astype(np.float32)
            out[k] = _as_before((1 - weight) * below + weight * above, planes.dtype)
    return out


def _as_before(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Interpolated values in the type they came in; whole numbers are rounded."""
    if values.dtype == dtype:
        return values
    return np.rint(values).astype(dtype) if dtype.kind in "iu" else values.astype(dtype)
