"""The scores of one slice by a detector that does its own scoring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class OwnScores:
    """One slice's scores by a detector that does its own scoring: (R, R) heat, and windows as in SliceResult."""

    heat: np.ndarray
    windows: np.ndarray

    @property
    def patch_size(self) -> int:
        """Side of a window's patch in pixels."""
        size: int = self.heat.shape[0] - self.windows.shape[0] + 1
        return size

    @classmethod
    def of(cls, heat: np.ndarray | None, windows: np.ndarray | None) -> OwnScores | None:
        """None for a detector that leaves scoring to the score room."""
        if heat is None or windows is None:
            return None
        return cls(np.asarray(heat, np.float32), np.asarray(windows, np.float32))
