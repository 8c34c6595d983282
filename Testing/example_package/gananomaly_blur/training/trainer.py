"""Networks, one step, and what the card says: all that a trainer gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from GANAnomalyLab.train.loop.loss_sums import Losses
from GANAnomalyLab.train.loop.trainer import Trainer

from ..network import Blur
from .settings import BlurTraining


class BlurTrainer(Trainer):
    """Learns to restore noisy normal images."""

    makes = "blur"
    settings: BlurTraining

    def build(self) -> dict[str, nn.Module]:
        return {"blur": Blur(self.images.channels, self.settings.shrink, self.settings.width)}

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        return {"main": torch.optim.Adam(self.networks["blur"].parameters(), self.settings.learning_rate)}

    def learn(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        with self.precision.compute():
            made = self.networks["blur"](images + 0.1 * torch.randn_like(images))
        loss = (made.float() - images).abs().mean()
        check()
        self.descend(loss)
        return {"l1": loss}

    def restore(self, images: Tensor) -> Tensor:
        return self.averages["blur"](images)

    def architecture(self) -> dict[str, Any]:
        return {"shrink": self.settings.shrink, "width": self.settings.width}

    def recommended(self) -> dict[str, Any]:
        return {"metric": "mse"}


TASK = BlurTrainer
