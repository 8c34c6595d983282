"""Where the patient is: the body without air and, as far as possible, without the table, slice by slice.

One rule for analysis, training, benchmark and evaluation. Each slice is looked at by itself, so that it holds the same
body however much was scanned above and below it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..framings import BODY_FRAMINGS
from .framing import PlaneBox
from .measured import measured_pixels

BODY_MARGIN_MM = 6.0
LOWEST_FLOOR_HU = -300.0
"""Windows that reach further down, those for lungs, would take the air around the patient for the patient."""
THICK_MM = 20.0
"""A part of a body holds a square of this size somewhere; sheets of a table and cables do not."""
LEAST_CM2 = 20.0
"""What is less than this is no body, whatever a model was made on."""
_BESIDE = 0.25
"""Parts of at least this share of the largest are the body too: two legs."""
_CUT_MM = 30.0
"""A body that meets the edge of what was measured over more than this is cut there."""


@dataclass(frozen=True)
class Body:
    """The body in a stack of S slices.

    Attributes
    ----------
    mask: (S, H, W) bool, holes within the body filled; all False in slices that hold none.
    measured: (S, H, W) bool, what a scanner measured (:func:`measured_pixels`); None when that is everything.
    spacing: (slice, row, column) in millimetres.
    hounsfield: whether the slices are in Hounsfield units.
    """

    mask: np.ndarray
    measured: np.ndarray | None
    spacing: tuple[float, float, float]
    hounsfield: bool = True

    @cached_property
    def area_cm2(self) -> np.ndarray:
        """(S,) square centimetres of body in each slice."""
        area: np.ndarray = self.mask.sum(axis=(1, 2)) * (self.spacing[1] * self.spacing[2] / 100)
        return area

    def held(self, least_cm2: float = 0.0) -> np.ndarray:
        """(S,) bool: slices that hold a body, and of at least so many square centimetres."""
        area = self.area_cm2
        held: np.ndarray = (area > 0) & (area >= least_cm2)
        return held

    def boxes(self, each: bool = True) -> list[PlaneBox]:
        """A box around the body with a margin for every slice: its own, or with ``each`` False one for all of them.

        A slice that holds no body has the box of the nearest one that does, or the whole slice.
        """
        if not each:
            return [body_box(self.mask, BODY_MARGIN_MM, self.spacing)] * len(self.mask)
        held = np.flatnonzero(self.held())
        own = [body_box(self.mask[index : index + 1], BODY_MARGIN_MM, self.spacing) for index in range(len(self.mask))]
        return [own[held[np.argmin(np.abs(held - index))]] if held.size else box for index, box in enumerate(own)]

    @cached_property
    def cut(self) -> np.ndarray:
        """(S,) bool: the body goes on beyond the edge of the slice, or of what was measured of it."""
        step = min(self.spacing[1:])
        return np.array([self._length_cut(index) * step > _CUT_MM for index in range(len(self.mask))], bool)

    def _length_cut(self, index: int) -> int:
        body = self.mask[index]
        outside = np.pad(np.zeros(body.shape, bool) if self.measured is None else ~self.measured[index], 1)
        outside[[0, -1]] = outside[:, [0, -1]] = True
        near = outside[:-2, 1:-1] | outside[2:, 1:-1] | outside[1:-1, :-2] | outside[1:-1, 2:]
        return int(np.count_nonzero(near & body))


def boxes_of(body: Body | None, framing: str) -> list[PlaneBox] | None:
    """The part of each slice that a network of this ``framing`` sees; None for the whole slices."""
    if body is None or framing not in BODY_FRAMINGS or not body.held().any():
        return None
    return body.boxes(each=framing == "slice-body")


def find_body(
    slices_hu: np.ndarray,
    floor_hu: float,
    spacing: tuple[float, float, float],
    hounsfield: bool = True,
    above: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Body:
    """The body in slices (S, H, W) in Hounsfield units of (slice, row, column) ``spacing`` in millimetres.

    In each slice the largest part above ``floor_hu`` (usually the window's floor, but never below -300 HU) and others
    nearly as large, of what was measured; small openings in the plane first cut off sheets and thin contacts such as
    the table's. What is nowhere 2 cm thick, or smaller than 20 square centimetres, is no body. Images that are not in
    Hounsfield units (``hounsfield`` False) have the floor as it is given, and all of them counts as measured.
    ``above`` says in place of the floor what of a slice (H, W) may be body.
    """
    measured = measured_pixels(slices_hu, min(spacing[1:])) if hounsfield else None
    mask = np.zeros(slices_hu.shape, bool)
    floor = max(floor_hu, LOWEST_FLOOR_HU) if hounsfield else floor_hu
    for index, plane in enumerate(slices_hu):
        dense = plane > floor if above is None else above(plane)
        if measured is not None:
            dense &= measured[index]
        if dense.any():
            mask[index] = _body_of(dense, spacing[1:])
    return Body(mask, measured, spacing, hounsfield)


def body_box(mask: np.ndarray, margin_mm: float, spacing: tuple[float, float, float], square: bool = False) -> PlaneBox:
    """The box (r0, r1, c0, c1), ends excluded, around a mask (S, H, W) over all slices, with a margin.

    ``spacing`` is (slice, row, column) in millimetres. The box may reach beyond the slices; ``square`` widens its
    shorter side to the longer one in millimetres. An empty mask gives the whole slice.
    """
    flat = np.asarray(mask.any(axis=0))
    if not flat.any():
        return 0, mask.shape[1], 0, mask.shape[2]
    sides = []
    for axis, step in ((1, spacing[1]), (0, spacing[2])):
        hits = np.flatnonzero(flat.any(axis=axis))
        margin = round(margin_mm / step)
        sides.append((int(hits[0]) - margin, int(hits[-1]) + 1 + margin))
    if square:
        longest = max((sides[0][1] - sides[0][0]) * spacing[1], (sides[1][1] - sides[1][0]) * spacing[2])
        sides = [_widened(side, round(longest / step)) for side, step in zip(sides, spacing[1:], strict=True)]
    return (*sides[0], *sides[1])


def _widened(side: tuple[int, int], length: int) -> tuple[int, int]:
    start = side[0] - (length - (side[1] - side[0])) // 2
    return start, start + length


def _body_of(above: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """The body (H, W) in what lies above the floor in one slice; all False where that is none."""
    from scipy import ndimage  # heavy, and needed only where a body is looked for

    none = np.zeros(above.shape, bool)
    # The picture's edge counts as more of the same, so that cropped bodies stay whole.
    radius = max(1, round(min(above.shape) / 128))
    values = ndimage.minimum_filter(above.view(np.uint8), size=2 * radius + 1, mode="nearest")
    opened = ndimage.maximum_filter(values, size=2 * radius + 1, mode="nearest").astype(bool)
    labels, count = ndimage.label(opened)
    if count == 0:
        return none
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    body = np.isin(labels, np.flatnonzero(sizes >= _BESIDE * sizes.max()))
    thick = tuple(max(1, round(THICK_MM / step)) for step in pixel_mm)
    if not ndimage.minimum_filter(body.view(np.uint8), size=thick, mode="nearest").any():
        return none
    filled: np.ndarray = ndimage.binary_fill_holes(body)
    return filled if np.count_nonzero(filled) * pixel_mm[0] * pixel_mm[1] / 100 >= LEAST_CM2 else none
