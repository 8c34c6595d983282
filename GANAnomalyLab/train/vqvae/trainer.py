"""One step of a VQ-VAE."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..loop.loss_sums import Losses
from ..restorer.trainer import RestorerTrainer
from .settings import VqvaeTraining


class VqvaeTrainer(RestorerTrainer):
    """The mean absolute difference, and the commitment of the encoder's answers to their codes; the codebook follows
    the answers by moving averages (van den Oord et al. 2017, appendix A.1)."""

    makes = "vqvae"
    settings: VqvaeTraining

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """See :class:`Trainer`; the codebook learns without gradients."""
        return {"main": torch.optim.Adam(learning(self.networks["network"]), self.settings.learning_rate)}

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        # The codebook moves within the network: nobody may stop the step after that.
        check()
        with self.precision.compute():
            made, commitment = self.networks["network"](images)
        l1 = reconstruction(images, made)
        self.descend(l1 + commitment.float())
        return {"l1": l1, "commitment": commitment}

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`."""
        made: Tensor = self.averages["network"](images)[0]
        return made


def learning(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that learn by gradients."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def reconstruction(images: Tensor, made: Tensor) -> Tensor:
    """The mean absolute difference."""
    return (made.float() - images).abs().mean()


TASK = VqvaeTrainer
