"""Resampling of what is not a regular, rectangular grid: sheared axes, gantry tilt, uneven gaps."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .volume import Volume

_RIGHT_ANGLE = 1e-3  # cosine; less drifts by less than a third of a millimetre over a CT
_SAME_GAP = 0.02  # relative
_SHIFT = 0.1  # pixels
_LARGEST_HOLE = 50.0  # mm; wider holes are not filled by interpolation


def straighten(volume: Volume, order: int = 1) -> Volume:
    """The volume itself or, when its axes are not at right angles, resampled onto the nearest grid whose axes are.

    ``order`` 1 interpolates linearly, 0 takes the nearest voxel (labels). What lies outside becomes the lowest value.
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
    fill = volume.voxels.min()
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
    Planes that are already regular come back as they are. Otherwise each plane is shifted in its own plane
    (linearly interpolated), which takes out the shear of a tilted gantry, and planes are interpolated linearly
    along their normal to the smallest gap that is usual in the stack. Nothing is lost at the sides: the grid
    grows to hold all planes; the lowest value fills the rest.
    """
    normal = np.cross(row, column)
    heights = (corners - corners[0]) @ normal
    shifts = np.stack([(corners - corners[0]) @ row / spacing[0], (corners - corners[0]) @ column / spacing[1]], axis=1)
    gaps = np.diff(heights)
    sheared = bool(np.abs(shifts).max() > _SHIFT)
    uneven = bool(len(gaps) > 1 and np.abs(gaps - np.median(gaps)).max() > _SAME_GAP * np.median(gaps))
    step = float(heights[-1] / len(gaps)) if len(gaps) else 1.0
    start = np.zeros(2)
    warnings = []
    if sheared or uneven:
        dtype, fill = planes.dtype, planes.min()
        if uneven:
            step, warning = _usual_gap(gaps)
            # A whole number of steps, so that the first and the last plane stay where they are.
            step = heights[-1] / max(1, int(np.ceil(heights[-1] / step - 0.01)))
            warnings.append(warning)
        if sheared:
            tilt = np.degrees(np.arctan2(np.hypot(*(shifts[-1] * spacing)), heights[-1]))
            warnings.append(
                f"The slices are sheared by {tilt:.1f} degrees (gantry tilt): each was shifted back into place and "
                "resampled."
            )
            start = np.floor(shifts.min(axis=0) + 1e-6)
            grow = np.ceil(shifts.max(axis=0) - 1e-6) - start
            planes = _shifted(planes, shifts - start, grow.astype(int), float(fill))
        planes = _as_before(_at_heights(planes, heights, step) if uneven else planes, dtype)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = row * spacing[0], column * spacing[1], normal * step
    matrix[:3, 3] = corners[0] + matrix[:3, :2] @ start
    return planes, matrix, warnings


def _usual_gap(gaps: np.ndarray) -> tuple[float, str]:
    """The smallest gap that at least a tenth of the slices have, and the sentence about it."""
    if np.abs(gaps / gaps.min() - np.rint(gaps / gaps.min())).max() <= 3 * _SAME_GAP:
        step = float(gaps.min())
    else:
        near = np.abs(gaps[:, None] - gaps[None]) <= _SAME_GAP * gaps[:, None]
        usual = gaps[near.sum(axis=1) >= max(2, len(gaps) / 10)]
        step = float(usual.min()) if len(usual) else float(np.median(gaps))
    if gaps.max() > max(10 * step, _LARGEST_HOLE):
        raise InputError(
            f"The series has a hole of {gaps.max():.0f} mm between two slices: export it again or only one part."
        )
    multiples = gaps / step
    missing = np.rint(multiples).astype(int) - 1
    if np.abs(multiples - np.rint(multiples)).max() <= 3 * _SAME_GAP and missing.min() >= 0:
        count = int(missing.sum())
        said = "1 slice is" if count == 1 else f"{count} slices are"
        return step, f"{said} missing from the series: the gaps were filled by interpolation between the neighbours."
    kinds = sorted({round(float(gap), 2) for gap in gaps})
    listed = ", ".join(f"{gap:g}" for gap in kinds[:4]) + (", ..." if len(kinds) > 4 else "")
    return step, f"The gaps between slices differ ({listed} mm): the series was resampled to one gap of {step:.2f} mm."


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
    """Planes interpolated linearly to the heights 0, step, 2 step, ... up to the last."""
    count = round(heights[-1] / step) + 1
    out = np.empty((count, *planes.shape[1:]), dtype=np.float32)
    for k in range(count):
        height = min(k * step, heights[-1])
        upper = int(np.clip(np.searchsorted(heights, height), 1, len(heights) - 1))
        weight = (height - heights[upper - 1]) / (heights[upper] - heights[upper - 1])
        out[k] = (1 - weight) * planes[upper - 1].astype(np.float32) + weight * planes[upper].astype(np.float32)
    return out


def _as_before(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Interpolated values in the type they came in; whole numbers are rounded."""
    if values.dtype == dtype:
        return values
    return np.rint(values).astype(dtype) if dtype.kind in "iu" else values.astype(dtype)
