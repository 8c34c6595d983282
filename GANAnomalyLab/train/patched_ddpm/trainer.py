"""One step of the patched diffusion model."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from GANAnomalyLib.detectors.diffusion.architecture import STEPS
from GANAnomalyLib.detectors.diffusion.schedule import Schedule
from GANAnomalyLib.detectors.patched_ddpm.architecture import PatchedArchitecture
from GANAnomalyLib.detectors.patched_ddpm.boxes import boxes, put
from GANAnomalyLib.detectors.patched_ddpm.load import PART

from ..diffusion.noises import TrainingNoise
from ..loop.loss_sums import Losses
from ..restorer.trainer import RestorerTrainer
from .settings import PatchedDdpmTraining

SHOWN_LEVEL = 499


class PatchedDdpmTrainer(RestorerTrainer):
    """The absolute difference of images one box of which was predicted from its noisy self and all around it."""

    makes = "patched_ddpm"
    settings: PatchedDdpmTraining
    facts: PatchedArchitecture

    def build(self) -> dict[str, nn.Module]:
        """See :class:`RestorerTrainer`."""
        networks = super().build()
        self.schedule = Schedule("cosine")
        self.boxes = boxes(self.images.resolution, self.facts.box)
        self.noise = TrainingNoise(self.facts.noise, self.images.resolution, self.settings.seed)
        return networks

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        shown = 2 * images - 1
        steps = torch.randint(STEPS, (len(images),), device=images.device)
        hidden = torch.zeros_like(images[:, :1])
        for one, number in zip(hidden, torch.randint(len(self.boxes), (len(images),)).tolist(), strict=True):
            one[:, self.boxes[number][0], self.boxes[number][1]] = 1
        noisy = self.schedule.noised(shown, self.noise.like(images), steps)
        with self.precision.compute():
            found = self.networks[PART](torch.where(hidden > 0, noisy, shown), steps)
        loss = (hidden * (found.float() - shown)).abs().mean()
        check()
        self.descend(loss)
        return {"l1": loss}

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`."""
        shown = 2 * images - 1
        noisy = self.schedule.noised(shown, self.noise.like(images), SHOWN_LEVEL)
        steps = torch.full((len(images),), SHOWN_LEVEL, device=images.device)
        made = shown
        for box in self.boxes:
            made = put(made, self.averages[PART](put(shown, noisy, box), steps), box)
        return (made + 1) / 2


TASK = PatchedDdpmTrainer
