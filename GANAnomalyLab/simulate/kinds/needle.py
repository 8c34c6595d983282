"""Needles and ablation probes: straight steel rods from the skin into an organ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .patient import BONE_HU, Patient
from .projection import add_streaks
from .shapes import Change, SurfaceWaves, blob, bounding_box, fill, paint, rod, rod_box, rotation

STEEL_HU = 3000.0
OUTSIDE_MM = 15.0
"""How much of the shaft is seen in the air before the skin."""

NEEDLE = {1: (1.5, (60, 85), 0.0), 2: (2.0, (70, 110), 35.0), 3: (2.5, (85, 130), 70.0)}
"""By level: diameter (mm), length (mm), strongest streaks (HU)."""

PROBE = {1: (2.4, 1, 8.0, 45.0), 2: (2.8, 2, 11.0, 90.0), 3: (3.2, 3, 15.0, 150.0)}
"""By level: diameter (mm), number of probes, radius of the ablated zone (mm), strongest streaks (HU)."""

MOST_TILT = np.radians(5.0)
FARTHEST_MM = 140.0


@dataclass
class NeedleTrack:
    """A straight way in: ``tip`` and ``skin`` in mm, ``direction`` the unit vector from tip to skin."""

    tip: np.ndarray
    skin: np.ndarray
    direction: np.ndarray

    @property
    def inside(self) -> float:
        """Millimetres between skin and tip."""
        return float(np.linalg.norm(self.skin - self.tip))


def needle(patient: Patient) -> Change:
    """A biopsy needle, 1.5 to 2.5 mm thick and 60 to 140 mm long, nearly in the slice's plane, its tip in an organ."""
    diameter, (shortest, longest), streak_hu = NEEDLE[patient.level]
    wanted = patient.shape_rng.uniform(shortest, longest)
    track = plan_track(patient, wanted - OUTSIDE_MM)
    hub = track.skin + OUTSIDE_MM * track.direction
    hu = patient.hu.copy()
    painted = fill(patient, rod(track.tip, hub, diameter / 2), *rod_box(track.tip, hub, diameter / 2), diameter / 2)
    mask = paint(hu, painted, STEEL_HU)
    streaks = add_streaks(patient, hu, painted.in_stack(hu.shape), streak_hu) if streak_hu else None
    length = track.inside + OUTSIDE_MM
    text = f"needle {diameter:.1f} mm thick, {length:.0f} mm long, its tip {track.inside:.0f} mm from the skin"
    return Change(hu, mask, text, track.tip, streaks)


def probe(patient: Patient) -> Change:
    """One to three parallel ablation probes with streaks, an ablated dark zone and gas at the tip."""
    diameter, count, radius, streak_hu = PROBE[patient.level]
    rng = patient.shape_rng
    wanted = rng.uniform(80, 120)
    turn, waves, gas_waves = rotation(rng), SurfaceWaves(rng, 1.6 * radius), SurfaceWaves(rng, 7.0)
    track = plan_track(patient, wanted)
    across = np.cross(track.direction, [1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)

    hu = patient.hu.copy()
    heart = track.tip + 0.5 * radius * track.direction
    zone = blob(heart, radius * np.array([1.25, 1.0, 0.9]), turn, waves, 0.10)
    zone_fill = fill(patient, zone, *bounding_box(heart, 2 * radius), 3.0)
    tissue = patient.tissue_hu(heart, 20.0)
    mask = paint(hu, zone_fill, tissue - 45 + patient.noise(zone_fill.coverage.shape))

    def gas(points: np.ndarray) -> np.ndarray:
        # Small bubbles: the tops of a smooth field, inside the zone's core only.
        return np.maximum(zone(points) + 0.4 * radius, 2.0 * (1.5 - gas_waves(points)))

    mask |= paint(hu, fill(patient, gas, *bounding_box(heart, 1.5 * radius), 1.5), -700.0)

    metal = np.zeros(hu.shape, dtype=np.float32)
    for n in range(count):
        aside = (n - (count - 1) / 2) * 9.0 * across
        tip, hub = track.tip + aside, track.skin + aside + OUTSIDE_MM * track.direction
        painted = fill(patient, rod(tip, hub, diameter / 2), *rod_box(tip, hub, diameter / 2), diameter / 2)
        mask |= paint(hu, painted, STEEL_HU)
        metal[painted.box] = np.maximum(metal[painted.box], painted.coverage)
    streaks = add_streaks(patient, hu, metal, streak_hu)
    probes = "1 ablation probe" if count == 1 else f"{count} parallel ablation probes"
    text = f"{probes}, {diameter:.1f} mm thick, {track.inside:.0f} mm deep, ablated zone {2 * radius:.0f} mm across"
    return Change(hu, mask, text, track.tip, streaks)


def plan_track(patient: Patient, wanted: float) -> NeedleTrack:
    """The way from an organ to the skin whose length is nearest ``wanted`` mm and that meets no bone.

    Directions from the front and the sides, at most five degrees out of the slice's plane. Where nothing is free of
    bone, the way with the least bone.
    """
    tip = patient.soft_place(12.0, depth=35.0)
    tilt = patient.shape_rng.uniform(-MOST_TILT, MOST_TILT)
    jitter = patient.shape_rng.uniform(-5, 5)
    # 0 is straight to the front; beyond 110 degrees the patient lies on the hub.
    around = np.radians(np.arange(-110, 111, 5) + jitter)
    steps = np.arange(0.0, FARTHEST_MM + 1, 1.5)
    shortest = max(float(patient.sample(patient.depth, tip)), 5.0)
    best: tuple[float, NeedleTrack] | None = None
    for angle in around:
        direction = np.array([np.sin(tilt), -np.cos(angle) * np.cos(tilt), np.sin(angle) * np.cos(tilt)])
        points = tip + steps[:, None] * direction
        in_body = patient.sample(patient.coarse_body.astype(np.float32), points) >= 0.5
        in_image = ((points >= 0) & (points <= (np.array(patient.hu.shape) - 1) * patient.spacing)).all(axis=1)
        inside = in_body & in_image
        # The last step in the body, so that an air-filled bowel on the way is not taken for the skin.
        deep = float(steps[np.flatnonzero(inside)[-1]]) if inside.any() else 0.0
        way = points[steps <= deep]
        bone = float((patient.sample(patient.smooth_hu, way) > BONE_HU).mean())
        gas = float((patient.sample(patient.smooth_hu, way) < -300).mean())
        cost = abs(deep - wanted) / 20 + 40 * bone + 10 * gas + 4 * (deep < 25) + 4 * (deep > FARTHEST_MM - OUTSIDE_MM)
        # Nobody enters along the skin.
        cost += 1.5 * max(0.0, deep / shortest - 1.3) + 0.5 * patient.place_rng.random()
        if best is None or cost < best[0]:
            best = (cost, NeedleTrack(tip, tip + deep * direction, direction))
    assert best is not None
    return best[1]
