"""Stranded fat: streaks and a haze that make fat denser, as inflammation leaves them around an organ."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from GANAnomalyLib.errors import InputError

from .patient import Patient
from .shapes import Change, SurfaceWaves, average, bounding_box
from .wall import inner_depth

STRANDING = {1: ((11, 15), 40.0), 2: ((16, 22), 60.0), 3: ((23, 30), 80.0)}
"""By level: how far the strands reach from the middle (mm) and how much denser than fat they are (HU)."""

HAZE = 0.3
"""The fat between strands gets denser by this share of it."""

MASK_SHARE, LEAST_SHARE = 0.25, 0.2
"""A voxel belongs to the mask where fat became denser by the first share of the strands' HU or more; what would become
denser by less than the second stays as it was."""

STRAND_MM = 1.1
"""Half the thickness of a strand, about."""

SHEETS_MM = (13.0, 18.0)
"""About how far apart strands lie."""

FAT_HU = (-160.0, -40.0)
"""Fat lies between; towards the ends a voxel is fat less and less."""


def stranding(patient: Patient) -> Change:
    """Fat with irregular strands 40, 60 or 80 HU denser than it, over 2 to 6 cm, and a haze between them."""
    (smallest, largest), denser = STRANDING[patient.level]
    rng = patient.shape_rng
    reach = rng.uniform(smallest, largest)
    stretch = rng.uniform(0.8, 1.2, 3)
    outline, drift = SurfaceWaves(rng, 25.0), SurfaceWaves(rng, 12.0)
    sheets = [SurfaceWaves(rng, length) for length in SHEETS_MM]
    centre = fat_place(patient, reach)

    def added(points: np.ndarray) -> np.ndarray:
        offset = points - centre
        away = np.linalg.norm(offset / stretch, axis=-1) / reach
        out = np.zeros(away.shape)
        near = away < 1.4
        offset = offset[near]
        fade = np.clip(2.2 * (1.0 - away[near] - 0.25 * np.clip(outline(offset), -1.5, 1.5)), 0, 1)
        # Where a smooth random field passes zero it leaves a thin sheet, which slices cut into curved lines.
        lines = [np.exp(-0.5 * (sheet(offset) * length / (2 * np.pi * STRAND_MM)) ** 2)
                 for sheet, length in zip(sheets, SHEETS_MM, strict=True)]  # fmt: skip
        strands = np.maximum(*lines) * np.clip(0.75 + 0.5 * drift(offset), 0.2, 1)
        out[near] = fade * (HAZE + (1 - HAZE) * strands)
        return out

    box, share = average(patient, added, *bounding_box(centre, 1.6 * reach), STRAND_MM)
    rise = denser * share * fat_share(patient, box)
    rise[rise < LEAST_SHARE * denser] = 0.0
    hu = patient.hu.copy()
    hu[box] += rise
    mask = np.zeros(hu.shape, dtype=bool)
    mask[box] = rise >= MASK_SHARE * denser
    return Change(hu, mask, f"stranded fat over {2 * reach:.0f} mm, up to {denser:.0f} HU denser", centre)


def fat_share(patient: Patient, box: tuple[slice, slice, slice]) -> np.ndarray:
    """How much of each voxel in part of the stack is fat, 0..1 by its Hounsfield units, under the skin only."""
    low, high = FAT_HU
    hu = patient.hu[box]
    share = np.clip((hu - low) / 30, 0, 1) * np.clip((high - hu) / 30, 0, 1)
    return share * patient.body_in(box)


def fat_place(patient: Patient, reach: float) -> np.ndarray:
    """A point with much fat within ``reach`` mm, inside the body wall where there is some, else under the skin.

    Raises :class:`InputError` where the allowed slices hold no fat.
    """
    if patient.centre is not None:
        return patient.centre
    low, high = FAT_HU
    fat = patient.coarse_body & (patient.smooth_hu > low) & (patient.smooth_hu < high - 10) & (patient.depth > 6)
    allowed = patient.allowed_slices(margin=reach)[:, None, None]
    # Stool holds gas, and between gas and soft tissue are voxels that only look like fat.
    gas = ndimage.gaussian_filter((patient.coarse_hu < -250).astype(np.float32), 5.0 / patient.coarse_spacing)
    inside = (inner_depth(patient) > 10) & (gas < 0.05)
    for room in (fat & inside, fat):
        around = ndimage.gaussian_filter(room.astype(np.float32), 0.5 * reach / patient.coarse_spacing)
        # In the middle of much fat nothing would be inflamed: at least a part of it borders on something else.
        around = np.minimum(around, 0.7) * (room & allowed)
        if around.max() > 0.15:
            choices = np.argwhere(around >= 0.85 * around.max())
            return patient.into_slices(patient.coarse_mm(choices[patient.place_rng.integers(len(choices))]))
    raise InputError("No fat was found in these slices: choose slices that show more of the patient's fat.")
