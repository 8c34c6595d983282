"""Why each finding was marked: how its patches differ from the closest normal slice, see :class:`~.results.why.Why`.

Only what a detector left unexplained is looked at, in the few patches that scored highest. The thresholds were chosen
on simulated anomalies of known kinds, see Testing/benchmarks/RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..modalities import MR, modality_code
from ..results.result import Finding
from ..results.why import Why
from ..running.progress import ProgressCallback
from ..volume.colour_channels import grey_levels
from .analysis_state import Analysis
from .score_slices import seen

PATCHES = 5
"""The finding's highest patches: the others are its surroundings."""
TOLD_HU = 15.0
"""What differs less is what any two normal slices differ by, smoothed over 3 x 3 pixels."""
ONE_SIDED = 1.5
"""So many times as much difference on one side makes it brighter or darker."""
SMOOTH, ROUGH = (-1.3, -1.0), (0.8, 0.8)
"""Texture of the slice against its other places, and the same against the reconstruction's texture, powers of two."""
REACH_MM, LEAST_MM = 20.0, 5.0
"""How far, and at least how far, something is looked for elsewhere in the reconstruction."""
ALIKE, BETTER = 0.75, 0.35
"""Correlation at the other place, and the largest share of the squared difference in place that is left there."""
BEYOND = 0.25
"""Share of the window by which the slice's values count beyond it."""
TEXTURE_HU = 2.0
"""Added to textures: there is none without noise."""
LIKE_HU = 350.0
"""An MR's values have no unit: its window counts as many as the one in which the thresholds above were chosen."""


@dataclass(frozen=True)
class SliceView:
    """One slice beside its reconstruction, both (R, R) float32 in HU (of an MR in :data:`LIKE_HU`, else grey values).

    ``shown`` is ``values`` within the window, whose ends are ``low`` and ``high``; ``counts`` (R, R) bool where the
    slice was scored; ``pixel_mm`` the side of a pixel.
    """

    values: np.ndarray
    normal: np.ndarray
    counts: np.ndarray
    low: float
    high: float
    pixel_mm: float

    @property
    def shown(self) -> np.ndarray:
        shown: np.ndarray = np.clip(self.values, self.low, self.high)
        return shown

    @property
    def difference(self) -> np.ndarray:
        """(R, R): the slice less its reconstruction, smoothed over 3 x 3 pixels.

        The slice counts beyond the window, too, but by no more than a quarter of it, and not where the reconstruction
        is at the same end: what is normal there, the model does not know.
        """
        more, margin = BEYOND * (self.high - self.low), 0.02 * (self.high - self.low)
        low = np.where(self.normal > self.low + margin, self.low - more, self.low)
        high = np.where(self.normal < self.high - margin, self.high + more, self.high)
        apart = np.where(self.counts, np.clip(self.values, low, high) - self.normal, 0)
        smoothed: np.ndarray = ndimage.uniform_filter(apart, 3)
        return smoothed


def why_of(places: Iterable[tuple[SliceView, int, int]], size: int, hounsfield: bool = True) -> Why:
    """What differs in patches of ``size`` pixels: a slice with the row and column of a patch's upper left corner each.

    ``hounsfield`` false leaves out by how much.
    """
    boxes = [(view, np.s_[row : row + size, col : col + size]) for view, row, col in places]
    differences = [view.difference[box] for view, box in boxes]
    above, below = (sum(float(np.maximum(side * d - TOLD_HU, 0).sum()) for d in differences) for side in (1, -1))
    own, against = (np.median(pair) for pair in zip(*(_texture(view, box) for view, box in boxes), strict=True))
    if own <= SMOOTH[0] and against <= SMOOTH[1]:
        return Why("smoother")
    moved = [_displaced(view, box) for view, box in boxes]
    found = [mm for mm in moved if mm is not None]
    if 2 * len(found) > len(moved):
        return Why("displaced", mm=round(float(np.median(found))))
    if max(above, below) < ONE_SIDED * min(above, below) and own >= ROUGH[0] and against >= ROUGH[1]:
        return Why("rougher")
    if above == below:
        above, below = (float(side * np.sum(differences)) for side in (1, -1))
    hu, more = _amount(boxes, differences, 1 if above >= below else -1)
    return Why("brighter" if above >= below else "darker", hu if hounsfield else None, more and hounsfield)


def _amount(
    boxes: list[tuple[SliceView, tuple[slice, slice]]], differences: list[np.ndarray], side: int
) -> tuple[int, bool]:
    """By how much the part that differs most is brighter (1) or darker (-1), and whether it may be more.

    The slice's own values count, also beyond the window; where the reconstruction is at the window's other end, the
    closest normal value may lie beyond it.
    """
    least = 0.5 * max(float((side * d).max()) for d in differences)
    far, ends = [], []
    for (view, box), difference in zip(boxes, differences, strict=True):
        most = view.counts[box] & (side * difference >= max(least, 0))
        normal = view.normal[box][most]
        far.append(side * (view.values[box][most] - normal))
        margin = 0.01 * (view.high - view.low)
        ends.append(normal <= view.low + margin if side > 0 else normal >= view.high - margin)
    values = np.concatenate(far)
    hu = max(float(np.median(values)), 0.0) if len(values) else 0.0
    step = 5 if hu < 100 else 10 if hu < 500 else 50
    return step * round(hu / step), bool(len(values)) and float(np.concatenate(ends).mean()) > 0.5


def _texture(view: SliceView, box: tuple[slice, slice]) -> tuple[float, float]:
    """How much texture the patch has, in powers of two: against the slice's other places, and that of the slice over
    that of its reconstruction, against the same at other places. 0, 0 where too little of it lies in the window."""
    shown, size = view.shown, box[0].stop - box[0].start
    margin = 0.02 * (view.high - view.low)
    inside = view.counts & (shown > view.low + margin) & (shown < view.high - margin)
    inside = ndimage.binary_erosion(inside)
    share = ndimage.uniform_filter(inside.astype(np.float32), size)
    fine = [
        ndimage.uniform_filter(np.where(inside, np.abs(image - ndimage.uniform_filter(image, 3)), 0), size)
        for image in (shown, view.normal)
    ]
    told = share > 0.25
    middle = (box[0].start + size // 2, box[1].start + size // 2)
    if not told[middle]:
        return 0.0, 0.0
    slice_has, normal_has = (np.log2(part[told] / share[told] + TEXTURE_HU) for part in fine)
    here = int(np.count_nonzero(told.ravel()[: np.ravel_multi_index(middle, told.shape)]))
    ratio = slice_has - normal_has
    return float(slice_has[here] - np.median(slice_has)), float(ratio[here] - np.median(ratio))


def _displaced(view: SliceView, box: tuple[slice, slice]) -> float | None:
    """How many millimetres away what the patch shows is found in the reconstruction; None where it is not."""
    reach = int(REACH_MM / view.pixel_mm)
    rows, cols = box
    if reach < 1 or not view.counts[box].all():
        return None
    wanted = view.shown[box]
    top, left = max(rows.start - reach, 0), max(cols.start - reach, 0)
    around = view.normal[top : rows.stop + reach, left : cols.stop + reach]
    windows = np.lib.stride_tricks.sliding_window_view(around, wanted.shape)
    square = np.square(windows - wanted).mean((2, 3))
    here = square[rows.start - top, cols.start - left]
    row, col = np.unravel_index(int(np.argmin(square)), square.shape)
    mm = view.pixel_mm * float(np.hypot(row + top - rows.start, col + left - cols.start))
    found = windows[row, col]
    if mm < LEAST_MM or square[row, col] > BETTER * here or min(found.std(), wanted.std()) < TOLD_HU:
        return None
    return mm if np.corrcoef(found.ravel(), wanted.ravel())[0, 1] >= ALIKE else None


def view_of(analysis: Analysis, index: int, unit: float = 1.0) -> SliceView:
    """A slice by its number in the volume, of an analysis whose slices are explained; values divided by ``unit``."""
    prepared, resolved = analysis.prepared, analysis.resolved
    frame, at = prepared.frames[index], prepared.indices.index(index)
    plane = prepared.stack.slices[index][None]
    low, high = resolved.floor, resolved.floor + resolved.window
    # As wide as the values are: what lies beyond the window is told, too.
    least, most = min(float(plane.min()), low), max(float(plane.max()), high)
    values = (frame.to_network(plane, most - least, (most + least) / 2)[0] + 1) / 2 * (most - least) + least
    restored = grey_levels(analysis.explained.reconstructions[at])
    normal = restored.astype(np.float32) / 255 * resolved.window + low
    region = seen(frame) if prepared.regions is None else prepared.regions[at]
    counts = np.ones(values.shape, bool) if region is None else region
    return SliceView(values / unit, normal / unit, counts, low / unit, high / unit, frame.pixel_mm)


def highest(finding: Finding) -> list[tuple[int, int, int]]:
    """The finding's highest patches: slice, row and column of each."""
    patches = sorted(finding.per_slice, key=lambda patch: -float(patch["score"]))[:PATCHES]
    return [(int(patch["slice"]), int(patch["row"]), int(patch["col"])) for patch in patches]


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Say why of every finding."""
    volume = analysis.prepared.volume
    views: dict[int, SliceView] = {}
    hounsfield = volume.meta.get("kind") != "picture" and volume.modality in ("", "CT")
    unit = analysis.resolved.window / LIKE_HU if modality_code(volume.modality) == MR else 1.0
    for finding in analysis.scored.findings:
        analysis.cancel.check()
        patches = highest(finding)
        for index in {index for index, _, _ in patches} - set(views):
            views[index] = view_of(analysis, index, unit)
        places = [(views[index], row, col) for index, row, col in patches]
        finding.why = why_of(places, analysis.scored.patch_size, hounsfield)
