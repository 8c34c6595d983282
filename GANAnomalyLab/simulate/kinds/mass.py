"""Masses darker or brighter than the tissue around them, and organs whose texture is missing."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .patient import BONE_HU, Patient
from .shapes import Change, SurfaceWaves, blob, bounding_box, fill, paint, rotation

MASS = {1: ((8, 11), 40.0), 2: ((11, 16), 65.0), 3: ((16, 22.5), 100.0)}
"""By level: mean radius (mm) and difference from the tissue (HU)."""

MISSING = {1: ((18, 24), 5.0), 2: ((24, 32), 9.0), 3: ((32, 42), 15.0)}
"""By level: mean radius (mm) and the smoothing's standard deviation (mm)."""

MARGIN_MM = 1.2


def mass_hypo(patient: Patient) -> Change:
    """A mass 40, 65 or 100 HU darker than the tissue around it."""
    return _mass(patient, -1.0)


def mass_hyper(patient: Patient) -> Change:
    """A mass 40, 65 or 100 HU brighter than the tissue around it."""
    return _mass(patient, 1.0)


def mass(patient: Patient) -> Change:
    """A darker or a brighter mass, as the seed decides."""
    return _mass(patient, float(patient.shape_rng.choice([-1.0, 1.0])))


def _mass(patient: Patient, sign: float) -> Change:
    (smallest, largest), contrast = MASS[patient.level]
    rng = patient.shape_rng
    radius = rng.uniform(smallest, largest)
    semi_axes = radius * rng.uniform(0.85, 1.15, 3)
    turn, waves, mottle = rotation(rng), SurfaceWaves(rng, 1.5 * radius), SurfaceWaves(rng, 6.0)
    centre = patient.soft_place(0.8 * radius, depth=radius + 8)
    tissue = patient.tissue_hu(centre, radius)

    shape = blob(centre, semi_axes, turn, waves, 0.09)
    painted = fill(patient, shape, *bounding_box(centre, 1.6 * radius), 2.0)
    painted.coverage *= patient.body_in(painted.box) & (patient.hu[painted.box] < BONE_HU)
    inside = tissue + sign * contrast + 5.0 * mottle(_points(patient, painted.box)).astype(np.float32)
    inside = inside + patient.noise(painted.coverage.shape)

    hu = patient.hu.copy()
    # The soft margin of a growing mass: half of it lies within the shape, so half coverage is the shape's own edge.
    painted.coverage = np.minimum(ndimage.gaussian_filter(painted.coverage, MARGIN_MM / patient.spacing), 1.0)
    painted.coverage[painted.coverage < 0.02] = 0.0
    mask = paint(hu, painted, inside, share=0.5)
    kind = "dark" if sign < 0 else "bright"
    text = f"{kind} mass {2 * radius:.0f} mm across, {sign * contrast:+.0f} HU from the tissue around it"
    return Change(hu, mask, text, centre)


def missing(patient: Patient) -> Change:
    """Part of an organ without its texture: vessels, edges and noise smoothed away."""
    (smallest, largest), blur = MISSING[patient.level]
    rng = patient.shape_rng
    radius = rng.uniform(smallest, largest)
    semi_axes = radius * rng.uniform(0.85, 1.15, 3)
    turn, waves = rotation(rng), SurfaceWaves(rng, 1.5 * radius)
    centre = patient.soft_place(0.4 * radius, depth=0.8 * radius)
    painted = fill(patient, blob(centre, semi_axes, turn, waves, 0.08), *bounding_box(centre, 1.6 * radius), 3.0)
    painted.coverage *= patient.body_in(painted.box) & (patient.hu[painted.box] < BONE_HU)
    hu = patient.hu.copy()
    # Gas and bone would smear over the organ; they are held at the edge of the soft range while smoothing.
    calm = np.clip(patient.hu[_wider(patient, painted.box, 2 * blur)], -120, 180)
    smooth = ndimage.gaussian_filter(calm, blur / patient.spacing)[_within(patient, painted.box, 2 * blur)]
    mask = paint(hu, painted, smooth, share=0.5)
    text = f"region {2 * radius:.0f} mm across without texture, smoothed over {blur:.0f} mm"
    return Change(hu, mask, text, centre)


def _points(patient: Patient, box: tuple[slice, slice, slice]) -> np.ndarray:
    axes = [np.arange(s.start, s.stop) * step for s, step in zip(box, patient.spacing, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def _wider(patient: Patient, box: tuple[slice, slice, slice], margin: float) -> tuple[slice, ...]:
    reach = np.ceil(margin / patient.spacing).astype(int)
    return tuple(slice(max(0, s.start - int(r)), s.stop + int(r)) for s, r in zip(box, reach, strict=True))


def _within(patient: Patient, box: tuple[slice, slice, slice], margin: float) -> tuple[slice, ...]:
    wide = _wider(patient, box, margin)
    return tuple(slice(s.start - w.start, s.stop - w.start) for s, w in zip(box, wide, strict=True))
