"""Steps of the reversed autoencoder, then, with it as it is, of the inpainter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from GANAnomalyLib.detectors.phanes.coarse_residual import looked_at
from GANAnomalyLib.detectors.phanes.detector import filled
from GANAnomalyLib.detectors.phanes.hole_masks import PERCENTILE, mask_of
from GANAnomalyLib.detectors.phanes.inpainter import Discriminator
from GANAnomalyLib.detectors.restorer.mask_threshold import NAME
from GANAnomalyLib.detectors.stylegan2.features import VGG16Features

from ..loop.loss_sums import Losses
from ..loop.trainer import SHOWN
from ..ra.trainer import RaTrainer
from ..restorer.stages import TwoStages, held
from .holes import boxes
from .losses import fooled, perceptual, style, told_apart
from .settings import PhanesTraining

BETAS = (0.0, 0.9)
"""Of Adam for inpainter and discriminator."""
JUDGED = 24
"""Held out slices whose coarse maps give the threshold of masks."""


class PhanesTrainer(TwoStages, RaTrainer):
    """First the autoencoder, then the inpainter, on boxes and on the masks of what the autoencoder does not get right.

    ``vgg`` compares by style and look, None where there are no weights.
    """

    makes, first = "phanes", "network"
    settings: PhanesTraining
    vgg: VGG16Features | None = None

    def build(self) -> dict[str, nn.Module]:
        """See :class:`Trainer`; the discriminator only trains."""
        if self.settings.vgg is not None:
            self.vgg = VGG16Features.from_file(Path(str(self.settings.vgg))).to(self.device)
        return {**super().build(), "discriminator": Discriminator(self.images.channels, self.settings.critic_width)}

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """See :class:`Trainer`."""
        rate, own = self.settings.inpainting_rate, ("inpainter", "discriminator")
        added = {name: torch.optim.Adam(self.networks[name].parameters(), rate, BETAS) for name in own}
        return {**super().optimise(), **added}

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        if self.in_first_stage(done, self.settings.coarse_share):
            return super().learn_from(images, done, check)
        for name in ("inpainter", "discriminator"):
            for group in self.optimisers[name].param_groups:
                group["lr"] = self.settings.inpainting_rate
        return self._learn_to_fill(images, check)

    def _learn_to_fill(self, images: Tensor, check: Callable[[], None]) -> Losses:
        critic, masks = self.networks["discriminator"], self._holes(images)
        check()
        with self.precision.compute():
            made = self.networks["inpainter"](images, masks).float()
            whole = images * (1 - masks) + made * masks
            apart = told_apart(critic(whole.detach()).float(), critic(images).float(), masks)
        self.descend(apart, "discriminator")
        with held(critic), self.precision.compute():
            taken = fooled(critic(whole).float(), masks)
        losses = {"l1": (made - images).abs().mean(), "adversarial": taken, **self._looks(made, images)}
        settings = self.settings
        loss = losses["l1"] + settings.adversarial_weight * taken
        for name, weight in (("style", settings.style_weight), ("perceptual", settings.perceptual_weight)):
            if name in losses:
                loss = loss + weight * losses[name]
        self.descend(loss, "inpainter")
        return {"discriminator": apart, **losses}

    def _looks(self, made: Tensor, images: Tensor) -> dict[str, Tensor]:
        """How unlike two images look, by the weights that there are."""
        if self.vgg is not None:
            features = self.vgg.maps(255 * made), self.vgg.maps(255 * images)
            return {"style": style(*features), "perceptual": perceptual(*features)}
        if self.settings.perceptual_weight and self.perceptual is not None:
            return {"perceptual": self.perceptual.loss(made, images)}
        return {}

    @torch.no_grad()
    def _holes(self, images: Tensor) -> Tensor:
        """(n, 1, R, R): masks of the coarse maps for some of the images, boxes for the others."""
        holes = boxes(len(images), images.shape[-1], images.device)
        chosen = torch.rand(len(images), device=images.device) < self.settings.residual_share
        if chosen.any():
            holes[chosen] = mask_of(self._suspect(self.network.eval(), images[chosen]))
        return holes

    def _suspect(self, network: nn.Module, images: Tensor) -> Tensor:
        assert self.perceptual is not None
        return looked_at(network, self.perceptual, images).suspect

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`; before there is an inpainter, what the autoencoder makes."""
        if not self.frozen:
            return super().restored(images)
        masks = mask_of(self._suspect(self.averages["network"], images))
        return filled(self.averages["inpainter"](images, masks), images, masks)

    def learnt(self) -> dict[str, Any]:
        """See :class:`Task`; with what the inpainter's results were compared by."""
        stand_in = self.perceptual.name if self.perceptual is not None else "nothing"
        return {**super().learnt(), "features": "vgg16" if self.vgg is not None else stand_in}

    @torch.no_grad()
    def recommended(self) -> dict[str, Any]:
        """See :class:`Trainer`: the threshold of masks that 5% of the pixels of normals exceed, held out ones if there
        are any."""
        if not self.frozen:
            return {}
        known = self.images if self.held_out is None else self.held_out
        network = self.averages["network"].eval()
        places = np.unique(np.linspace(0, len(known) - 1, JUDGED).round().astype(int))
        maps = []
        for first in range(0, len(places), SHOWN):
            shown = torch.from_numpy(known.batch(places[first : first + SHOWN])).to(self.device)
            maps.append(self._suspect(network, (shown + 1) / 2).cpu().numpy())
        self.network.train()
        return {NAME: float(np.percentile(np.concatenate(maps), PERCENTILE, method="higher"))}


TASK = PhanesTrainer
