"""A detector's own anomaly map scored by patches: their means, in times what normals show there if that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..models.score_units import CALIBRATED
from .box_sums import box_sum
from .calibration import Calibration
from .own_scores import OwnScores
from .patch_heat import heat_from_patches

METRIC = "map"
"""Under which a model file keeps what normals' maps show."""
PATCH_FRACTION, LEAST_PATCH = 16, 4
"""A patch is a sixteenth of the side of the model's images, the published 32 pixels of 512."""
SPARSE, HIGH, SHARE = 0.1, 0.995, 0.5
"""Where the median of what normals show is less than a tenth of what few of their places exceed, maps are zero almost
everywhere, and there is hardly anything to divide by: half of what few places exceed counts as usual everywhere."""


@dataclass(frozen=True)
class MapScores:
    """How the maps of one model become scores; ``reference`` None: as they are."""

    patch_size: int
    reference: Calibration | None = None

    @classmethod
    def of_model(cls, resolution: int, calibration: Mapping[str, np.ndarray]) -> MapScores:
        """From the arrays of a model file behind "calibration."; raises :class:`InputError` for damaged ones."""
        patch = max(resolution // PATCH_FRACTION, LEAST_PATCH)
        reference = Calibration.stored_maps(calibration, METRIC, patch)
        high = 0.0 if reference is None else float(np.quantile(reference.maps, HIGH))
        if reference is not None and float(np.median(reference.maps)) < SPARSE * high:
            reference = replace(reference, floor=SHARE * high)
        return cls(patch, reference)

    def unit(self, own: str) -> str:
        """What scores count, where maps count ``own``."""
        return own if self.reference is None else CALIBRATED

    def means(self, anomaly: np.ndarray) -> np.ndarray:
        """The mean of a map (R, R) in every patch, (R - p + 1, R - p + 1) float32."""
        return (box_sum(anomaly.astype(np.float64), self.patch_size) / self.patch_size**2).astype(np.float32)

    def scores(self, anomaly: np.ndarray, reconstruction: np.ndarray) -> OwnScores:
        """Of a map (R, R) float32 and the slice's reconstruction (R, R) uint8; heat as of any patch score."""
        windows = self.means(anomaly)
        if self.reference is not None:
            windows = self.reference.apply(windows, reconstruction).astype(np.float32)
        return OwnScores(heat_from_patches(windows, self.patch_size, anomaly.shape), windows)

    def learnt(self, means: np.ndarray, reconstructions: np.ndarray) -> dict[str, np.ndarray]:
        """What a model file keeps of normals: their :meth:`means` (M, h, w) and reconstructions (M, R, R) uint8."""
        return Calibration.from_normals(reconstructions, means, self.patch_size).tensors(METRIC, self.patch_size)
