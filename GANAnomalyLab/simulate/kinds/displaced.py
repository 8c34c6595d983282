"""A displaced organ: part of the body pushed aside smoothly, as by a mass that is not seen itself."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from GANAnomalyLib.errors import InputError

from .patient import Patient
from .shapes import Change, bounding_box
from .wall import WALL_MM, inner_depth

DISPLACED = {1: (6.0, 9.0), 2: (10.0, 14.0), 3: (16.0, 20.0)}
"""By level: the largest displacement (mm)."""

REACH, LEAST_REACH_MM = 3.0, 26.0
"""The field ends so many times its largest displacement from its middle, and not before so many mm: no folds."""

OF_ROOM = 0.75
"""Bone and the body's wall stay in place: nothing moves further than this share of its distance to them."""

BONE_FROM_HU, CLOSED_STEPS = 160.0, 4

MASK_SHARE = 1 / 3
MASK_HU = 20.0
CALM_MM = 2.0
"""A voxel belongs to the mask where it is moved by this share of the largest displacement asked for, or more, and
where, noise smoothed away, its value changes by this or more."""


def displaced(patient: Patient) -> Change:
    """An organ or part of one moved by 6 to 20 mm at most, smoothly; bone and the body's wall stay in place."""
    moved = patient.shape_rng.uniform(*DISPLACED[patient.level])
    angle, lean = patient.shape_rng.uniform(0, 2 * np.pi), patient.shape_rng.uniform(-0.35, 0.35)
    way = np.array([lean, np.sin(angle), np.cos(angle)])
    way /= np.linalg.norm(way)
    reach = max(LEAST_REACH_MM, REACH * moved)
    room = _room(patient)
    centre = _place(patient, room, way, moved)

    low, high = bounding_box(centre, reach)
    first = np.clip(np.floor(low / patient.spacing).astype(int), 0, None)
    stop = np.minimum(np.ceil(high / patient.spacing).astype(int) + 1, patient.hu.shape)
    box = tuple(slice(int(a), int(max(a + 1, b))) for a, b in zip(first, stop, strict=True))
    axes = [np.arange(s.start, s.stop) * step for s, step in zip(box, patient.spacing, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    away = np.linalg.norm(points - centre, axis=-1) / reach
    share = np.where(away < 1, (1 - np.minimum(away, 1) ** 2) ** 2, 0.0)
    share = np.minimum(share, OF_ROOM * patient.sample(room, points) / moved)
    share[share < 0.01] = 0.0
    places = np.moveaxis((points - share[..., None] * moved * way) / patient.spacing, -1, 0)

    hu = patient.hu.copy()
    touched = share > 0
    value = ndimage.map_coordinates(patient.hu, places[:, touched], order=3, mode="nearest")
    # Between voxels noise is averaged: what is lost of it is put back.
    lost = _lost(places[:, touched])
    value += patient.noise(share.shape)[touched] * lost
    hu[box][touched] = np.clip(value, patient.hu[box].min(), patient.hu[box].max())
    calm = ndimage.gaussian_filter(np.clip(patient.hu[box], -200, 300), CALM_MM / patient.spacing)
    inside = places - np.array([s.start for s in box]).reshape(3, 1, 1, 1)
    change = ndimage.map_coordinates(calm, inside, order=1, mode="nearest") - calm
    mask = np.zeros(hu.shape, dtype=bool)
    mask[box] = (share >= MASK_SHARE) & (np.abs(change) >= MASK_HU)
    return Change(hu, mask, f"organ displaced by up to {share.max() * moved:.0f} mm", centre)


def _room(patient: Patient) -> np.ndarray:
    """Coarse millimetres to bone or the body's wall; 0 in them."""
    bone = patient.coarse_body & (patient.smooth_hu > BONE_FROM_HU)
    # The marrow within is no brighter than vessels: it is what a closing of the bone around it takes in.
    bone = np.stack([ndimage.binary_closing(plane, iterations=CLOSED_STEPS) for plane in bone])
    free = patient.distance_inside(~bone) if bone.any() else np.inf
    room = np.maximum(np.minimum(inner_depth(patient) - WALL_MM, free - 3), 0)
    smooth: np.ndarray = ndimage.gaussian_filter(room, 2.0 / patient.coarse_spacing)
    return np.minimum(smooth, room)


def _place(patient: Patient, room: np.ndarray, way: np.ndarray, moved: float) -> np.ndarray:
    """An organ's edge that is free to move and whose values differ from those ahead of it: there it is seen.

    Raises :class:`InputError` where nothing in the allowed slices may move.
    """
    if patient.centre is not None:
        return patient.centre
    allowed = patient.allowed_slices(margin=2 * moved)[:, None, None]
    free = room * (patient.soft & allowed & patient.front())
    if free.max() <= 0:
        raise InputError("Nothing in these slices is free to move: choose slices that show the abdomen or the pelvis.")
    choices = np.argwhere(free >= min(moved / OF_ROOM, 0.75 * free.max()))
    picked = patient.coarse_mm(choices[patient.place_rng.integers(len(choices), size=24)])
    calm = np.clip(patient.smooth_hu, -120, 160)
    steps = np.linspace(-1.5, 1.5, 7)[:, None, None] * moved * way
    along = patient.sample(calm, picked[None] + steps)
    seen = np.abs(np.diff(along, axis=0)).sum(axis=0)
    return patient.into_slices(picked[int(np.argmax(seen))])


def _lost(places: np.ndarray) -> np.ndarray:
    """(n,) share of the noise's deviation that cubic interpolation at these places takes away, to be put back."""
    part = np.abs(places - np.rint(places))
    # Measured on white noise: half-way between two voxels a cubic spline keeps 0.76 of the variance, on one all of it.
    kept = np.prod(1 - 0.24 * (np.sin(np.pi * part) ** 2), axis=0)
    return np.sqrt(np.maximum(1 - kept, 0))
