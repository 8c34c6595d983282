"""Scores in units of what is usual: the patch distance divided by what normals show at the same place.

Some places are always explained badly (bowel gas, the skin's edge); a raw distance keeps pointing there. The model
carries the mean patch distance of held-out normals for every window position. The slice's own median ratio is divided
out as well, so that a noisier scanner does not raise every score of its scans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError

FLOOR_SHARE = 0.5
BODY_LEVEL = 0.5


@dataclass(frozen=True)
class Calibration:
    """What normals show: ``expected`` (h, w) mean patch distance, h = R - p + 1, of one metric and patch size."""

    expected: np.ndarray

    @classmethod
    def from_normals(cls, patch_maps: np.ndarray, patch_size: int) -> Calibration:
        """From (N, h, w) patch maps of normal slices; smoothed over half a patch, since few normals are noisy."""
        from scipy import ndimage

        if patch_maps.ndim != 3 or not len(patch_maps):
            raise InputError("A calibration needs the patch maps of at least one normal slice.")
        mean = ndimage.gaussian_filter(patch_maps.mean(0, dtype=np.float64), patch_size / 2)
        return cls(mean.astype(np.float32))

    @staticmethod
    def key(metric: str, patch_size: int) -> str:
        """The name of the tensor in a model file, behind "calibration."."""
        return f"expected.{metric}.{patch_size}"

    @property
    def _typical(self) -> float:
        """The median over places where normals differ at all (air outside the body never does)."""
        seen = self.expected[self.expected > 0.05 * float(self.expected.max())]
        return float(np.median(seen)) if seen.size else 1.0

    def apply(self, patch_map: np.ndarray) -> np.ndarray:
        """A patch map (h, w) in "times what is usual here"; NaN stays NaN.

        Raises :class:`InputError` for another size than the calibration's.
        """
        if patch_map.shape != self.expected.shape:
            raise InputError(f"The calibration is for maps of {self.expected.shape}, not {patch_map.shape}.")
        # The floor keeps places that are all but perfect in normals (air) from blowing noise up.
        ratio = patch_map / (self.expected + FLOOR_SHARE * self._typical)
        inside = ratio[(self.expected > BODY_LEVEL * self._typical) & np.isfinite(ratio)]
        own = float(np.median(inside)) if inside.size else 0.0
        # A slice that is explained perfectly has no level of its own to divide by.
        usual = self._usual
        return ratio / usual / max(own / usual, 0.5)

    @property
    def _usual(self) -> float:
        """The median ratio that an average normal slice has."""
        inside = self.expected > BODY_LEVEL * self._typical
        floor = FLOOR_SHARE * self._typical
        return float(np.median(self.expected[inside] / (self.expected[inside] + floor))) if inside.any() else 1.0
