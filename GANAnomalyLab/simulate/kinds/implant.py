"""Metal left in the body: blocks and clips, and stents."""

from __future__ import annotations

import numpy as np

from .patient import Patient
from .projection import add_streaks
from .shapes import Change, fill, paint, rotation

METAL = {1: (6.0, 25.0), 2: (11.0, 55.0), 3: (18.0, 110.0)}
"""By level: mean edge (mm) and strongest streaks (HU)."""

STENT = {1: (3.5, 35.0), 2: (5.0, 50.0), 3: (7.0, 70.0)}
"""By level: radius and length (mm)."""

METAL_HU = 3000.0
WIRE_HU = 5000.0
WIRE_MM = 0.6
CELL_MM = 5.0


def metal(patient: Patient) -> Change:
    """A block of metal with rounded edges, and the dark and bright streaks it throws; the mask is the metal alone."""
    size, streak_hu = METAL[patient.level]
    rng = patient.shape_rng
    half = 0.5 * size * rng.uniform(0.7, 1.4, 3)
    turn = rotation(rng)
    centre = patient.soft_place(8.0, depth=25.0)
    corner = 0.3 * float(half.min())

    def distance(points: np.ndarray) -> np.ndarray:
        over = np.abs((points - centre) @ turn) - (half - corner)
        outside = np.linalg.norm(np.maximum(over, 0), axis=-1)
        return outside + np.minimum(over.max(axis=-1), 0) - corner

    reach = float(np.linalg.norm(half))
    painted = fill(patient, distance, centre - reach, centre + reach, max(1.0, corner))
    hu = patient.hu.copy()
    mask = paint(hu, painted, METAL_HU)
    streaks = add_streaks(patient, hu, painted.in_stack(hu.shape), streak_hu)
    sides = " x ".join(f"{2 * side:.0f}" for side in half)
    return Change(hu, mask, f"metal block of {sides} mm with streaks", centre, streaks)


def stent(patient: Patient) -> Change:
    """A tube of braided wire along the body's axis, as in a bile duct or a vessel, with a fluid-filled lumen."""
    radius, length = STENT[patient.level]
    rng = patient.shape_rng
    lean = rng.uniform(-0.5, 0.5, 2)
    centre = patient.soft_place(radius + 4, depth=35.0)
    axis = np.array([1.0, *lean])
    axis /= np.linalg.norm(axis)
    side = np.cross(axis, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    up = np.cross(side, axis)

    def cylinder(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        offset = points - centre
        x, y, z = offset @ side, offset @ up, offset @ axis
        return np.hypot(x, y), radius * np.arctan2(y, x), z

    # A whole number of wires around makes the braid close on itself.
    wires = max(4, round(2 * np.pi * radius / CELL_MM))
    period = 2 * np.pi * radius / wires

    def braid(points: np.ndarray) -> np.ndarray:
        from_axis, around, z = cylinder(points)
        to_wire = np.full(z.shape, np.inf)
        for hand in (-1.0, 1.0):
            phase = (around + hand * z) / period
            # 45 degrees: the way across the wire is shorter than the way around by sqrt(2).
            to_wire = np.minimum(to_wire, np.abs(phase - np.round(phase)) * period / np.sqrt(2))
        wire = np.hypot(from_axis - radius, to_wire) - WIRE_MM / 2
        return np.maximum(wire, np.abs(z) - length / 2)

    def lumen(points: np.ndarray) -> np.ndarray:
        from_axis, _, z = cylinder(points)
        return np.maximum(from_axis - radius, np.abs(z) - length / 2)

    half = np.abs(axis) * length / 2 + radius + WIRE_MM
    hu = patient.hu.copy()
    inside = fill(patient, lumen, centre - half, centre + half, 2.0)
    mask = paint(hu, inside, 25.0 + patient.noise(inside.coverage.shape))
    mask |= paint(hu, fill(patient, braid, centre - half, centre + half, WIRE_MM), WIRE_HU)
    return Change(hu, mask, f"stent {2 * radius:.0f} mm wide and {length:.0f} mm long", centre)
