"""Families of made-up anomalies: general changes of a place, none of which is meant to look like any disease.

Each takes a stack (S, R, R) float32 in HU and where to change it, and returns the changed stack. Foreign patches and
their blending: Tan et al., *Foreign Patch Interpolation*, 2020; Schluter et al., *Natural Synthetic Anomalies*, 2022.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from . import free_shapes
from .blending import moved, seamless

Size = tuple[int, int, int]
FAMILIES = {"foreign": 0.35, "intensity": 0.25, "texture": 0.15, "geometry": 0.10, "ribbon": 0.10, "bands": 0.05}
"""How often each is drawn."""
FAINTEST, STRONGEST = 15.0, 200.0
"""HU that brightness changes by, drawn by its logarithm."""
ANY_HU = (-1000.0, 3000.0)


@dataclass
class Place:
    """Where to change a stack: around ``centre`` (slice, row, column); ``donor`` (S, R, R) HU is of somebody else."""

    centre: tuple[int, int, int]
    donor: np.ndarray
    rng: np.random.Generator


def foreign(hu: np.ndarray, place: Place) -> np.ndarray:
    """A piece of another patient or another place, faded or without a seam."""
    rng = place.rng
    alpha = _shape(hu, place)
    away = rng.normal(0, 0.12 * hu.shape[1], 2)
    donor = moved(place.donor, *away)
    if rng.random() < 0.5:
        return hu + rng.uniform(0.3, 1) * alpha * (donor - hu)
    return _seamless(hu, donor, alpha > 0.5)


def intensity(hu: np.ndarray, place: Place) -> np.ndarray:
    """Brighter or darker, with a texture of its own; now and then of one brightness, whatever was there."""
    rng = place.rng
    alpha = _shape(hu, place)
    own = free_shapes.noise(_size(hu), (1.0, *(rng.uniform(1, 6),) * 2), rng)
    if rng.random() < 0.2:
        low, high = ANY_HU
        return hu + alpha * (rng.uniform(low, high) + rng.uniform(0, 40) * own - hu)
    by = _strength(rng)
    return hu + alpha * by * (1 + rng.uniform(0, 0.5) * own)


def texture(hu: np.ndarray, place: Place) -> np.ndarray:
    """Smoother, rougher or sharper."""
    rng = place.rng
    alpha = _shape(hu, place)
    soft = ndimage.gaussian_filter(hu, (0, *(rng.uniform(0.7, 2.5),) * 2))
    fine = hu - soft
    kind = rng.integers(3)
    if kind == 0:
        share = rng.uniform(-1, -0.3)
        return hu + alpha * share * fine
    if kind == 1:
        return hu + alpha * rng.uniform(0.5, 2) * fine
    grain = free_shapes.noise(_size(hu), (0.5, *(rng.uniform(0.5, 1.5),) * 2), rng)
    return hu + alpha * grain * noise_of(hu) * rng.uniform(0.6, 3)


def geometry(hu: np.ndarray, place: Place) -> np.ndarray:
    """Swollen, shrunk or mirrored."""
    rng = place.rng
    size = hu.shape[1]
    _, row, col = place.centre
    alpha = _shape(hu, place)
    rows, cols = np.mgrid[:size, :size].astype(np.float32)
    down, across = rows - row, cols - col
    if rng.random() < 0.3:
        angle = rng.uniform(0, np.pi)
        cos, sin = np.cos(2 * angle), np.sin(2 * angle)
        where = row + cos * down + sin * across, col + sin * down - cos * across
        other = _sampled(hu, *where)
        return hu + alpha * (other - hu)
    radius = np.exp(rng.uniform(np.log(0.03), np.log(0.12))) * size
    strength = rng.uniform(0.25, 0.7) * rng.choice([-1, 1])
    near = np.exp(-0.5 * (down**2 + across**2) / radius**2)
    other = _sampled(hu, row + down * (1 - strength * near), col + across * (1 - strength * near))
    tall = np.exp(-0.5 * ((np.arange(len(hu)) - place.centre[0]) / rng.uniform(0.7, 5)) ** 2)[:, None, None]
    return hu + np.where(tall > 0.3, np.minimum(1.5 * tall, 1), 0).astype(np.float32) * (other - hu)


def ribbon(hu: np.ndarray, place: Place) -> np.ndarray:
    """A thin curved band of another brightness."""
    alpha = free_shapes.ribbon(_size(hu), place.centre, place.rng)
    if place.rng.random() < 0.2:
        return hu + alpha * (place.rng.uniform(*ANY_HU) - hu)
    return hu + alpha * 1.5 * _strength(place.rng)


def bands(hu: np.ndarray, place: Place) -> np.ndarray:
    """Stripes of brightness over a region."""
    rng = place.rng
    size = hu.shape[1]
    alpha = np.maximum(_shape(hu, place), _shape(hu, place))
    alpha = ndimage.gaussian_filter(alpha, (0, 2, 2))
    angle, period = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(0.02), np.log(0.2))) * size
    rows, cols = np.mgrid[:size, :size].astype(np.float32)
    wave = np.sin(2 * np.pi * (rows * np.cos(angle) + cols * np.sin(angle)) / period + rng.uniform(0, 6.3))
    return hu + alpha * wave * abs(_strength(rng))


def identity(hu: np.ndarray, place: Place) -> np.ndarray:
    """A piece blended from its own place, so that a seam by itself says nothing."""
    rng = place.rng
    donor = moved(hu, *rng.uniform(-0.5, 0.5, 2))
    alpha = _shape(hu, place)
    if rng.random() < 0.5:
        return hu + rng.uniform(0.3, 1) * alpha * (donor - hu)
    return _seamless(hu, donor, alpha > 0.5)


MAKE: dict[str, Callable[[np.ndarray, Place], np.ndarray]] = {
    "foreign": foreign,
    "intensity": intensity,
    "texture": texture,
    "geometry": geometry,
    "ribbon": ribbon,
    "bands": bands,
}


def noise_of(hu: np.ndarray) -> float:
    """The noise of a stack (S, R, R) in HU, from what its brighter half has of fine grain."""
    middle = hu[len(hu) // 2]
    fine = np.abs(middle - ndimage.gaussian_filter(middle, 1.0))
    body = middle > np.median(middle)
    # A normal distribution's median size is 0.67 deviations, of which this filter leaves 0.87.
    return max(float(np.median(fine[body] if body.any() else fine)) / (0.67 * 0.87), 1.0)


def _strength(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(FAINTEST), np.log(STRONGEST))) * rng.choice([-1, 1]))


def _size(hu: np.ndarray) -> Size:
    slices, rows, cols = hu.shape
    return slices, rows, cols


def _shape(hu: np.ndarray, place: Place) -> np.ndarray:
    return free_shapes.shape(_size(hu), place.centre, place.rng)


def _seamless(hu: np.ndarray, donor: np.ndarray, inside: np.ndarray) -> np.ndarray:
    return np.stack([seamless(*pair) if pair[2].any() else pair[0] for pair in zip(hu, donor, inside, strict=True)])


def _sampled(hu: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    return np.stack([ndimage.map_coordinates(one, (rows, cols), order=1, mode="nearest") for one in hu])
