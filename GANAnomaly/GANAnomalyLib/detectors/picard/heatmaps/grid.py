"""Where the windows lie, and what is in them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from ....errors import InputError
from .spans import Span


class Grid:
    """Windows over one image.

    Attributes
    ----------
    rows, columns: (rows,) and (columns,) int: upper left corners of the holes in the image.
    skipped: (rows, columns) bool: windows left out as background.
    hole_inside: the hole in the window at the network's size.
    """

    def __init__(
        self,
        image: np.ndarray,
        window: int,
        hole: int,
        stride: int,
        border: bool,
        trained: int,
    ) -> None:
        """``image`` is (C, H, W) float32 in [-1, 1]; ``trained`` the side of the network's windows.

        Raises :class:`InputError` for an image that no window, or with ``border`` no hole, fits into.
        """
        least, what = (hole, "hole") if border else (window, "window")
        height, width = image.shape[1:]
        if min(height, width) < least:
            raise InputError(
                f"The image of {width} x {height} pixels is smaller than a {what} of {least}: make the {what} smaller."
            )
        self.image, self.hole, self.window, self.trained = image, hole, window, trained
        self.before = (window - hole) // 2
        starts = [_starts(side, window, hole, stride, border) for side in (height, width)]
        self.rows, self.columns = (np.asarray(start) for start in starts)
        margin = (self.before, window - hole - self.before) if border else (0, 0)
        self._offset = margin[0] - self.before
        self._padded = torch.from_numpy(np.pad(image, ((0, 0), margin, margin), mode="reflect"))
        side = max(round(hole * trained / window), 1)
        self.hole_inside = Span((trained - side) // 2, (trained - side) // 2 + side)
        self.skipped = np.zeros((len(self.rows), len(self.columns)), bool)

    def skip_background(self, background: float, share: float) -> None:
        """Leave out the windows whose hole has at least ``share`` of pixels that are all up to ``background``."""
        empty = np.pad((self.image <= background).all(0), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        first, last = np.ix_(self.rows, self.columns), np.ix_(self.rows + self.hole, self.columns + self.hole)
        across = np.ix_(self.rows, self.columns + self.hole), np.ix_(self.rows + self.hole, self.columns)
        count = empty[last] - empty[across[0]] - empty[across[1]] + empty[first]
        self.skipped = count >= share * self.hole**2

    def windows(self, numbers: list[int]) -> torch.Tensor:
        """(N, C, trained, trained) of the windows with these numbers, counted row by row."""
        parts = []
        for number in numbers:
            row, column = divmod(number, len(self.columns))
            top, left = int(self.rows[row]) + self._offset, int(self.columns[column]) + self._offset
            parts.append(self._padded[:, top : top + self.window, left : left + self.window])
        return resized(torch.stack(parts), self.trained)


def resized(x: torch.Tensor, side: int) -> torch.Tensor:
    """(N, C, h, h) to (N, C, side, side): bilinear to enlarge, means of areas to shrink."""
    if x.shape[-1] == side:
        return x
    if x.shape[-1] > side:
        return F.interpolate(x, size=(side, side), mode="area")
    return F.interpolate(x, size=(side, side), mode="bilinear", align_corners=False)


def _starts(side: int, window: int, hole: int, stride: int, border: bool) -> list[int]:
    if not border:
        before = (window - hole) // 2
        return [start + before for start in range(0, side - window + 1, stride)]
    starts = list(range(0, side - hole + 1, stride))
    # The last hole ends at the edge, even if that is less than a stride further on.
    return starts if starts[-1] == side - hole else [*starts, side - hole]
