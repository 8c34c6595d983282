"""Virtual radiographs: attenuation summed from front to back through virtual patients, with what is known exactly.

A film of the lower spine has no finding, a surgical implant (rods and screws beside the spine), or a collapsed
vertebra. Plain on purpose: parallel rays of one energy, no scatter. The bundled CT has voxels of 3 mm, so that bone is
no finer; an implant is drawn at the film's own pixels. All films share one anatomy, as virtual patients do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import AxialStack, Volume

from .virtual_cohort import virtual_patient
from .whole_body import body_mask

FILMS_VERSION = 1
"""Raised whenever the same seed would give other pixels."""
NOTHING, IMPLANT, COLLAPSE = "No finding", "Surgical implant", "Vertebral collapse"
KINDS = (NOTHING, IMPLANT, COLLAPSE)
"""In the words of VinDr-SpineXR."""
LEAST_SIDE, MOST_SIDE, BITS = 64, 2048, 12

_WATER_PER_MM, _METAL_PER_MM = 0.02, 0.1
_SPINE_MM = 42.0
"""Half the width in which bone is taken for the spine's."""
_BONE_HU, _MARROW_HU = 140.0, 50.0


@dataclass(frozen=True)
class VirtualFilm:
    """``pixels`` (R, R) uint16 of 12 bits, bright where much is in the way; head above, right side at the left.

    ``kind`` is one of :data:`KINDS`; ``box`` (x_min, y_min, x_max, y_max) in pixels around what was put in, None
    without; ``pixel_mm`` the side of a pixel.
    """

    pixels: np.ndarray
    kind: str
    box: tuple[int, int, int, int] | None
    pixel_mm: float


@dataclass(frozen=True)
class _Sums:
    """Projections (S, W) in mm of water: of everything but the spine's bone, and of that; the spine's column by row."""

    rest: np.ndarray
    spine: np.ndarray
    middle: np.ndarray


class FilmSource:
    """A CT whose virtual patients films are taken of; read it once and take many."""

    def __init__(self, volume: Volume) -> None:
        stack = AxialStack.from_volume(volume)
        slices = np.maximum(np.asarray(stack.slices, np.float32), -1024)
        body = body_mask(slices, -300.0)
        if not body.any():
            raise InputError("No body was found in this image: films are taken of a CT in Hounsfield units.")
        rows, columns = np.flatnonzero(body.any((0, 2))), np.flatnonzero(body.any((0, 1)))
        inside = np.where(body, slices, -1024)[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        # Sums along the rows do not change when rows are joined two by two, and halve the work.
        inside = inside[:, : inside.shape[1] // 2 * 2]
        self.slices = (inside[:, ::2] + inside[:, 1::2]) / 2
        self.spacing = (stack.spacing_mm[0], 2 * stack.spacing_mm[1], stack.spacing_mm[2])

    @cached_property
    def spine_row(self) -> int:
        """The row about which the spine lies: that of the bone near the middle of the body."""
        width = self.slices.shape[2]
        near = self.slices[:, :, width // 2 - width // 8 : width // 2 + width // 8] > _BONE_HU
        weights = near.sum((0, 2)).astype(np.float64)
        return round(float(weights @ np.arange(len(weights)) / max(weights.sum(), 1)))

    def take(self, patient: int, kind: str = NOTHING, side: int = 256, shot: int = 0) -> VirtualFilm:
        """A film of a virtual patient; the same arguments give the same film.

        ``shot`` numbers films of one patient, which differ in position and exposure. Raises :class:`InputError` for
        another kind than those of :data:`KINDS`, and for sides out of range.
        """
        if kind not in KINDS:
            raise InputError(f"A virtual film has one of {', '.join(KINDS)}, not {kind!r}.")
        if not LEAST_SIDE <= side <= MOST_SIDE:
            raise InputError(f"A virtual film has {LEAST_SIDE} to {MOST_SIDE} pixels a side, not {side}.")
        sums = self._sums(patient)
        finding = np.random.default_rng([FILMS_VERSION, KINDS.index(kind), patient])
        rng = np.random.default_rng([FILMS_VERSION, 99, patient, shot])
        height, width = sums.rest.shape
        size_mm = min(height * self.spacing[0], width * self.spacing[2]) * rng.uniform(0.78, 0.9)
        grid = _Grid(sums, (self.spacing[0], self.spacing[2]), side, size_mm, rng)
        spine, box = sums.spine, None
        if kind == COLLAPSE:
            spine, box = _collapsed(sums, grid, finding)
        water = grid.sampled(sums.rest) + grid.sampled(spine)
        metal = np.zeros_like(water)
        if kind == IMPLANT:
            metal, box = _implant(sums, grid, finding)
        return VirtualFilm(_exposed(water, metal, rng), kind, box, grid.pixel_mm)

    def _sums(self, patient: int) -> _Sums:
        hu = np.clip(virtual_patient(self.slices, self.spacing, patient), -1024, 1500)
        row_mm, column_mm = self.spacing[1:]
        rows = (np.arange(hu.shape[1]) - self.spine_row) * row_mm
        columns = (np.arange(hu.shape[2]) - hu.shape[2] / 2) * column_mm
        place = (np.abs(rows) < 55)[:, None] & (np.abs(columns) < 60)
        bone = np.where(place & (hu > _BONE_HU), hu - _MARROW_HU, 0)
        seen = bone.sum(1)
        height = np.arange(len(hu))
        weight = seen.sum(1) + 1e-6
        # A straight or once bent line through the bone of each slice.
        bend = np.polyfit(height, (seen @ columns) / weight, 2, w=np.sqrt(weight))
        middle = np.polyval(bend, height)
        bone *= (np.abs(columns[None] - middle[:, None]) < _SPINE_MM)[:, None, :]
        spine = bone.sum(1) * (row_mm / 1000)
        whole = np.maximum(1 + hu / 1000, 0).sum(1) * row_mm
        return _Sums(whole - spine, spine, middle / column_mm + hu.shape[2] / 2)


class _Grid:
    """The film's pixels in a projection (S, W): where each lies, in its rows (upwards) and columns."""

    def __init__(
        self, sums: _Sums, spacing: tuple[float, float], side: int, size_mm: float, rng: np.random.Generator
    ) -> None:
        height, width = sums.rest.shape
        free = np.array([height * spacing[0] - size_mm, width * spacing[1] - size_mm])
        shift = np.array([rng.uniform(-0.4, 0.4), rng.uniform(-0.3, 0.3)]) * np.maximum(free, 0)
        self.side, self.pixel_mm, self.spacing = side, size_mm / side, spacing
        step = (np.arange(side) + 0.5) * self.pixel_mm - size_mm / 2
        self.rows = (height - 1) / 2 - (step + shift[0]) / spacing[0]
        self.columns = (width - 1) / 2 + (step + shift[1]) / spacing[1]

    def sampled(self, projection: np.ndarray) -> np.ndarray:
        """A projection at the film's pixels, (R, R)."""
        from scipy import ndimage

        places = np.meshgrid(self.rows, self.columns, indexing="ij")
        values: np.ndarray = ndimage.map_coordinates(projection, places, order=3, mode="nearest")
        return values

    def pixel_of_row(self, row: float) -> float:
        """Which of the film's rows a row of the projection lies in."""
        return (self.rows[0] - row) * self.spacing[0] / self.pixel_mm

    def pixel_of_column(self, column: float) -> float:
        """Which of the film's columns a column of the projection lies in."""
        return (column - self.columns[0]) * self.spacing[1] / self.pixel_mm

    def box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        """Whole pixels around what lies there, within the film."""
        ends = np.clip(np.round([left, top, right, bottom]), 0, self.side - 1).astype(int)
        return (int(ends[0]), int(ends[1]), int(ends[2]), int(ends[3]))

    def place(self, rng: np.random.Generator, sums: _Sums, margin: float) -> float:
        """A row of the projection that is on the film, at least a share ``margin`` from its ends."""
        share = rng.uniform(margin, 1 - margin)
        row = self.rows[-1] + share * (self.rows[0] - self.rows[-1])
        return float(np.clip(row, 0, len(sums.middle) - 1))


def _collapsed(sums: _Sums, grid: _Grid, rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """The spine's bone with one vertebra pressed together: what lies above and below moves in, mass stays."""
    step = grid.spacing[0]
    centre, height = grid.place(rng, sums, 0.25), rng.uniform(26, 32) / step
    left = rng.uniform(0.3, 0.5)
    rows = np.arange(len(sums.spine), dtype=np.float64)
    off = rows - centre
    half = left * height / 2
    gone = (1 - left) * height / 2
    # Within, everything is spread over the whole vertebra of before; beyond, it comes back to its place bit by bit.
    beyond = np.abs(off) - half
    fade = gone * np.exp(-np.maximum(beyond, 0) / (2.2 * height))
    source = np.where(np.abs(off) <= half, off / left, np.sign(off) * (np.abs(off) + fade))
    denser = np.gradient(source)
    moved = np.stack([np.interp(centre + source, rows, column) for column in sums.spine.T], axis=1)
    moved *= np.maximum(denser, 0)[:, None]
    middle = float(np.interp(centre, rows, sums.middle))
    wide = 24 / grid.pixel_mm
    row, column = grid.pixel_of_row(centre), grid.pixel_of_column(middle)
    tall = (half * step + 3) / grid.pixel_mm
    return moved, grid.box(column - wide, row - tall, column + wide, row + tall)


def _implant(sums: _Sums, grid: _Grid, rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """Millimetres of metal (R, R): two rods along the spine, held by screws in two to four vertebrae."""
    rows = np.arange(len(sums.middle), dtype=np.float64)
    step, count = grid.spacing[0], int(rng.integers(2, 5))
    apart = rng.uniform(30, 38) / step
    length = (count - 1) * apart + 16 / step
    top = min(grid.place(rng, sums, 0.3) + length / 2, len(rows) - 1)
    radius, lateral, turn = rng.uniform(2.4, 3.2), rng.uniform(16, 22), rng.normal(0, 0.03)
    y = np.arange(grid.side)[:, None] * grid.pixel_mm
    x = np.arange(grid.side)[None, :] * grid.pixel_mm
    levels = top - 8 / step - np.arange(count) * apart
    first, last = (grid.pixel_of_row(row) * grid.pixel_mm for row in (top, top - length))
    metal = np.zeros((grid.side, grid.side))
    sides = []
    for hand in (-1, 1):
        centre = [grid.pixel_of_column(float(np.interp(row, rows, sums.middle))) * grid.pixel_mm for row in levels]
        heights = [grid.pixel_of_row(float(row)) * grid.pixel_mm for row in levels]
        slope, base = np.polyfit(heights, centre, 1)
        line = base + slope * y + hand * lateral + turn * (y - (first + last) / 2)
        inside = np.clip((np.minimum(y - first, last - y)) / grid.pixel_mm + 0.5, 0, 1)
        metal += 2 * np.sqrt(np.maximum(radius**2 - (x - line) ** 2, 0)) * inside
        for height in heights:
            at = base + slope * height + hand * lateral + turn * (height - (first + last) / 2)
            metal += _screw(x - at, y - height, hand, rng)
            sides.append(at)
    wide = 26.0
    edges = (min(sides) - wide / 2, first, max(sides) + wide / 2, last)
    left, upper, right, lower = (edge / grid.pixel_mm for edge in edges)
    return metal, grid.box(left, upper, right, lower)


def _screw(x: np.ndarray, y: np.ndarray, hand: int, rng: np.random.Generator) -> np.ndarray:
    """Millimetres of metal of a screw seen nearly from its head, which leans to the middle."""
    head = 2 * np.sqrt(np.maximum(5.5**2 - x**2 - y**2, 0))
    lean, tilt = rng.uniform(10, 16), rng.normal(0, 2)
    along = -hand * x / lean
    off = y - tilt * along
    thread = 2.8 + 0.35 * np.cos(along * lean / 2.2 * 2 * np.pi)
    shaft = 40 / lean * 2 * np.sqrt(np.maximum(thread**2 - off**2, 0)) * ((along > 0) & (along < 1))
    return head + 0.5 * shaft


def _exposed(water: np.ndarray, metal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(R, R) uint16 of 12 bits: the logarithm of what arrives, with its noise, over the range of the body."""
    from scipy import ndimage

    photons = rng.uniform(1.5e5, 6e5)
    arrived = photons * np.exp(-_WATER_PER_MM * water - _METAL_PER_MM * metal) + 1
    arrived = ndimage.gaussian_filter(arrived, 0.5)
    counted = np.maximum(arrived + rng.standard_normal(water.shape) * np.sqrt(arrived), 1.0)
    dark = -np.log(counted / photons)
    # As viewers do: some of the coarse differences are taken off, so that bone is seen beside the flanks.
    coarse = ndimage.gaussian_filter(dark, 0.08 * len(dark))
    shown = dark - rng.uniform(0.45, 0.6) * coarse
    low, high = np.quantile(shown, [0.01, 0.985])
    levels = (shown - low) / max(high - low, 1e-6) * rng.uniform(0.85, 0.97) + rng.uniform(0.0, 0.05)
    top = (1 << BITS) - 1
    return np.clip(np.rint(levels * top), 0, top).astype(np.uint16)
