"""The CT as the anomalies see it: where the body and its soft tissue are, in millimetres, and how noisy it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import ndimage
from scipy.ndimage import distance_transform_edt as distance_transform

from GANAnomalyLib.errors import InputError

from ..whole_body import body_mask

COARSE_MM = 3.0
"""Places are looked for on a grid of about this spacing, so that large CTs cost no more than small ones."""

BODY_FLOOR_HU = -300.0
SOFT_HU = (-10.0, 170.0)
ORGAN_HU = (30.0, 130.0)
"""Below, soft tissue is rather bowel content, bile or urine; above, rather marrow."""

BONE_HU = 200.0
LEAST_EXTENT_MM = 40.0
LEAST_PIXELS = 16


@dataclass
class Patient:
    """One CT stack with everything a generator needs.

    All positions are (slice, row, column) in millimetres from the centre of voxel (0, 0, 0); slices run inferior to
    superior, rows anterior to posterior, columns right to left.

    Attributes
    ----------
    hu:
        (S, H, W) float32 Hounsfield units; never written to.
    spacing:
        (3,) millimetres between slices, rows and columns.
    level:
        1 subtle, 2 moderate, 3 obvious.
    shape_rng, place_rng, noise_rng:
        Separate streams, so that the same seed gives the same shape wherever it is put and however fine the grid is.
    given_body:
        (S, H, W) bool, or None to find the body from the values.
    centre:
        Where to put it, or None to choose.
    slices:
        (first, stop) allowed for the centre, or None.
    """

    hu: np.ndarray
    spacing: np.ndarray
    level: int
    shape_rng: np.random.Generator
    place_rng: np.random.Generator
    noise_rng: np.random.Generator
    given_body: np.ndarray | None = None
    centre: np.ndarray | None = None
    slices: tuple[int, int] | None = None
    steps: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = tuple(max(1, round(COARSE_MM / step)) for step in self.spacing)
        extent = self.spacing[1:] * self.hu.shape[1:]
        if extent.min() < LEAST_EXTENT_MM or min(self.hu.shape[1:]) < LEAST_PIXELS:
            raise InputError(
                f"The slices are too small for a simulated anomaly ({extent[0]:.0f} x {extent[1]:.0f} mm, "
                f"{self.hu.shape[1]} x {self.hu.shape[2]} pixels): use slices of at least {LEAST_EXTENT_MM:.0f} mm "
                f"and {LEAST_PIXELS} pixels a side."
            )
        if not (self.depth > 8).any():
            raise InputError("No body was found in this image: use a CT in Hounsfield units that shows the patient.")
        if self.centre is not None and self.sample(self.coarse_body.astype(np.float32), self.centre) < 0.5:
            raise InputError("The place asked for lies outside the body: choose a point inside the patient.")

    # The coarse grid

    @property
    def coarse_spacing(self) -> np.ndarray:
        """(3,) millimetres of the coarse grid."""
        return self.spacing * self.steps

    def coarse_mm(self, index: np.ndarray) -> np.ndarray:
        """Millimetres of coarse voxel centres, for ``index`` of shape (..., 3)."""
        return ((np.asarray(index) + 0.5) * self.steps - 0.5) * self.spacing

    def sample(self, coarse: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Linear interpolation of a coarse array at (..., 3) millimetres; beyond the edge the edge's value."""
        index = ((np.asarray(points) / self.spacing + 0.5) / self.steps - 0.5).reshape(-1, 3)
        return ndimage.map_coordinates(coarse, index.T, order=1, mode="nearest").reshape(np.shape(points)[:-1])

    def _block_mean(self, array: np.ndarray) -> np.ndarray:
        padding = [(0, -size % step) for size, step in zip(array.shape, self.steps, strict=True)]
        array = np.pad(array.astype(np.float32, copy=False), padding, mode="edge")
        shape = [n for size, step in zip(array.shape, self.steps, strict=True) for n in (size // step, step)]
        return array.reshape(shape).mean(axis=(1, 3, 5))

    @cached_property
    def coarse_hu(self) -> np.ndarray:
        """Coarse Hounsfield units."""
        return self._block_mean(self.hu)

    @cached_property
    def coarse_body(self) -> np.ndarray:
        """Coarse body mask."""
        if self.given_body is not None:
            return self._block_mean(self.given_body) >= 0.5
        return body_mask(self.coarse_hu, BODY_FLOOR_HU)

    @cached_property
    def smooth_hu(self) -> np.ndarray:
        """Coarse Hounsfield units without most of the noise."""
        return ndimage.gaussian_filter(self.coarse_hu, 3.0 / self.coarse_spacing)

    def distance_inside(self, mask: np.ndarray, wanted: np.ndarray | None = None) -> np.ndarray:
        """Millimetres to the edge of a coarse mask; the image's sides are edges too, its first and last slice not.

        ``wanted`` (bool, one a slice) may leave out slices, which are 0 then. Only what the answer depends on is looked
        at, since the transform takes most of the time of making an anomaly.
        """
        wanted = np.ones(len(mask), dtype=bool) if wanted is None else wanted
        found = np.zeros(mask.shape, dtype=np.float32)
        if not mask[wanted].any():
            return found
        slices = np.flatnonzero(wanted)
        first, stop = int(slices[0]), int(slices[-1]) + 1
        if stop - first < len(mask):
            # In its own slice an edge is so near: no slice further away can hold a nearer one.
            padded = np.pad(mask[first:stop], ((0, 0), (1, 1), (1, 1)))
            deepest = max(distance_transform(plane, self.coarse_spacing[1:]).max() for plane in padded)
            margin = int(np.ceil(deepest / self.coarse_spacing[0])) + 1
            first, stop = max(0, first - margin), min(len(mask), stop + margin)
        rows, columns = np.flatnonzero(mask.any(axis=(0, 2))), np.flatnonzero(mask.any(axis=(0, 1)))
        (r0, r1), (c0, c1) = ((int(held[0]), int(held[-1]) + 1) for held in (rows, columns))
        part = np.pad(mask[first:stop, r0:r1, c0:c1], ((0, 0), (1, 1), (1, 1)))
        found[first:stop, r0:r1, c0:c1] = distance_transform(part, self.coarse_spacing)[:, 1:-1, 1:-1]
        found[~wanted] = 0.0
        return found

    @cached_property
    def depth(self) -> np.ndarray:
        """Coarse millimetres under the skin; 0 outside the body."""
        return self.distance_inside(self.coarse_body)

    @cached_property
    def soft(self) -> np.ndarray:
        """Coarse mask of soft tissue: neither fat, gas nor bone."""
        low, high = SOFT_HU
        return self.coarse_body & (self.smooth_hu > low) & (self.smooth_hu < high) & (self.depth > 6)

    def body_in(self, box: tuple[slice, slice, slice]) -> np.ndarray:
        """The body mask in part of the full grid; ``box`` has plain starts and stops inside the stack."""
        if self.given_body is not None:
            return self.given_body[box]
        s, r, c = (
            (np.arange(part.start, part.stop) + 0.5) / step - 0.5 for part, step in zip(box, self.steps, strict=True)
        )
        plane = np.stack(np.meshgrid(r, c, indexing="ij"))
        body = np.empty((len(s), len(r), len(c)), dtype=bool)
        coarse = self.coarse_body.astype(np.float32)
        for n, height in enumerate(np.clip(s, 0, len(coarse) - 1)):
            low = int(height)
            between = coarse[low] + (height - low) * (coarse[min(low + 1, len(coarse) - 1)] - coarse[low])
            body[n] = ndimage.map_coordinates(between, plane, order=1, mode="nearest") >= 0.5
        return body

    def body_slices(self, first: int, stop: int) -> np.ndarray:
        """The body mask in whole slices."""
        return self.body_in((slice(first, stop), slice(0, self.hu.shape[1]), slice(0, self.hu.shape[2])))

    # Places

    def allowed_slices(self, margin: float = 0.0) -> np.ndarray:
        """Which coarse slices may hold the centre; unless asked for, none within ``margin`` mm of the volume's ends."""
        index = np.arange(self.coarse_hu.shape[0]) * self.steps[0]
        if self.slices is not None:
            return (index < self.slices[1]) & (index + self.steps[0] > self.slices[0])
        height = index * self.spacing[0]
        margin = min(margin, 0.3 * height[-1])
        return (height >= margin) & (height <= height[-1] - margin)

    def into_slices(self, point: np.ndarray) -> np.ndarray:
        """The same point, its slice moved into the allowed ones and onto the volume."""
        first, stop = self.slices or (0, self.hu.shape[0])
        point = np.array(point, dtype=np.float64)
        point[0] = np.clip(point[0], first * self.spacing[0], (stop - 1) * self.spacing[0])
        return point

    def front(self, share: float = 0.66) -> np.ndarray:
        """(1, h, 1) bool: the coarse rows of the front part of the body, two thirds of it by default."""
        rows = np.flatnonzero(self.coarse_body.any(axis=(0, 2)))
        return (np.arange(self.depth.shape[1]) < rows[0] + share * (rows[-1] - rows[0]))[None, :, None]

    def soft_place(self, radius: float, depth: float = 0.0) -> np.ndarray:
        """A point with about ``radius`` mm of soft tissue around it and, where possible, ``depth`` mm under the skin.

        Prefers organs, in the front two thirds of the body. Raises :class:`InputError` where the allowed
        slices hold no soft tissue.
        """
        if self.centre is not None:
            return self.centre
        allowed = self.allowed_slices(margin=radius + 12)[:, None, None]
        here = allowed.ravel()
        anywhere = self.distance_inside(self.soft, here)
        organ = self.soft & (self.smooth_hu > ORGAN_HU[0]) & (self.smooth_hu < ORGAN_HU[1])
        organs = self.distance_inside(organ, here) * (allowed & self.front() & (self.depth >= depth))
        room = organs if organs.max() > 0.5 * min(radius, anywhere.max()) else anywhere
        if room.max() <= 0:
            raise InputError("No soft tissue was found in these slices: choose slices that show organs of the patient.")
        choices = np.argwhere(room >= min(radius, 0.8 * room.max()))
        return self.into_slices(self.coarse_mm(choices[self.place_rng.integers(len(choices))]))

    def tissue_hu(self, centre: np.ndarray, radius: float) -> float:
        """Median Hounsfield units of soft tissue within ``radius`` mm, or of anything there where no soft tissue is."""
        reach = np.maximum(radius, self.coarse_spacing)
        index = np.indices(self.coarse_hu.shape, dtype=np.float32)
        offset = [(index[n] - (centre[n] / self.spacing[n] + 0.5) / self.steps[n] + 0.5) for n in range(3)]
        near = sum((o * self.coarse_spacing[n] / reach[n]) ** 2 for n, o in enumerate(offset)) <= 1.0
        chosen = near & self.soft if (near & self.soft).any() else near
        return float(np.median(self.smooth_hu[chosen]))

    # Noise

    @cached_property
    def noise_sigma(self) -> float:
        """Standard deviation of the noise (HU), from what a small blur takes away in the smoothest soft tissue."""
        picked = np.unique(np.linspace(0, self.hu.shape[0] - 1, 12).round().astype(int))
        planes = self.hu[picked]
        blurred = ndimage.gaussian_filter(planes, (0, 1, 1))
        local = np.sqrt(np.maximum(ndimage.uniform_filter((planes - blurred) ** 2, (0, 7, 7)), 0))
        low, high = SOFT_HU
        local = local[(blurred > low) & (blurred < high)]
        if local.size < 100:
            return 8.0
        # Most places hold edges and vessels; a blur of one pixel leaves 0.87 of the deviation of white noise.
        return float(np.clip(np.quantile(local, 0.05) / 0.87, 2.0, 40.0))

    def noise(self, shape: tuple[int, ...]) -> np.ndarray:
        """Noise like this CT's, float32 of a (s, h, w) shape: a little correlated in the plane, as kernels make it."""
        white = self.noise_rng.standard_normal(shape).astype(np.float32)
        smooth = ndimage.gaussian_filter(white, (0, 0.42, 0.42), mode="wrap")
        return smooth * (self.noise_sigma / max(float(smooth.std()), 1e-6))
