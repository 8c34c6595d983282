"""Whether two findings in smooth maps are one hill: the flank of a high one is no finding of its own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from .findings import PatchFinding

SADDLE = 0.8
"""Between two things the score falls to less than this share of the lower one's; on the flank of one it does not."""


class Hills:
    """``maps`` are (h, w) scores of the windows of each slice, by slice; NaN where none was looked at."""

    def __init__(self, maps: Mapping[int, np.ndarray]) -> None:
        self._maps = maps

    def one(self, higher: PatchFinding, lower: PatchFinding) -> bool:
        """Whether a way leads from the peak of ``lower`` to a patch of ``higher`` (or over it) without a saddle.

        Only within the box around the two: a way around outside would say little of what lies between.
        """
        members = [*higher.members, *lower.members]
        first, last = min(p.slice for p in members), max(p.slice for p in members)
        top, bottom = min(p.row for p in members), max(p.row for p in members) + 1
        left, right = min(p.col for p in members), max(p.col for p in members) + 1
        held = [self._maps.get(index) for index in range(first, last + 1)]
        shape = (bottom - top, right - left)
        box = np.stack([np.full(shape, np.nan) if m is None else m[top:bottom, left:right] for m in held])
        hills, _ = ndimage.label(box >= SADDLE * lower.score, np.ones((3, 3, 3)))
        mine = hills[lower.slice - first, lower.row - top, lower.col - left]
        return any(hills[p.slice - first, p.row - top, p.col - left] == mine for p in higher.members) if mine else False
