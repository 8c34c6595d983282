"""Faults of the scan itself: rings and motion."""

from __future__ import annotations

import numpy as np

from .patient import Patient
from .projection import ANGLES, ProjectionGrid, angles
from .shapes import Change

FAULT_HU = 20.0
"""A voxel belongs to a scanner fault's mask where the fault changes it by this much, inside the body."""

RING = {1: (1, 35.0), 2: (2, 70.0), 3: (4, 130.0)}
"""By level: number of rings and their height (HU)."""

MOTION = {1: 3.0, 2: 6.0, 3: 11.0}
"""By level: millimetres moved."""


def ring(patient: Patient) -> Change:
    """Rings around the middle of the image, as detector elements out of calibration leave them in a slab of slices."""
    count, height = RING[patient.level]
    rng = patient.shape_rng
    slab = rng.uniform(9, 20)
    draws = rng.random((4, 3))
    first, stop = _slab(patient, slab)
    size = np.array(patient.hu.shape[1:])
    axes = [(np.arange(n) - (n - 1) / 2) * step for n, step in zip(size, patient.spacing[1:], strict=True)]
    radius = np.hypot(axes[0][:, None], axes[1][None, :])
    # Rings that cross the body: radii are drawn from where the body is in these slices.
    inside = radius[patient.body_slices(first, stop).any(axis=0)]
    low, high = np.quantile(inside, [0.03, 0.6])
    added = np.zeros(radius.shape)
    # One detector element, but never thinner than the pixels can show.
    width = max(0.9, 0.6 * float(patient.spacing[1:].max()))
    for place, sign, strength in draws[:count]:
        away = (radius - low - place * (high - low)) / width
        added += np.where(sign < 0.5, -1, 1) * height * (0.75 + 0.5 * strength) * np.exp(-0.5 * away**2)
    text = f"{count} ring{'s' if count > 1 else ''} of about {height:.0f} HU over {stop - first} slices"
    return _whole_slices(patient, first, np.repeat(added[None], stop - first, axis=0), text)


def motion(patient: Patient) -> Change:
    """The patient moved during the turn: doubled edges and streaks in a slab of slices.

    The slices' projections are shifted as a jerk to the back and the side in the middle of the turn would, and the
    difference is reconstructed by filtered back projection.
    """
    moved = MOTION[patient.level]
    rng = patient.shape_rng
    slab, way = rng.uniform(9, 18), rng.uniform(-0.6, 0.6)
    start = rng.uniform(0.3, 0.6)
    first, stop = _slab(patient, slab)
    bench = ProjectionGrid.for_patient(patient)
    time = np.arange(ANGLES) / ANGLES
    jerk = moved / (1 + np.exp(-(time - start) / 0.02))
    turn = np.radians(angles())
    shift = jerk * (np.sin(turn) * np.cos(way) + np.cos(turn) * np.sin(way)) / bench.pixel
    place = np.arange(bench.size)
    added = []
    for plane in patient.hu[first:stop]:
        still = bench.project(bench.square(np.clip(plane, -1000, 1500) + 1000, 0.0))
        shaken = np.stack([np.interp(place - s, place, still[:, n]) for n, s in enumerate(shift)], axis=1)
        added.append(bench.unsquare(bench.reconstruct(shaken - still)))
    text = f"motion of {moved:.0f} mm during the scan over {stop - first} slices"
    return _whole_slices(patient, first, np.stack(added), text)


def _slab(patient: Patient, thickness: float) -> tuple[int, int]:
    """The slices (first, stop) of a slab around the place asked for or chosen."""
    middle = patient.soft_place(8.0)[0] / patient.spacing[0]
    count = max(1, round(thickness / patient.spacing[0]))
    first = int(np.clip(round(middle - (count - 1) / 2), 0, max(0, patient.hu.shape[0] - count)))
    return first, min(first + count, patient.hu.shape[0])


def _whole_slices(patient: Patient, first: int, added: np.ndarray, text: str) -> Change:
    slab = slice(first, first + len(added))
    hu = patient.hu.copy()
    hu[slab] = np.clip(hu[slab] + added, np.minimum(-1024, hu[slab]), np.maximum(3071, hu[slab]))
    mask = np.zeros(hu.shape, dtype=bool)
    mask[slab] = (np.abs(hu[slab] - patient.hu[slab]) >= FAULT_HU) & patient.body_slices(first, first + len(added))
    middle = (np.array(patient.hu.shape) - 1) / 2 * patient.spacing
    middle[0] = (first + (len(added) - 1) / 2) * patient.spacing[0]
    return Change(hu, mask, text, middle)
