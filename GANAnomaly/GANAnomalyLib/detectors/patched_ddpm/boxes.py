"""The boxes of an image, each of which is predicted from all that is around it."""

from __future__ import annotations

from torch import Tensor

Box = tuple[slice, slice]
"""Rows and columns."""


def boxes(resolution: int, side: int) -> list[Box]:
    """A grid of boxes that covers an image, row by row; the last ones of a row and a column are cut at the border."""
    ends = [slice(first, min(first + side, resolution)) for first in range(0, resolution, side)]
    return [(rows, columns) for rows in ends for columns in ends]


def put(into: Tensor, other: Tensor, box: Box) -> Tensor:
    """A copy of images (n, C, R, R) with the box of others in place."""
    copy = into.clone()
    copy[..., box[0], box[1]] = other[..., box[0], box[1]]
    return copy
