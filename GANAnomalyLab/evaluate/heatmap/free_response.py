"""A heatmap's highest places as free-response findings, against lesions counted in three dimensions."""

from __future__ import annotations

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

from ...statistics.froc import FrocCase
from .heatmap_cases import HeatmapPixels
from .localisation import Rectangle, centre_in, iou, mask_parts, top_patches

FINDINGS = 20
"""Places of a case that are looked at, enough for the eight false positives that curves end with."""


def numbered_lesions(pixels: HeatmapPixels) -> tuple[dict[int, list[tuple[int, Rectangle]]], int]:
    """(lesion number and rectangle of each lesion part, by slice; how many lesions there are).

    A mask's lesions are its connected parts over all slices (faces, edges or corners). Boxes that overlap in
    neighbouring slices are one lesion; boxes of one slice are lesions of their own. What does not count is no lesion.
    """
    if pixels.boxes is None:
        return _of_mask(pixels.lesion & pixels.counted)
    return _of_boxes(pixels)


def froc_case(
    pixels: HeatmapPixels, size: int, min_iou: float = 0.1, cancel: CancelToken | None = None, findings: int = FINDINGS
) -> FrocCase:
    """What the ``findings`` highest patches of ``size`` x ``size`` pixels do, false positives counted by case.

    A patch lies on a lesion when its centre is in the lesion's rectangle in its slice, or the two overlap by at least
    ``min_iou`` (0..1, intersection over union). Places no hotter than the coolest pixel are no findings.
    """
    lesions, count = numbered_lesions(pixels)
    floor = float(pixels.heat[pixels.counted].min(initial=np.inf))
    scores, hits = [], []
    for patch in top_patches(pixels, size, findings, cancel):
        if not patch.score > floor:
            continue
        square = (patch.row, patch.row + size, patch.col, patch.col + size)
        on = {number for number, part in lesions.get(patch.slice, ()) if _lies_on(square, part, min_iou)}
        scores.append(patch.score)
        hits.append(on)
    return FrocCase.of(scores, hits, count)


def _lies_on(square: Rectangle, lesion: Rectangle, min_iou: float) -> bool:
    return centre_in(square, lesion) or 0 < iou(square, lesion) >= min_iou


def _of_mask(lesion: np.ndarray) -> tuple[dict[int, list[tuple[int, Rectangle]]], int]:
    from scipy import ndimage

    labels, count = ndimage.label(lesion, np.ones((3, 3, 3)))
    out: dict[int, list[tuple[int, Rectangle]]] = {}
    for number in np.flatnonzero(lesion.any((1, 2))):
        parts = []
        for rectangle, part in mask_parts(lesion[number]):
            r0, r1, c0, c1 = rectangle
            # Parts that touch within the slice touch in the volume: all pixels of one have the same label.
            parts.append((int(labels[number, r0:r1, c0:c1][part][0]) - 1, rectangle))
        out[int(number)] = parts
    return out, int(count)


def _of_boxes(pixels: HeatmapPixels) -> tuple[dict[int, list[tuple[int, Rectangle]]], int]:
    held = []
    for box in pixels.boxes or ():
        number, (r0, r1, c0, c1) = box.slice or 0, box.pixels
        if pixels.counted[number, r0:r1, c0:c1].any():
            held.append((number, (r0, r1, c0, c1)))
    held.sort()
    group = list(range(len(held)))

    def root(n: int) -> int:
        while group[n] != n:
            n = group[n]
        return n

    for n, (number, rectangle) in enumerate(held):
        for m, (other, before) in enumerate(held[:n]):
            if number - other == 1 and iou(rectangle, before) > 0:
                group[root(n)] = root(m)
    numbers = {one: k for k, one in enumerate(sorted({root(n) for n in range(len(held))}))}
    out: dict[int, list[tuple[int, Rectangle]]] = {}
    for n, (number, rectangle) in enumerate(held):
        out.setdefault(number, []).append((numbers[root(n)], rectangle))
    return out, len(numbers)
