"""The detector: the bent image of what is normal."""

from __future__ import annotations

from torch import Tensor

from ..restorer.detector import Restored, RestorerDetector, Told
from .network import MorphAEus
from .settings import MorphAEusSettings


class MorphAEusDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.morphaeus`."""

    settings: MorphAEusSettings
    at_128 = 32

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        network = self.model.parts["network"]
        assert isinstance(network, MorphAEus)
        return Restored(network(images).restored if self.settings.bend else network.prior(images))


DETECTOR = MorphAEusDetector
