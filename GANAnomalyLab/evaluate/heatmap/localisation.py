"""Do the highest patches of a heatmap lie on a lesion?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.score import join_peaks, peaks_needed, slice_peaks, window_valid_map
from GANAnomalyLib.score.box_sums import box_sum

from .heatmap_cases import HeatmapPixels

MOST_PATCH = 32
_APART_IOU = 0.1
Rectangle = tuple[int, int, int, int]
"""(first row, end row, first column, end column), ends excluded."""


@dataclass(frozen=True)
class Patch:
    """A square of a slice, its upper left pixel and its side in pixels; ``score`` is its mean heat."""

    slice: int
    row: int
    col: int
    size: int
    score: float


@dataclass(frozen=True)
class Located:
    """How one case's patches meet its lesions.

    ``by_centre`` and ``by_iou``: the rank (1 is highest) of the first patch that hits, None where none does.
    ``best_iou`` is the highest intersection over union of any patch and lesion, 0..1.
    """

    patches: tuple[Patch, ...]
    by_centre: int | None
    by_iou: int | None
    best_iou: float


def default_patch_size(shape: Sequence[int]) -> int:
    """32 pixels, or a quarter of the shorter side where that is less."""
    return max(1, min(MOST_PATCH, min(shape[-2:]) // 4))


def top_patches(pixels: HeatmapPixels, size: int, top: int, cancel: CancelToken | None = None) -> list[Patch]:
    """The ``top`` places of highest mean heat, highest first, kept apart; one place in neighbouring slices is one.

    Means are over the pixels that count, in windows of ``size`` x ``size`` of which at least half do. Raises
    :class:`InputError` when the patch is larger than a slice.
    """
    if size > min(pixels.heat.shape[1:]):
        raise InputError(
            f"Patches of {size} pixels do not fit a heatmap of {pixels.heat.shape[2]} x {pixels.heat.shape[1]}: "
            "choose a smaller --patch-size."
        )
    peaks = []
    for number, (heat, counted) in enumerate(zip(pixels.heat, pixels.counted, strict=True)):
        if cancel is not None:
            cancel.check()
        if not counted.any():
            continue
        means = box_sum(np.where(counted, heat, 0).astype(np.float64), size) / np.maximum(box_sum(counted, size), 1)
        valid = window_valid_map(counted, size)
        peaks += slice_peaks(means, size, peaks_needed(top), _APART_IOU, valid, slice_index=number, min_score=-np.inf)
    findings = join_peaks(peaks, size, top)
    return [Patch(f.slice, f.row, f.col, size, float(f.score)) for f in findings]


def lesion_rectangles(pixels: HeatmapPixels) -> dict[int, list[Rectangle]]:
    """Lesions by slice: the boxes given, or boxes around the connected parts (sides or corners) of the mask.

    What of a mask does not count is no lesion, nor is a box of which no pixel counts.
    """
    out: dict[int, list[Rectangle]] = {}
    if pixels.boxes is not None:
        for box in pixels.boxes:
            number, (r0, r1, c0, c1) = box.slice or 0, box.pixels
            if pixels.counted[number, r0:r1, c0:c1].any():
                out.setdefault(number, []).append((r0, r1, c0, c1))
        return out
    seen = pixels.lesion & pixels.counted
    for number in np.flatnonzero(seen.any((1, 2))).tolist():
        out[number] = [rectangle for rectangle, _ in mask_parts(seen[number])]
    return out


def mask_parts(lesion: np.ndarray) -> list[tuple[Rectangle, np.ndarray]]:
    """The connected parts (sides or corners) of one slice's (H, W) bool mask: each one's rectangle, and the part in
    it as bool."""
    from scipy import ndimage

    labels, _ = ndimage.label(lesion, np.ones((3, 3)))
    places = ndimage.find_objects(labels)
    return [
        ((rows.start, rows.stop, columns.start, columns.stop), labels[rows, columns] == n)
        for n, (rows, columns) in enumerate(places, start=1)
    ]


def centre_in(square: Rectangle, lesion: Rectangle) -> bool:
    """Whether the middle of one rectangle lies in the other."""
    row, column = (square[0] + square[1]) / 2, (square[2] + square[3]) / 2
    return lesion[0] <= row < lesion[1] and lesion[2] <= column < lesion[3]


def iou(one: Rectangle, other: Rectangle) -> float:
    """Intersection over union (0..1) of two rectangles."""
    height = max(0, min(one[1], other[1]) - max(one[0], other[0]))
    width = max(0, min(one[3], other[3]) - max(one[2], other[2]))
    area = sum((r[1] - r[0]) * (r[3] - r[2]) for r in (one, other))
    return height * width / (area - height * width)


def locate(
    pixels: HeatmapPixels, size: int, top: int, min_iou: float = 0.1, cancel: CancelToken | None = None
) -> Located:
    """Hold the ``top`` patches against the lesions.

    A patch hits by its centre when that lies in a lesion's box of its slice, by IoU when the two overlap by at least
    ``min_iou`` (0..1, intersection over union).
    """
    lesions = lesion_rectangles(pixels)
    patches = top_patches(pixels, size, top, cancel)
    by_centre = by_iou = None
    best = 0.0
    for rank, patch in enumerate(patches, start=1):
        square = (patch.row, patch.row + size, patch.col, patch.col + size)
        for lesion in lesions.get(patch.slice, ()):
            overlap = iou(square, lesion)
            best = max(best, overlap)
            if by_iou is None and overlap > 0 and overlap >= min_iou:
                by_iou = rank
            if by_centre is None and centre_in(square, lesion):
                by_centre = rank
    return Located(tuple(patches), by_centre, by_iou, best)
