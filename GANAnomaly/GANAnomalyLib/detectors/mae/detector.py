"""The detector: what is predicted for each patch where it is hidden."""

from __future__ import annotations

from torch import Tensor

from ..restorer.alone import each_alone
from ..restorer.detector import Restored, RestorerDetector, Told
from .architecture import MaeArchitecture
from .maskings import complementary, independent, restored
from .network import MaskedAutoencoder
from .settings import MaeSettings

PUBLISHED_MASKINGS = 30


class MaeDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.mae`."""

    settings: MaeSettings

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`. All slices have the same maskings, so that neighbours differ by content."""
        network = self.model.parts["network"]
        assert isinstance(network, MaskedAutoencoder)
        patches, seed = network.patches, self.options.seed
        groups = MaeArchitecture.of(self.model.card).groups
        if self.options.mode == "reference":
            maskings = independent(patches, groups, PUBLISHED_MASKINGS, seed)
        else:
            maskings = complementary(patches, groups, self.settings.rounds, seed)
        return Restored(each_alone(lambda some: restored(network, some, maskings, self.check), images, told))


DETECTOR = MaeDetector
