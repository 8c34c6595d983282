"""Steps of the GAN, then, with the GAN as it is, of the encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from GANAnomalyLib.detectors.fanogan.network import WGAN
from GANAnomalyLib.detectors.fanogan.settings import FEATURE_WEIGHT
from GANAnomalyLib.running.seeded import seeded

from ..loop.loss_sums import Losses
from ..loop.sample_sheet import sheet
from ..loop.trainer import SHOWN
from ..restorer.stages import TwoStages, held
from .losses import gradient_penalty, izi_f
from .settings import FAnoGANTraining

BETAS = (0.0, 0.9)
"""Of Adam for the GAN (Gulrajani et al. 2017, algorithm 1)."""


class FAnoGANTrainer(TwoStages):
    """First the GAN, then the encoder to it."""

    makes, first = "fanogan", "wgan"
    settings: FAnoGANTraining

    @property
    def wgan(self) -> WGAN:
        """The GAN that learns."""
        wgan = self.networks["wgan"]
        assert isinstance(wgan, WGAN)
        return wgan

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """See :class:`Trainer`: one for each network."""
        rate, wgan = self.settings.learning_rate, self.wgan
        return {
            "critic": torch.optim.Adam(wgan.discriminator.parameters(), rate, BETAS),
            "generator": torch.optim.Adam(wgan.generator.parameters(), rate, BETAS),
            "encoder": torch.optim.Adam(self.networks["encoder"].parameters(), rate),
        }

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        if self.in_first_stage(done, self.settings.gan_share):
            return self._learn_gan(images, check)
        return self._learn_encoder(images, check)

    def _learn_gan(self, images: Tensor, check: Callable[[], None]) -> Losses:
        generator, critic = self.wgan.generator, self.wgan.discriminator
        check()
        with self.precision.compute():
            made = generator(self._latents(images)).float()
            apart = critic(made.detach()).float().mean() - critic(images).float().mean()
        shares = torch.rand(len(images), 1, 1, 1, device=images.device)
        slope = gradient_penalty(critic, images, made, shares)
        self.descend(apart + self.settings.penalty * slope, "critic")
        losses = {"critic": apart, "penalty": slope}
        if (self.number + 1) % self.settings.critic_steps == 0:
            with held(critic), self.precision.compute():
                wanted = -critic(generator(self._latents(images))).float().mean()
            self.descend(wanted, "generator")
            losses["generator"] = wanted
        return losses

    def _learn_encoder(self, images: Tensor, check: Callable[[], None]) -> Losses:
        wgan = self.wgan.eval()
        check()
        with held(wgan), self.precision.compute():
            loss, apart, unlike = izi_f(images, self.networks["encoder"], wgan, self.settings.feature_weight)
        self.descend(loss, "encoder")
        return {"images": apart, "features": unlike}

    def _latents(self, images: Tensor) -> Tensor:
        return torch.randn(len(images), self.settings.latent, device=images.device)

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`."""
        wgan = self.averages["wgan"]
        assert isinstance(wgan, WGAN)
        made: Tensor = wgan.generator(self.averages["encoder"](images))
        return made

    def recommended(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        weight = self.settings.score_features
        return {FEATURE_WEIGHT: weight} if weight else {}

    def sample(self) -> None:
        """See :class:`Trainer`; before there is an encoder, what the generator makes of random latents."""
        if self.frozen:
            super().sample()
            return
        wgan = self.averages["wgan"].eval()
        assert isinstance(wgan, WGAN)
        with torch.no_grad(), seeded(self.settings.seed, self.device):
            made = wgan.generator(torch.randn(SHOWN, self.settings.latent, device=self.device))
        self.wgan.train()
        self.show(sheet(2 * made.float().cpu() - 1, SHOWN))


TASK = FAnoGANTrainer
