"""The detector: what comes back from half hidden in noise."""

from __future__ import annotations

from torch import Tensor

from ..diffusion.detector import DiffusionDetector
from ..restorer.detector import Restored, Told


class AnoDdpmDetector(DiffusionDetector):
    """See :mod:`GANAnomalyLib.detectors.anoddpm`."""

    LEVEL = 250

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        return Restored(self.denoised(images, told))


DETECTOR = AnoDdpmDetector
