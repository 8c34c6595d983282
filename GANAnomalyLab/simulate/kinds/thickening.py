"""A thickened wall: of bowel or of another hollow organ, grown into the fat around it and into its gas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from GANAnomalyLib.errors import InputError

from .patient import Patient
from .shapes import MASK_COVERAGE, Change, SurfaceWaves
from .wall import inner_depth

THICKENING = {1: ((3.0, 4.0), 18.0), 2: ((5.0, 6.5), 25.0), 3: ((8.0, 10.0), 33.0)}
"""By level: millimetres by which the wall gets thicker, and how far from the middle (mm)."""

WIDEST_MM = 14.0
"""Half the width of what may be bowel: thicker soft tissue is an organ or a muscle."""

NARROWEST_MM = 4.0
CONTENT_HU = (-5.0, 95.0)
"""Wall and content of bowel; above are vessels with contrast medium."""

GAS_HU = -300.0
LARGEST_GAS_ML = 250.0
"""More gas in one piece is lung."""

BORDER_HU = -30.0
FINE_MM = 1.6
INTO_GAS = 0.5
"""Share of the growth outwards by which the wall grows into the lumen's gas."""


def thickening(patient: Patient) -> Change:
    """A wall that is 3 to 10 mm thicker over some centimetres of bowel or of another hollow organ."""
    (least, most), reach = THICKENING[patient.level]
    rng = patient.shape_rng
    grown = rng.uniform(least, most)
    uneven, mottle = SurfaceWaves(rng, 20.0), SurfaceWaves(rng, 7.0)
    tubes = _tubes(patient)
    centre = _place(patient, tubes, reach)
    tissue = float(np.clip(patient.tissue_hu(centre, 12.0), 20.0, 80.0))

    grid = FineGrid.around(patient, centre, reach + most + 3)
    points = grid.points()
    fine = grid.interpolated(patient.hu[grid.box])
    # Where the border runs must not depend on noise, and gas must not pull it into the wall.
    calm = np.clip(patient.hu[grid.box], -150, 60)
    border = grid.interpolated(ndimage.gaussian_filter(calm, 1.2 / patient.spacing)) > BORDER_HU
    wall = border & (patient.sample(tubes.astype(np.float32), points) > 0.3)
    offset = points - centre
    away = np.linalg.norm(offset, axis=-1) / reach
    thick = grown * np.clip(1.6 * (1 - away**3), 0, 1) * (1 + 0.2 * np.clip(uneven(offset), -2, 2))
    thick[away >= 1] = 0.0
    thick = np.where(fine < GAS_HU, INTO_GAS * thick, thick)
    if not wall.any():
        raise InputError("No wall was found at this place: choose a place beside soft tissue.")
    from_wall = ndimage.distance_transform_edt(~wall, grid.step)
    new = (from_wall < thick) & (fine < BORDER_HU) & grid.interpolated(patient.body_in(grid.box)).astype(bool)
    # The old border's own ramp is filled too, or a dark line would stay between the old wall and the new one.
    inside = ndimage.distance_transform_edt(border, grid.step) < 3.0
    seam = ndimage.binary_dilation(new, iterations=3) & border & inside
    aim = tissue + 5.0 * mottle(offset)
    step = np.where(new | seam, np.maximum(aim - fine, 0), 0)

    coverage = grid.back(new.astype(np.float32))
    hu = patient.hu.copy()
    hu[grid.box] += grid.back(step) + coverage * patient.noise(coverage.shape)
    mask = np.zeros(hu.shape, dtype=bool)
    mask[grid.box] = coverage >= MASK_COVERAGE
    return Change(hu, mask, f"wall thickened by {grown:.0f} mm over {2 * reach:.0f} mm", centre)


def _tubes(patient: Patient) -> np.ndarray:
    """Coarse mask of soft tissue inside the body wall that is too thin for an organ: bowel, bladder's wall, vessels.

    At a place that was asked for, any soft tissue.
    """
    soft = patient.coarse_body & (patient.smooth_hu > BORDER_HU) & (patient.smooth_hu < 200)
    if patient.centre is not None:
        return soft
    depth = patient.distance_inside(soft)
    organs = patient.distance_inside(~(depth > WIDEST_MM)) if (depth > WIDEST_MM).any() else None
    thick = np.zeros_like(soft) if organs is None else organs < WIDEST_MM + 2
    return soft & ~thick & (inner_depth(patient) > 12)


def _place(patient: Patient, tubes: np.ndarray, reach: float) -> np.ndarray:
    """The middle of a piece of bowel: beside gas or in a tube of soft tissue, with fat around to grow into.

    Raises :class:`InputError` where the allowed slices hold none.
    """
    if patient.centre is not None:
        return patient.centre
    hu, spacing = patient.smooth_hu, patient.coarse_spacing
    fat = ((hu < -50) & (hu > -160) & patient.coarse_body).astype(np.float32)
    fat_near = ndimage.gaussian_filter(fat, 7.0 / spacing)
    wide = patient.distance_inside(tubes)
    content = tubes & (hu > CONTENT_HU[0]) & (hu < CONTENT_HU[1])
    near_gas = ndimage.gaussian_filter(_lumens(patient).astype(np.float32), 5.0 / spacing) > 0.08
    allowed = patient.allowed_slices(margin=reach)[:, None, None]
    # Further back lie the kidneys, which are as thin where their sinus is; gas is in bowel only.
    loops = content & (wide >= NARROWEST_MM) & patient.front(0.5)
    for sought, fat_least in ((near_gas & content, 0.2), (loops, 0.2), (tubes & patient.front(), 0.05)):
        room = fat_near * (sought & allowed)
        if room.max() > fat_least:
            choices = np.argwhere(room >= max(fat_least, 0.7 * room.max()))
            return patient.into_slices(patient.coarse_mm(choices[patient.place_rng.integers(len(choices))]))
    raise InputError("No bowel was found in these slices: choose slices that show the abdomen or the pelvis.")


def _lumens(patient: Patient) -> np.ndarray:
    """Coarse mask of gas inside the body, without the lungs."""
    labels, count = ndimage.label((patient.coarse_hu < GAS_HU) & patient.coarse_body & (patient.depth > 15))
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * float(np.prod(patient.coarse_spacing)) / 1000
    sizes[0] = np.inf
    held: np.ndarray = (sizes <= LARGEST_GAS_ML)[labels]
    return held


@dataclass
class FineGrid:
    """Part of a stack on a grid of about a millimetre that divides its voxels: ``parts`` a voxel along each axis."""

    box: tuple[slice, slice, slice]
    parts: tuple[int, int, int]
    spacing: np.ndarray

    @classmethod
    def around(cls, patient: Patient, centre: np.ndarray, reach: float) -> FineGrid:
        """A cube reaching ``reach`` mm from a point."""
        first = np.clip(np.floor((centre - reach) / patient.spacing).astype(int), 0, None)
        stop = np.minimum(np.ceil((centre + reach) / patient.spacing).astype(int) + 1, patient.hu.shape)
        s, r, c = (slice(int(a), int(max(a + 1, b))) for a, b in zip(first, stop, strict=True))
        one, two, three = (max(1, int(np.ceil(step / FINE_MM))) for step in patient.spacing)
        return cls((s, r, c), (one, two, three), patient.spacing)

    @property
    def step(self) -> np.ndarray:
        """(3,) millimetres."""
        return self.spacing / self.parts

    def _places(self) -> list[np.ndarray]:
        """The fine points along each axis, in voxels of the box."""
        return [(np.arange((part.stop - part.start) * n) + 0.5) / n - 0.5
                for part, n in zip(self.box, self.parts, strict=True)]  # fmt: skip

    def points(self) -> np.ndarray:
        """(s, h, w, 3) millimetres."""
        axes = [(part.start + place) * step
                for part, place, step in zip(self.box, self._places(), self.spacing, strict=True)]  # fmt: skip
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)

    def interpolated(self, array: np.ndarray) -> np.ndarray:
        """Linear interpolation of the box's voxels; of a mask, the nearest."""
        order = 0 if array.dtype == bool else 1
        grid = np.meshgrid(*self._places(), indexing="ij")
        return ndimage.map_coordinates(array, grid, order=order, mode="nearest")

    def back(self, fine: np.ndarray) -> np.ndarray:
        """Means over the box's voxels, float32."""
        shape = [n for part, fold in zip(self.box, self.parts, strict=True) for n in (part.stop - part.start, fold)]
        mean: np.ndarray = fine.reshape(shape).mean(axis=(1, 3, 5), dtype=np.float64).astype(np.float32)
        return mean
