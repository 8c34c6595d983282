"""One step of a latent transformer, or of the VQ-VAE before it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from GANAnomalyLib.detectors.ltm.architecture import LtmArchitecture
from GANAnomalyLib.detectors.ltm.detector import restored
from GANAnomalyLib.detectors.ltm.network import begun
from GANAnomalyLib.detectors.ltm.settings import SHARE
from GANAnomalyLib.detectors.vqvae.architecture import VqvaeArchitecture

from ..loop.loss_sums import Losses
from ..restorer.trainer import RestorerTrainer
from ..vqvae.trainer import learning, reconstruction
from .first_stage import first_stage
from .settings import LtmTraining

if TYPE_CHECKING:
    from monai.networks.nets import VQVAE, DecoderOnlyTransformer


class LtmTrainer(RestorerTrainer):
    """Two stages of one run: the VQ-VAE learns as :class:`..vqvae.trainer.VqvaeTrainer` does, then stays as it is, and
    the transformer learns the cross entropy of each code after those before it (Pinaya et al. 2022, section 2.2).

    ``second`` says whether the second stage has begun; once it has it never ends, whatever becomes of the run's length.
    """

    makes = "ltm"
    settings: LtmTraining
    facts: LtmArchitecture
    second = False

    def build(self) -> dict[str, nn.Module]:
        """See :class:`RestorerTrainer`; with the VQ-VAE that is given, where one is."""
        if self.settings.vqvae is None:
            return super().build()
        given = first_stage(str(self.settings.vqvae), self.images, self.settings)
        sizes = {name: given.card.architecture[name] for name in VqvaeArchitecture.options()}
        self.settings = dataclasses.replace(self.settings, **sizes)
        networks = super().build()
        networks["vqvae"].load_state_dict(given.parts["network"].state_dict())
        self.second = True
        return networks

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """See :class:`Trainer`."""
        settings, networks = self.settings, self.networks
        return {
            "vqvae": torch.optim.Adam(learning(networks["vqvae"]), settings.vqvae_learning_rate),
            "transformer": torch.optim.Adam(networks["transformer"].parameters(), settings.learning_rate),
        }

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        check()
        if not self.second and done < self.settings.first:
            with self.precision.compute():
                made, commitment = self.networks["vqvae"](images)
            l1 = reconstruction(images, made)
            self.descend(l1 + commitment.float(), "vqvae")
            return {"l1": l1, "commitment": commitment}
        if not self.second:
            # The model's VQ-VAE is the averaged one, so its codes are what the transformer has to know.
            self.networks["vqvae"].load_state_dict(self.averages["vqvae"].state_dict())
            self.second = True
        loss = self._cross_entropy(self.networks, images)
        self.descend(loss, "transformer")
        return {"cross_entropy": loss}

    def _cross_entropy(self, networks: Mapping[str, nn.Module], images: Tensor) -> Tensor:
        """Of each code of the images after those before it, in nats."""
        vqvae, transformer = (
            cast("VQVAE", networks["vqvae"].eval()),
            cast("DecoderOnlyTransformer", networks["transformer"]),
        )
        with torch.no_grad():
            codes = vqvae.index_quantize(images).flatten(1)
        with self.precision.compute():
            logits = transformer(begun(codes, self.facts.codes))
        return functional.cross_entropy(logits.float().flatten(0, 1), codes.flatten())

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`; in the first stage what the VQ-VAE makes of them."""
        vqvae = cast("VQVAE", self.averages["vqvae"])
        if not self.second:
            made: Tensor = vqvae(images)[0]
            return made
        return restored(vqvae, cast("DecoderOnlyTransformer", self.averages["transformer"]), images, SHARE)

    def judge(self, images: Tensor) -> float:
        """See :class:`Trainer`: how unexpected the codes of held out images are."""
        return self._cross_entropy(self.averages, (images + 1) / 2).item()

    def _judge(self) -> None:
        """Training can end early in the second stage only: before, the transformer has learnt nothing."""
        if self.second:
            super()._judge()

    def state(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        return {**super().state(), "second": self.second}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See :class:`Trainer`."""
        super().load_state(state)
        self.second = bool(state["second"])


TASK = LtmTrainer
