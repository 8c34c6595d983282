"""The detector: what the mean of a slice's latent is decoded to."""

from __future__ import annotations

from torch import Tensor

from ..restorer.detector import Restored, RestorerDetector, Told
from .network import Vae
from .settings import VaeSettings


class VaeDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.vae`."""

    settings: VaeSettings
    at_128 = 32

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        network = self.model.parts["network"]
        assert isinstance(network, Vae)
        mean, log_std = network.encode(images)
        if self.settings.as_published:
            mean = mean + log_std.exp() * self.noise(mean)
        return Restored(network.decode(mean))


DETECTOR = VaeDetector
