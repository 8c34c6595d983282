"""Examples to learn from: a stack of normal slices, varied as patients vary, and most often changed somewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from . import free_shapes
from .families import FAMILIES, MAKE, Place, identity, noise_of

UNTOUCHED, VARIED, IDENTITY = 0.4, 0.5, 0.1
"""Shares of stacks: left as they are, varied beforehand, given a piece of their own."""
MOST = 3
"""Anomalies in a stack."""
LEAST_SHARE = 0.5
"""Of the noise: a smaller change is none."""
LEAST_NOISE = 6.0
AROUND = 5
"""Pixels over which a change is measured."""
FLESH_HU, ABOVE_FLOOR = -300.0, 20.0


@dataclass
class Example:
    """A stack (S, R, R) float32 in HU, and how abnormal each pixel is (S, R, R) float32, 0 to 1."""

    hu: np.ndarray
    label: np.ndarray
    families: tuple[str, ...] = ()


def make_example(hu: np.ndarray, donor: np.ndarray, floor: float, rng: np.random.Generator) -> Example:
    """From normal stacks of two places, (S, R, R) float32 in HU of a window that begins at ``floor``.

    Parts of the recipe: untouched stacks, identity negatives, one to three anomalies over 1 to 12 slices, soft labels
    by the size of the change beside the noise.
    """
    if rng.random() < VARIED:
        hu = varied(hu, rng)
    label = np.zeros(hu.shape, np.float32)
    if rng.random() < IDENTITY:
        hu = identity(hu, Place(_centre(hu, floor, rng), donor, rng))
    if rng.random() < UNTOUCHED:
        return Example(hu, label)
    names, shares = list(FAMILIES), np.array(list(FAMILIES.values()))
    chosen = tuple(str(one) for one in rng.choice(names, rng.integers(1, MOST + 1), p=shares))
    noise = max(noise_of(hu), LEAST_NOISE)
    for name in chosen:
        changed = MAKE[name](hu, Place(_centre(hu, floor, rng), donor, rng)).astype(np.float32)
        # What lies below the window is all the same to whoever looks through it.
        difference = np.maximum(changed, floor) - np.maximum(hu, floor)
        label = np.maximum(label, soft_label(difference, noise))
        hu = changed
    return Example(hu, label, chosen)


def soft_label(difference: np.ndarray, noise: float) -> np.ndarray:
    """(S, R, R) float32 of a change in HU: 0 below half the noise, 0.2 there, 0.8 at the noise, near 1 above."""
    touched = np.abs(difference) > 0.05 * noise
    size = np.sqrt(np.maximum(ndimage.uniform_filter(np.square(difference), (0, AROUND, AROUND)), 0)) / noise
    soft = 1 / (1 + np.exp(-6 * (np.minimum(size, 5) - 0.75)))
    label: np.ndarray = np.where((size >= LEAST_SHARE) & touched, soft, 0).astype(np.float32)
    return label


def varied(hu: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another normal stack: turned, scaled, bent, of other contrast, noise and sharpness."""
    size = hu.shape[1]
    angle, scale = np.deg2rad(rng.normal(0, 2.5)), np.exp(rng.normal(0, 0.04, 2))
    middle = (size - 1) / 2
    rows, cols = np.mgrid[:size, :size].astype(np.float32) - np.float32(middle)
    bend = [free_shapes.noise((3, size, size), (1, size / 6, size / 6), rng)[1] * (0.006 * size) for _ in range(2)]
    where = (
        (rows * np.cos(angle) + cols * np.sin(angle)) / scale[0] + middle + bend[0],
        (cols * np.cos(angle) - rows * np.sin(angle)) / scale[1] + middle + bend[1],
    )
    out = np.stack([ndimage.map_coordinates(one, where, order=1, mode="nearest") for one in hu])
    anchors = np.array([-1000.0, -300.0, -100.0, 0.0, 60.0, 130.0, 250.0, 600.0, 3000.0])
    moved = anchors + rng.normal(0, 6, len(anchors)) * np.array([0, 0, 1, 1, 1, 1.5, 2, 3, 0])
    out = np.interp(out, anchors, np.maximum.accumulate(moved))
    if rng.random() < 0.5:
        out = ndimage.gaussian_filter(out, (0, *(rng.uniform(0.2, 0.7),) * 2))
    if rng.random() < 0.5:
        grain = ndimage.gaussian_filter(rng.standard_normal(out.shape), (0, 0.5, 0.5))
        out = out + grain * (rng.uniform(3, 18) / max(float(grain.std()), 1e-6))
    varied: np.ndarray = out.astype(np.float32)
    return varied


def _centre(hu: np.ndarray, floor: float, rng: np.random.Generator) -> tuple[int, int, int]:
    """Somewhere within the body."""
    number = int(rng.integers(len(hu)))
    soft = ndimage.uniform_filter(hu[number], AROUND)
    rows, cols = np.nonzero(soft > max(FLESH_HU, floor + ABOVE_FLOOR))
    if not len(rows):
        return number, hu.shape[1] // 2, hu.shape[2] // 2
    chosen = int(rng.integers(len(rows)))
    return number, int(rows[chosen]), int(cols[chosen])
