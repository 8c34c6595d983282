"""The detector: what a slice's codes are decoded to."""

from __future__ import annotations

from torch import Tensor

from ..restorer.alone import each_alone
from ..restorer.detector import Restored, RestorerDetector, Told
from .settings import VqvaeSettings


class VqvaeDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.vqvae`."""

    settings: VqvaeSettings

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        network = self.model.parts["network"]
        return Restored(each_alone(lambda some: network(some)[0], images, told))


DETECTOR = VqvaeDetector
