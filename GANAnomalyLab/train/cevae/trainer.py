"""One step of a context-encoding variational autoencoder."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from GANAnomalyLib.detectors.vae.network import Vae

from ..loop.loss_sums import Losses
from ..vae.losses import divergence, drawn, reconstruction
from ..vae.trainer import VaeTrainer
from .settings import CevaeTraining


class CevaeTrainer(VaeTrainer):
    """The variational term of the image, and the whole image from one with a rectangle painted over."""

    makes = "cevae"
    settings: CevaeTraining
    draws = 0

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        network = self.networks["network"]
        assert isinstance(network, Vae)
        covered = painted_over(images, self.settings.smallest, self.settings.largest)
        with self.precision.compute():
            mean, log_std = network.encode(images)
            made = network.decode(drawn(mean, log_std))
            filled = network(covered)
        likeness = reconstruction(images, made.float())
        apart = divergence(mean.float(), log_std.float(), self.settings.as_published)
        context = reconstruction(images, filled.float())
        check()
        self.descend(likeness + self.weight * apart + context)
        return {"reconstruction": likeness, "divergence": apart, "context": context}


def painted_over(images: Tensor, smallest: float, largest: float) -> Tensor:
    """Images (n, C, R, R) in [0, 1], each with one rectangle of one random grey; sides are shares of R."""
    count, size = len(images), images.shape[-1]
    sides = (smallest + (largest - smallest) * torch.rand(count, 2)) * size
    sides = sides.round().clamp(1, size)
    first = (torch.rand(count, 2) * (size - sides + 1)).floor()
    places = torch.arange(size)
    within = [(places >= first[:, axis, None]) & (places < (first + sides)[:, axis, None]) for axis in (0, 1)]
    mask = (within[0][:, None, :, None] & within[1][:, None, None, :]).to(images.device)
    grey = torch.rand(count, 1, 1, 1).to(images)
    return torch.where(mask, grey, images)


TASK = CevaeTrainer
