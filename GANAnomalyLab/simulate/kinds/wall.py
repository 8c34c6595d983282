"""Fluid and free air along the inside of the body wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .patient import BONE_HU, Patient
from .shapes import Change, PaintedShape, SurfaceWaves, fill, paint

WALL_MM = 12.0
"""Muscle (and rib) between the fat under the skin and the cavity, where the picture does not show it."""
THINNEST_WALL_MM, THICKEST_WALL_MM = 6.0, 24.0

FLUID = {1: (8.0, 9.0), 2: (15.0, 14.0), 3: (24.0, 20.0)}
AIR = {1: (6.0, 8.0), 2: (12.0, 12.0), 3: (20.0, 16.0)}
"""By level: thickness (mm) and half the height along the slices, in multiples of 2.5 mm."""

AIR_HU = -950.0
TRIES = 24
LEAST_MUSCLE_MM2 = 400.0
HIP_MM2 = 800.0


@dataclass
class WallPlace:
    """Where on the wall: ``centre``, the body's ``middle`` there (row, column), ``angle`` from the front; in mm."""

    centre: np.ndarray
    middle: np.ndarray
    angle: float
    wall: float


def fluid(patient: Patient) -> Change:
    """A crescent of fluid of 5 to 15 HU inside the wall, 8 to 25 mm thick, as ascites collects in the flanks."""
    thickness, height = FLUID[patient.level]
    rng = patient.shape_rng
    spread, value, height_mm = rng.uniform(28, 42), rng.uniform(5, 15), 2.5 * height * rng.uniform(0.8, 1.2)
    waves = SurfaceWaves(rng, 30.0)
    inner = inner_depth(patient)
    spot = _spot(patient, inner, np.radians(rng.choice([-1, 1]) * rng.uniform(65, 105)), thickness, height_mm)
    painted = _crescent(patient, inner, spot, thickness, np.radians(spread), height_mm, waves)
    hu = patient.hu.copy()
    mask = paint(hu, painted, value + patient.noise(painted.coverage.shape))
    text = f"fluid collection of {value:.0f} HU along the inner wall, {thickness:.0f} mm thick"
    return Change(hu, mask, text, spot.centre)


def air(patient: Patient) -> Change:
    """Free air (-950 HU) under the front wall, where it rises in a patient on the back."""
    thickness, height = AIR[patient.level]
    rng = patient.shape_rng
    spread, height_mm = rng.uniform(20, 35), 2.5 * height * rng.uniform(0.8, 1.2)
    waves = SurfaceWaves(rng, 40.0)
    inner = inner_depth(patient)
    spot = _spot(patient, inner, np.radians(rng.uniform(-20, 20)), thickness, height_mm)
    painted = _crescent(patient, inner, spot, thickness, np.radians(spread), height_mm, waves)
    hu = patient.hu.copy()
    mask = paint(hu, painted, AIR_HU)
    return Change(hu, mask, f"pocket of free air under the front wall, {thickness:.0f} mm thick", spot.centre)


def inner_depth(patient: Patient) -> np.ndarray:
    """Coarse millimetres inside the wall's muscle: 0 at its outer side, negative nowhere.

    In each slice the convex hull of muscle, bone and gas cuts away the fat under the skin; it bridges the gaps between
    the muscles in front. Where that leaves little (a very fat limb), the body itself stands in.
    """
    # Gas under the wall (bowel, lung) belongs to the cavity too; the thin wall before it is lost at this spacing.
    gas = (patient.smooth_hu < -200) & (patient.depth > 12)
    lean = patient.coarse_body & (patient.depth > 6) & ((patient.smooth_hu > -40) | gas)
    least = LEAST_MUSCLE_MM2 / float(np.prod(patient.coarse_spacing[1:]))
    cavity = np.stack([_hull(plane, least) for plane in lean]) & patient.coarse_body
    if cavity.sum() < 0.25 * patient.coarse_body.sum():
        return patient.depth
    return patient.distance_inside(cavity)


def _hull(plane: np.ndarray, least: float) -> np.ndarray:
    """The convex hull of a slice's pieces of ``least`` pixels or more; smaller ones are folds or vessels in fat."""
    from skimage.morphology import convex_hull_image

    labels, count = ndimage.label(plane)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    large = (sizes >= least)[labels]
    return convex_hull_image(large, offset_coordinates=False) if large.any() else large


def _spot(patient: Patient, inner: np.ndarray, angle: float, thickness: float, height: float) -> WallPlace:
    """The place asked for, or the best of some slices: much fat (a cavity to fill) and little bone behind the wall."""
    if patient.centre is not None:
        return _spot_at(patient, inner, patient.centre)
    slices = np.flatnonzero(patient.allowed_slices(margin=0.5 * height) & (inner > WALL_MM + 3).any(axis=(1, 2)))
    best: tuple[float, WallPlace] | None = None
    for k in patient.place_rng.choice(slices, TRIES) if slices.size else ():
        at = patient.into_slices(patient.coarse_mm(np.array([k, 0, 0])))[0]
        middle = _middle(patient, inner, at)
        turned = angle + patient.place_rng.uniform(-0.15, 0.15)
        points, depth, values = _ray(patient, inner, at, middle, turned)
        wall = _wall(depth, values)
        behind = (depth > wall) & (depth < wall + thickness)
        if not behind.any():
            continue
        score = float((values[behind] < 0).mean() - 4 * (values[behind] > BONE_HU).mean())
        # Bone in the wall itself is a hip or a shoulder: no cavity behind it.
        score -= 2.0 * min(1.0, _bone_beside(patient, inner[k], k, middle, turned) / HIP_MM2)
        score -= 6 * float((values[(depth > 0) & (depth < wall + 20)] > BONE_HU).mean())
        if best is None or score > best[0]:
            best = (score, WallPlace(points[behind][-1], middle, turned, wall))
    return best[1] if best is not None else _spot_at(patient, inner, patient.soft_place(5.0))


def _bone_beside(patient: Patient, inner: np.ndarray, k: int, middle: np.ndarray, angle: float) -> float:
    """Square millimetres of bone within 45 degrees of a direction and well behind the wall: a hip or a shoulder."""
    places = (
        patient.coarse_mm(np.argwhere((inner > 15) & (patient.smooth_hu[k] > BONE_HU))[:, [0, 0, 1]])[:, 1:] - middle
    )
    along = places @ np.array([-np.cos(angle), np.sin(angle)])
    return float((along > 0.7 * np.linalg.norm(places, axis=1)).sum() * np.prod(patient.coarse_spacing[1:]))


def _spot_at(patient: Patient, inner: np.ndarray, place: np.ndarray) -> WallPlace:
    """The part of the wall that a point lies nearest to, seen from the middle of its slice."""
    middle = _middle(patient, inner, place[0])
    offset = place[1:] - middle
    angle = float(np.arctan2(offset[1], -offset[0]))
    _, depth, values = _ray(patient, inner, place[0], middle, angle)
    return WallPlace(place, middle, angle, _wall(depth, values))


def _ray(
    patient: Patient, inner: np.ndarray, at: float, middle: np.ndarray, angle: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From the middle outwards: points (n, 3) in mm, their depth inside the wall, their smoothed HU."""
    points = np.array([at, *middle]) + np.arange(0, 300, 1.5)[:, None] * np.array([0, -np.cos(angle), np.sin(angle)])
    points = points[(points[:, 1:] >= 0).all(axis=1) & (points[:, 1:] <= _farthest(patient)[1:]).all(axis=1)]
    return points, patient.sample(inner, points), patient.sample(patient.smooth_hu, points)


def _wall(depth: np.ndarray, values: np.ndarray) -> float:
    """How thick the wall is: to the first fat or gas behind its muscle, within what walls can be."""
    behind = depth[(depth >= THINNEST_WALL_MM) & (depth <= THICKEST_WALL_MM) & (values < -10)]
    return float(behind.min()) if behind.size else WALL_MM


def _farthest(patient: Patient) -> np.ndarray:
    return (np.array(patient.hu.shape) - 1) * patient.spacing


def _middle(patient: Patient, inner: np.ndarray, height: float) -> np.ndarray:
    """The middle (row, column in mm) of the cavity in the slice at ``height`` mm."""
    k = int(np.clip((height / patient.spacing[0] + 0.5) / patient.steps[0], 0, len(inner) - 1))
    plane = inner[k] > 0
    if not plane.any():
        plane = patient.coarse_body.any(axis=0)
    places = np.argwhere(plane).mean(axis=0)
    return patient.coarse_mm(np.array([k, *places]))[1:]


def _crescent(
    patient: Patient,
    inner: np.ndarray,
    spot: WallPlace,
    thickness: float,
    spread: float,
    height: float,
    waves: SurfaceWaves,
) -> PaintedShape:
    # A cavity thinner than the wall assumed (a slim patient, a crop) still gets its crescent, just inside the edge.
    wall = min(spot.wall, max(0.0, float(inner.max()) - thickness - 3))

    def lens(points: np.ndarray) -> np.ndarray:
        offset = points[..., 1:] - spot.middle
        turn = np.arctan2(offset[..., 1], -offset[..., 0]) - spot.angle
        turn = (turn + np.pi) % (2 * np.pi) - np.pi
        away = (turn / spread) ** 2 + ((points[..., 0] - spot.centre[0]) / height) ** 2
        return thickness * (1.0 - away) * (1.0 + 0.15 * np.clip(waves(points), -2, 2))

    def distance(points: np.ndarray) -> np.ndarray:
        depth = patient.sample(inner, points) - wall
        thick = lens(points)
        # Fluid and air run into the fat between the organs, and push lean tissue off the wall only a little.
        lean = np.clip((patient.sample(patient.smooth_hu, points) + 20) / 30, 0, 1)
        return np.maximum(-depth, depth - thick * (1 - 0.5 * lean))

    # Where it may be is found on the coarse grid, so that a large CT is looked at only there.
    places = patient.coarse_mm(np.moveaxis(np.indices(inner.shape), 0, -1))
    margin = float(np.linalg.norm(patient.coarse_spacing))
    close = places[distance(places) < margin]
    if len(close) == 0:
        close = spot.centre[None]
    painted = fill(patient, distance, close.min(axis=0) - margin, close.max(axis=0) + margin, 3.0)
    # Bone and gas already there keep their place.
    old = patient.hu[painted.box]
    painted.coverage *= (old < BONE_HU) & (old > -300) & patient.body_in(painted.box)
    return painted
