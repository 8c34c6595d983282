"""Where the patient is: the body without air and, as far as possible, without the table."""

from __future__ import annotations

import numpy as np

from .framing import PlaneBox


def body_mask(slices_hu: np.ndarray, floor_hu: float) -> np.ndarray:
    """The largest connected part above ``floor_hu``, its holes filled slice by slice.

    ``slices_hu`` is (S, H, W) in Hounsfield units, ``floor_hu`` usually the window's floor; returns (S, H, W) bool,
    all False when nothing lies above the floor. A small opening in the plane (about 1/128 of the slice, some
    millimetres) first cuts off sheets and thin contacts such as the table.
    """
    from scipy import ndimage  # heavy, and needed only where a body is looked for

    above = slices_hu > floor_hu
    if not above.any():
        return above
    radius = max(1, round(min(above.shape[1:]) / 128))
    body = _largest(_opened(above, radius))
    if not body.any():
        body = _largest(above)
    for plane in body:
        ndimage.binary_fill_holes(plane, output=plane)
    return body


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


def _opened(mask: np.ndarray, radius: int) -> np.ndarray:
    """Opening by a square in the plane; the picture's edge counts as more of the same, so cropped bodies stay whole."""
    from scipy import ndimage

    size = (1, 2 * radius + 1, 2 * radius + 1)
    values = ndimage.minimum_filter(mask.view(np.uint8), size=size, mode="nearest")
    opened: np.ndarray = ndimage.maximum_filter(values, size=size, mode="nearest").astype(bool)
    return opened


def _largest(mask: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    labels: np.ndarray
    labels, count = ndimage.label(mask)
    if count <= 1:
        body: np.ndarray = labels > 0
        return body
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    largest: np.ndarray = labels == int(np.argmax(sizes))
    return largest
