"""The detector: the mean of what a slice's latents are decoded to."""

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
        draws = 1 if self.settings.as_published else self.settings.draws
        drawn = self.noise(images.new_empty(1, max(draws, 1), network.latent))[0]
        return Restored(network.restored(images, drawn[:draws]))


DETECTOR = VaeDetector
