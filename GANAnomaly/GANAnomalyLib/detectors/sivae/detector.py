"""The detector: what the mean of a slice's latent is decoded to."""

from __future__ import annotations

from torch import Tensor

from ..restorer.detector import Restored, RestorerDetector, Told


class SivaeDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.sivae`."""

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        return Restored(self.model.parts["network"](images))


DETECTOR = SivaeDetector
