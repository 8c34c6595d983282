"""One step of a soft introspective variational autoencoder: the encoder's, then the decoder's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from GANAnomalyLib.detectors.sivae.network import SoftIntroVae

from ..loop.loss_sums import Losses
from ..restorer.trainer import RestorerTrainer
from .losses import Weights, decoder_loss, encoder_loss
from .settings import SivaeTraining

SLOWER = 0.1


class SivaeTrainer(RestorerTrainer):
    """See :mod:`.losses`; ``embedding`` is the weight of the reversed autoencoder's further term."""

    makes = "sivae"
    settings: SivaeTraining
    embedding = 0.0

    @property
    def network(self) -> SoftIntroVae:
        network = self.networks["network"]
        assert isinstance(network, SoftIntroVae)
        return network

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """See :class:`Trainer`."""
        parts: dict[str, nn.Module] = {"encoder": self.network.encoder, "decoder": self.network.decoder}
        return {name: torch.optim.Adam(part.parameters(), self.settings.learning_rate) for name, part in parts.items()}

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        self._set_pace()
        weights, network = self._weights(images), self.network
        latents = torch.randn(len(images), network.sizes.latent, device=images.device)
        check()
        with _still(network.decoder), self.precision.compute():
            loss, parts = encoder_loss(network, images, latents, weights, embedding=self.embedding)
            self.descend(loss, "encoder")
        with _still(network.encoder), self.precision.compute():
            loss_decoder, parts_decoder = decoder_loss(network, images, latents, weights)
            self.descend(loss_decoder, "decoder")
        return {"encoder": loss, "decoder": loss_decoder, **parts, **parts_decoder}

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`."""
        made: Tensor = self.averages["network"](images)
        return made

    def _weights(self, images: Tensor) -> Weights:
        names = ("reconstruction", "divergence", "negative", "again")
        scale = 1 / images[0].numel()
        return Weights(scale, **{name: getattr(self.settings, name) for name in names})

    def _set_pace(self) -> None:
        after, epochs = self.settings.slower_after, self.number * self.settings.batch / len(self.images)
        share = SLOWER if after is not None and epochs >= after else 1.0
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = share * self.settings.learning_rate


@contextmanager
def _still(part: nn.Module) -> Iterator[None]:
    """Within it a part of the network learns nothing, but lets gradients through."""
    part.requires_grad_(False)
    try:
        yield
    finally:
        part.requires_grad_(True)


TASK = SivaeTrainer
