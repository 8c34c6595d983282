"""One step of a masked autoencoder."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from GANAnomalyLib.detectors.mae.maskings import complementary, restored
from GANAnomalyLib.detectors.mae.network import MaskedAutoencoder, hidden, masked_error

from ..loop.loss_sums import Losses
from ..restorer.trainer import RestorerTrainer
from .settings import MaeTraining


class MaeTrainer(RestorerTrainer):
    """Each image with patches hidden at random; the error counts where they are."""

    makes = "mae"
    settings: MaeTraining

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        network = self.networks["network"]
        assert isinstance(network, MaskedAutoencoder)
        order = torch.rand(len(images), network.patches, device=images.device).argsort(1)
        shown = order[:, : network.patches // self.settings.groups]
        with self.precision.compute():
            predicted = network(images, shown)
        loss = masked_error(predicted.float(), network.cut(images), hidden(network.patches, shown))
        check()
        self.descend(loss)
        return {"mse": loss}

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`."""
        network = self.averages["network"]
        assert isinstance(network, MaskedAutoencoder)
        maskings = complementary(network.patches, self.settings.groups, 1, self.settings.seed)
        return restored(network, images, maskings)


TASK = MaeTrainer
