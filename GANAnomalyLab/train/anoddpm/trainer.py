"""One step of AnoDDPM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from GANAnomalyLib.detectors.anoddpm.detector import AnoDdpmDetector
from GANAnomalyLib.detectors.diffusion.architecture import UNetArchitecture
from GANAnomalyLib.detectors.diffusion.restore import descend
from GANAnomalyLib.detectors.diffusion.schedule import Schedule, way_down
from GANAnomalyLib.detectors.diffusion.unet import PART

from ..diffusion.noises import TrainingNoise
from ..loop.loss_sums import Losses
from ..restorer.trainer import RestorerTrainer
from .settings import AnoDdpmTraining

SHOWN_LOOKS = 10
"""Looks of the network for the pictures of a run."""


class AnoDdpmTrainer(RestorerTrainer):
    """The mean square of what is missed of the noise, at any step (Ho et al., equation 14)."""

    makes = "anoddpm"
    settings: AnoDdpmTraining
    facts: UNetArchitecture

    def build(self) -> dict[str, nn.Module]:
        """See :class:`RestorerTrainer`."""
        networks = super().build()
        self.schedule = Schedule("linear")
        self.noise = TrainingNoise(self.facts.noise, self.images.resolution, self.settings.seed)
        return networks

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        steps = torch.randint(self.facts.learnt, (len(images),), device=images.device)
        noise = self.noise.like(images)
        with self.precision.compute():
            found = self.networks[PART](self.schedule.noised(images, noise, steps), steps)
        loss = (found.float() - noise).square().mean()
        check()
        self.descend(loss)
        return {"mse": loss}

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`."""
        level = min(AnoDdpmDetector.LEVEL, self.facts.learnt - 1)

        def find(noisy: Tensor, step: int) -> Any:
            return self.averages[PART](noisy, torch.full((len(noisy),), step, device=noisy.device))

        noisy = self.schedule.noised(images, self.noise.like(images), level)
        return descend(find, self.schedule, noisy, way_down(level, SHOWN_LOOKS))


TASK = AnoDdpmTrainer
