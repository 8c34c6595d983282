"""Where a made-up anomaly is: soft or sharp shapes of all sizes, in pixels of a network's slices."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

SMALLEST, LARGEST = 0.013, 0.23
"""Sides of shapes as a share of the slice's: 5 to 90 mm of a body of 400 mm."""
MOST_SLICES = 12


def shape(size: tuple[int, int, int], centre: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """(S, R, R) float32, 0 to 1: one shape around ``centre`` (slice, row, column); half of them have sharp edges."""
    kind = rng.choice(["ellipsoid", "box", "free"], p=[0.4, 0.2, 0.4])
    radii = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), 2)) * size[1] / 2
    radii = np.sqrt(radii * radii.max())  # long ones, but no threads
    tall = np.exp(rng.uniform(0, np.log(MOST_SLICES))) / 2
    slices, rows, cols = _around(size, centre)
    angle = rng.uniform(0, np.pi)
    across = (rows * np.cos(angle) + cols * np.sin(angle)) / max(radii[0], 1.0)
    along = (cols * np.cos(angle) - rows * np.sin(angle)) / max(radii[1], 1.0)
    up = slices / max(tall, 0.51)
    if kind == "box":
        inside = np.maximum(np.maximum(np.abs(across), np.abs(along)), np.abs(up)) < 1
    else:
        power = rng.uniform(1.2, 4)
        apart = np.abs(across) ** power + np.abs(along) ** power + np.abs(up) ** power
        if kind == "free":
            apart = apart + 0.9 * noise(size, (1.5, *(0.35 * radii.mean() + 0.5,) * 2), rng)
        inside = apart < 1
    made: np.ndarray = inside.astype(np.float32)
    if rng.random() < 0.5:
        made = ndimage.gaussian_filter(made, (0, *(rng.uniform(0.5, 2),) * 2))
    return made


def ribbon(size: tuple[int, int, int], centre: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """(S, R, R) float32, 0 to 1: a thin curved band through ``centre``, two pixels wide or so, over some slices."""
    length = np.exp(rng.uniform(np.log(0.06), np.log(0.35))) * size[1] / 2
    along = np.linspace(-1, 1, 4 * int(length) + 8)
    ends = rng.standard_normal(3) * (0.15 * MOST_SLICES / length, 1, 1)
    ends *= length / np.linalg.norm(ends)
    bend, twist = (rng.standard_normal(3) * (0.05 * MOST_SLICES, 0.35 * length, 0.35 * length) for _ in range(2))
    points = np.outer(along, ends) + np.outer(along**2, bend) + np.outer(along**3, twist) + centre
    thick = rng.uniform(0.5, 1.6)
    tall = rng.uniform(0.4, 2.5)
    away = np.ones(size, bool)
    places = np.rint(points).astype(int)
    held = ((places >= 0) & (places < size)).all(1)
    away[tuple(places[held].T)] = False
    if away.all():
        return np.zeros(size, np.float32)
    distance = ndimage.distance_transform_edt(away, sampling=(thick / tall, 1, 1))
    made: np.ndarray = np.clip(thick + 0.5 - distance, 0, 1).astype(np.float32)
    return made


def noise(size: tuple[int, int, int], sigma: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    """(S, R, R) float32 smooth noise of mean 0 and deviation 1."""
    # Coarse first: a wide filter on a whole stack is slow.
    coarse = tuple(max(int(np.ceil(2 * side / max(width, 1.0))), 3) for side, width in zip(size, sigma, strict=True))
    field = rng.standard_normal(coarse).astype(np.float32)
    zoom = [side / few for side, few in zip(size, coarse, strict=True)]
    smooth: np.ndarray = ndimage.zoom(field, zoom, order=1, mode="nearest", grid_mode=True)
    smooth = ndimage.gaussian_filter(smooth, [min(width / 2, 3.0) for width in sigma])
    smooth -= smooth.mean()
    return smooth / max(float(smooth.std()), 1e-6)


def _around(size: tuple[int, int, int], centre: tuple[int, int, int]) -> list[np.ndarray]:
    return [
        (np.arange(side, dtype=np.float32) - middle).reshape([-1 if axis == own else 1 for own in range(3)])
        for axis, (side, middle) in enumerate(zip(size, centre, strict=True))
    ]
