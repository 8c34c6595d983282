"""The detector: what the generator makes of the encoder's latent."""

from __future__ import annotations

from torch import Tensor

from ..restorer.detector import Restored, RestorerDetector, Told
from .network import WGAN
from .settings import FAnoGANSettings


class FAnoGANDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.fanogan`."""

    settings: FAnoGANSettings
    at_128 = 32

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        wgan = self.model.parts["wgan"]
        assert isinstance(wgan, WGAN)
        return Restored(wgan.generator(self.model.parts["encoder"](images)))


DETECTOR = FAnoGANDetector
