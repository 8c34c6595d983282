"""One step of a variational autoencoder."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from GANAnomalyLib.detectors.vae.network import Vae

from ..loop.loss_sums import Losses
from ..restorer.trainer import RestorerTrainer
from .losses import divergence, drawn, reconstruction
from .settings import VaeTraining

PUBLISHED_SIDE = 128


class VaeTrainer(RestorerTrainer):
    """Reconstruction from a random latent, and its divergence from the normal distribution."""

    makes = "vae"
    settings: VaeTraining
    draws = 8
    """Random latents whose restorations the pictures show the mean of; 0: that of the latents' mean."""

    @property
    def weight(self) -> float:
        """Of the divergence: a small image's likelihood has fewer summands, and would lose against a whole one."""
        given = self.settings.divergence
        return (self.images.resolution / PUBLISHED_SIDE) ** 2 if given is None else given

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        network = self.networks["network"]
        assert isinstance(network, Vae)
        with self.precision.compute():
            mean, log_std = network.encode(images)
            made = network.decode(drawn(mean, log_std))
        likeness = reconstruction(images, made.float())
        apart = divergence(mean.float(), log_std.float(), self.settings.as_published)
        check()
        self.descend(likeness + self.weight * apart)
        return {"reconstruction": likeness, "divergence": apart}

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`."""
        network = self.averages["network"]
        assert isinstance(network, Vae)
        return network.restored(images, torch.randn(self.draws, network.latent, device=images.device))


TASK = VaeTrainer
