"""Shapes in millimetres and how much of each voxel they fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .patient import Patient

Distance = Callable[[np.ndarray], np.ndarray]
"""Signed distance in millimetres (negative inside) of points (..., 3); near enough close to the surface."""

MASK_COVERAGE = 0.25
MASK_HU = 100.0
"""A voxel belongs to an object's mask where the object fills a quarter of it or changes it by 100 HU."""

CHUNK_POINTS = 400_000
MOST_SAMPLES = 16


@dataclass
class Change:
    """What a generator did.

    ``hu`` is the new (S, H, W) float32 stack; ``mask`` (bool) marks the anomaly itself; ``streaks`` (bool or None)
    marks voxels that an artefact of it changed by 30 HU or more. ``centre`` is in millimetres as in :class:`Patient`.
    """

    hu: np.ndarray
    mask: np.ndarray
    description: str
    centre: np.ndarray
    streaks: np.ndarray | None = None


@dataclass
class PaintedShape:
    """Part of a stack: the box's three ranges, and how much of each voxel in it is filled (0..1, float32)."""

    box: tuple[slice, slice, slice]
    coverage: np.ndarray

    def in_stack(self, shape: tuple[int, ...]) -> np.ndarray:
        """The coverage as a whole (S, H, W) stack."""
        whole = np.zeros(shape, dtype=np.float32)
        whole[self.box] = self.coverage
        return whole


def fill(patient: Patient, distance: Distance, low: np.ndarray, high: np.ndarray, grain: float) -> PaintedShape:
    """How much of each voxel lies inside a shape that fits between ``low`` and ``high`` (mm).

    Voxels at the surface are sampled at points about half a ``grain`` (mm, the shape's finest detail) apart, so that
    thin objects keep their true volume in thick voxels.
    """
    spacing = patient.spacing
    box = _box(patient, low, high)
    coverage = np.zeros([s.stop - s.start for s in box], dtype=np.float32)
    rows, columns = (np.arange(s.start, s.stop) * step for s, step in zip(box[1:], spacing[1:], strict=True))
    offsets = _offsets(patient, np.maximum(np.ceil(2 * spacing / grain).astype(int), 2))
    at_once = max(1, CHUNK_POINTS // len(offsets))
    # Slice by slice, which keeps the memory small for CTs of any size.
    for n, height in enumerate(np.arange(box[0].start, box[0].stop) * spacing[0]):
        centres = np.stack(np.meshgrid([height], rows, columns, indexing="ij"), axis=-1)[0]
        signed = distance(centres)
        coverage[n][signed < 0] = 1.0
        edge = np.abs(signed) < 0.6 * float(np.linalg.norm(spacing))
        points = centres[edge]
        shares = np.empty(len(points), dtype=np.float32)
        for start in range(0, len(points), at_once):
            chunk = points[start : start + at_once, None, :] + offsets
            shares[start : start + at_once] = (distance(chunk) < 0).mean(axis=1)
        coverage[n][edge] = shares
    return PaintedShape(box, coverage)


def average(
    patient: Patient, function: Distance, low: np.ndarray, high: np.ndarray, grain: float
) -> tuple[tuple[slice, slice, slice], np.ndarray]:
    """A function of position averaged over each voxel of the box between ``low`` and ``high`` (mm), and that box.

    Sampled at points about ``grain`` mm apart, so that detail finer than the voxels keeps its mean in them.
    """
    box = _box(patient, low, high)
    offsets = _offsets(patient, np.maximum(np.ceil(patient.spacing / grain).astype(int), 1))
    rows, columns = (np.arange(s.start, s.stop) * step for s, step in zip(box[1:], patient.spacing[1:], strict=True))
    out = np.empty([s.stop - s.start for s in box], dtype=np.float32)
    for n, height in enumerate(np.arange(box[0].start, box[0].stop) * patient.spacing[0]):
        centres = np.stack(np.meshgrid([height], rows, columns, indexing="ij"), axis=-1)[0]
        out[n] = np.mean([function(centres + offset) for offset in offsets], axis=0)
    return box, out


def _box(patient: Patient, low: np.ndarray, high: np.ndarray) -> tuple[slice, slice, slice]:
    """The voxels between two corners (mm)."""
    first = np.maximum(np.floor(np.minimum(low, high) / patient.spacing).astype(int), 0)
    stop = np.minimum(np.ceil(np.maximum(low, high) / patient.spacing).astype(int) + 1, patient.hu.shape)
    s, r, c = (slice(int(a), int(max(a, b))) for a, b in zip(first, stop, strict=True))
    return s, r, c


def _offsets(patient: Patient, counts: np.ndarray) -> np.ndarray:
    """(n, 3) mm from a voxel's centre to points spread evenly in it, ``counts`` along each side but not too many."""
    inner = [((np.arange(n) + 0.5) / n - 0.5) * step
             for n, step in zip(np.minimum(counts, MOST_SAMPLES), patient.spacing, strict=True)]  # fmt: skip
    return np.stack(np.meshgrid(*inner, indexing="ij"), axis=-1).reshape(-1, 3)


def paint(
    hu: np.ndarray, painted: PaintedShape, inside: np.ndarray | float, share: float = MASK_COVERAGE
) -> np.ndarray:
    """Blend ``inside`` (HU, one number or the box's shape) into ``hu`` in place.

    Returns the mask (S, H, W) bool: voxels filled by ``share`` or more, or changed by :data:`MASK_HU` or more.
    """
    old = hu[painted.box]
    step = painted.coverage * (inside - old)
    hu[painted.box] = np.where(painted.coverage > 0, np.clip(old + step, -1024, 3071), old)
    mask = np.zeros(hu.shape, dtype=bool)
    mask[painted.box] = (painted.coverage >= share) | (np.abs(step) >= MASK_HU)
    return mask


class SurfaceWaves:
    """A smooth random function of position with mean 0 and standard deviation 1, the same on every grid.

    A sum of plane waves with random directions and phases; ``wavelength`` in mm.
    """

    def __init__(self, rng: np.random.Generator, wavelength: float, count: int = 14) -> None:
        directions = rng.standard_normal((count, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        lengths = wavelength * rng.uniform(0.7, 1.6, count)
        self._waves = 2 * np.pi * directions / lengths[:, None]
        self._phases = rng.uniform(0, 2 * np.pi, count)
        self._scale = float(np.sqrt(2 / count))

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Values at points (..., 3) in mm."""
        return self._scale * np.cos(points @ self._waves.T + self._phases).sum(axis=-1)


def rod(start: np.ndarray, stop: np.ndarray, radius: float) -> Distance:
    """A straight rod with round ends."""
    axis = stop - start
    length2 = float(axis @ axis)

    def distance(points: np.ndarray) -> np.ndarray:
        along = np.clip((points - start) @ axis / length2, 0.0, 1.0)
        return np.linalg.norm(points - start - along[..., None] * axis, axis=-1) - radius

    return distance


def rod_box(start: np.ndarray, stop: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Opposite corners (mm) around a rod."""
    return np.minimum(start, stop) - radius, np.maximum(start, stop) + radius


def rotation(rng: np.random.Generator) -> np.ndarray:
    """A random (3, 3) rotation matrix."""
    matrix, triangle = np.linalg.qr(rng.standard_normal((3, 3)))
    return matrix * np.sign(np.diag(triangle))


def blob(
    centre: np.ndarray, semi_axes: np.ndarray, turn: np.ndarray, waves: SurfaceWaves, roughness: float
) -> Distance:
    """An irregular ellipsoid: ``semi_axes`` in mm along the columns of ``turn``, its radius varies by ``roughness``."""
    smallest = float(np.min(semi_axes))

    def distance(points: np.ndarray) -> np.ndarray:
        local = (points - centre) @ turn
        radius = np.linalg.norm(local / semi_axes, axis=-1)
        return (radius - 1.0 - roughness * np.clip(waves(points - centre), -2, 2)) * smallest

    return distance


def bounding_box(centre: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Opposite corners of a cube reaching ``reach`` mm from a centre."""
    return centre - reach, centre + reach
