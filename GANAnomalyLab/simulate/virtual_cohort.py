"""A virtual cohort: many patients made from one CT by smooth deformation, intensity changes and noise.

It stands in for a collection of normal scans where only a few can be shared. Its patients differ in shape, contrast
and noise but share one anatomy, so a model trained on it knows one body plan; the model card must say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COHORT_VERSION = 1
AIR_HU = -1024.0


@dataclass(frozen=True)
class CohortSettings:
    """How far virtual patients stray from their source; standard deviations unless said otherwise.

    Lengths in millimetres, angles in degrees, intensities in Hounsfield units. Shapes differ along ``modes`` smooth
    deformations that all patients share, each in its own mixture: as in statistical shape models of real patients,
    most of the variation lies in few directions.
    """

    control_spacing_mm: float = 50.0
    deformation_mm: float = 4.0
    modes: int = 8
    scale: float = 0.04
    rotation_degrees: float = 2.0
    shift_mm: float = 6.0
    contrast_hu: float = 8.0
    shading_hu: float = 3.0
    noise_low_hu: float = 4.0
    noise_high_hu: float = 14.0


def virtual_patient(
    slices_hu: np.ndarray,
    spacing_mm: tuple[float, float, float],
    seed: int,
    settings: CohortSettings = CohortSettings(),
) -> np.ndarray:
    """Another patient with the same plan of anatomy.

    ``slices_hu`` is (S, H, W) in Hounsfield units with ``spacing_mm`` (slice, row, column); the result has the same
    shape, float32. The same seed gives the same patient.
    """
    from scipy import ndimage

    rng = np.random.default_rng([COHORT_VERSION, seed])
    shape, spacing = np.array(slices_hu.shape), np.array(spacing_mm)
    points = _points(shape, spacing, rng, settings)
    out = ndimage.map_coordinates(slices_hu.astype(np.float32), points, order=1, mode="nearest")
    out = _change_contrast(out, rng, settings)
    out += (
        settings.shading_hu * _spline_field(rng.standard_normal(_knots(shape, spacing, settings)), shape) * (out > -200)
    )
    sigma = rng.uniform(settings.noise_low_hu, settings.noise_high_hu)
    noise = ndimage.gaussian_filter(rng.standard_normal(out.shape).astype(np.float32), (0, 0.45, 0.45))
    return np.maximum(out + noise * (sigma / float(noise.std())), AIR_HU)


def virtual_labels(
    labels: np.ndarray,
    spacing_mm: tuple[float, float, float],
    seed: int,
    settings: CohortSettings = CohortSettings(),
) -> np.ndarray:
    """Labels of the source (S, H, W) where :func:`virtual_patient` of the same seed and settings has what they mark.

    The result has the same shape and type; each voxel has the label of the nearest voxel of the source.
    """
    from scipy import ndimage

    rng = np.random.default_rng([COHORT_VERSION, seed])
    points = _points(np.array(labels.shape), np.array(spacing_mm), rng, settings)
    return ndimage.map_coordinates(labels, points, order=0, mode="nearest")


def _points(shape: np.ndarray, spacing: np.ndarray, rng: np.random.Generator, s: CohortSettings) -> np.ndarray:
    """Where each voxel of the new patient lies in the source: (3, S, H, W) in voxels; the first draws of ``rng``."""
    points = _affine_points(shape, spacing, rng, s)
    mixture = rng.standard_normal(s.modes) / np.sqrt(s.modes)
    shared = np.random.default_rng([COHORT_VERSION, 0xD0D0])
    for axis in range(3):
        knots = shared.standard_normal((s.modes, *_knots(shape, spacing, s)))
        points[axis] += _spline_field(np.tensordot(mixture, knots, 1), shape) * (s.deformation_mm / spacing[axis])
    return points


def _affine_points(shape: np.ndarray, spacing: np.ndarray, rng: np.random.Generator, s: CohortSettings) -> np.ndarray:
    """As :func:`_points`, scaled, turned and moved as a whole."""
    angle = np.deg2rad(rng.normal(0, s.rotation_degrees))
    scale = np.exp(rng.normal(0, s.scale, 3))
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag(1 / scale)
    shift = rng.normal(0, s.shift_mm, 3)
    centre = (shape - 1) / 2 * spacing
    grid = np.indices(tuple(shape), dtype=np.float32).reshape(3, -1) * spacing[:, None] - centre[:, None]
    moved = matrix @ grid + (centre + shift)[:, None]
    return (moved / spacing[:, None]).reshape(3, *shape).astype(np.float32)


def _knots(shape: np.ndarray, spacing: np.ndarray, s: CohortSettings) -> tuple[int, ...]:
    """How many control points a field over (S, H, W) has along each axis."""
    return tuple(np.maximum(np.round(shape * spacing / s.control_spacing_mm).astype(int) + 3, 4))


def _spline_field(knots: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """A cubic B-spline field (S, H, W) over control points; of about unit deviation when they are N(0, 1)."""
    field = knots
    for axis, size in enumerate(shape):
        count = field.shape[axis]
        where = np.linspace(1, count - 2, size, dtype=np.float32)
        weights = _cubic_b_spline(where[:, None] - np.arange(count)[None])
        field = np.moveaxis(np.tensordot(weights, field, axes=(1, axis)), 0, axis)
    # The spline smooths its coefficients: 0.48 is the mean square of what it leaves, per axis.
    return (field / 0.48**1.5).astype(np.float32)


def _cubic_b_spline(x: np.ndarray) -> np.ndarray:
    x = np.abs(x)
    inner = 2 / 3 - x**2 + x**3 / 2
    outer = np.clip(2 - x, 0, None) ** 3 / 6
    return np.where(x < 1, inner, outer)


def _change_contrast(hu: np.ndarray, rng: np.random.Generator, s: CohortSettings) -> np.ndarray:
    """Shift fat, soft tissue, enhanced tissue and bone each by its own amount (contrast phase, habitus, scanner)."""
    anchors = np.array([-1024.0, -400.0, -100.0, 0.0, 60.0, 130.0, 220.0, 600.0, 4000.0])
    shifts = rng.normal(0, s.contrast_hu, anchors.size) * np.array([0, 0, 0.7, 0.6, 0.8, 1.5, 2.0, 3.0, 0])
    # A monotone curve: tissues must not swap their order.
    values = np.maximum.accumulate(anchors + shifts)
    return np.interp(hu, anchors, values).astype(np.float32)
