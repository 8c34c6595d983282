"""The networks, their optimisers, and one iteration of training."""

from __future__ import annotations

import contextlib
from typing import Any

import torch
from torch import Tensor

from GANAnomalyLib.detectors.picard.load import PicardModel
from GANAnomalyLib.detectors.picard.network.critic import Critic
from GANAnomalyLib.detectors.picard.network.dropout import draw_drop, drop_layers
from GANAnomalyLib.detectors.picard.network.generator import Inpainter
from GANAnomalyLib.running.seeded import seeded

from ..loop.task import Diverged, all_finite
from .patch_pool import Batch
from .picard_config import PicardConfig
from .picard_losses import gradient_penalty, weighted_l1


class PicardTrainer:
    """WGAN-GP training of an inpainter with a local and a global critic (Yu et al. 2018; Konz et al. 2023).

    The critics learn at every iteration, the inpainter at every ``generator_every``-th.
    """

    def __init__(self, config: PicardConfig, device: str = "cpu") -> None:
        self.config, self.device = config, torch.device(device)
        # The first weights come from the seed alone, and drawing them disturbs nobody else's random numbers.
        with seeded(config.seed):
            self.inpainter = Inpainter(config.channels, config.ngf).to(self.device)
            self.local = Critic(config.channels, config.ndf, config.hole).to(self.device)
            self.global_ = Critic(config.channels, config.ndf, config.window).to(self.device)
        betas = (config.beta1, config.beta2)
        critics = [*self.local.parameters(), *self.global_.parameters()]
        self.inpainter_optimiser = torch.optim.Adam(self.inpainter.parameters(), config.learning_rate, betas)
        self.critic_optimiser = torch.optim.Adam(critics, config.learning_rate, betas)
        self.iteration = 0

    def step(self, batch: Batch) -> dict[str, float]:
        """One iteration; returns its losses. Weights change only when all of them are finite numbers.

        ``hole_l1`` and ``coarse_hole_l1`` are plain means over the hole, on images in [-1, 1], before the update.
        """
        config = self.config
        teaches = self.iteration % config.generator_every == 0
        images, mask, weight = (self._tensor(x) for x in (batch.images, batch.mask, batch.weight))
        with contextlib.nullcontext() if teaches else torch.no_grad():
            coarse, fine = self._complete(images, mask, self._drop(len(images)))
        whole = torch.where(mask > 0, fine, images)
        log = {
            "hole_l1": _hole_l1(fine, images, mask),
            "coarse_hole_l1": _hole_l1(coarse, images, mask),
        }
        self._teach_critics(images, whole.detach(), batch, log)
        if teaches:
            self._teach_inpainter(images, mask, weight, coarse, fine, whole, batch, log)
        self.iteration += 1
        return log

    def _drop(self, count: int) -> dict[str, Tensor] | None:
        """This iteration's dropped channels; they follow from its number, so that a resumed run has the same."""
        rate = self.config.drop_rate
        if rate == 0:
            return None
        random = torch.Generator().manual_seed(((self.config.seed << 32) + self.iteration) % 2**63)
        drawn = draw_drop(drop_layers(self.inpainter), count, rate, random)
        return {name: kept.to(self.device) for name, kept in drawn.items()}

    def _complete(self, images: Tensor, mask: Tensor, drop: dict[str, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bfloat16):
            coarse, fine = self.inpainter(images * (1 - mask), mask, drop)
        return coarse.float(), fine.float()

    def _teach_critics(self, real: Tensor, fake: Tensor, batch: Batch, log: dict[str, float]) -> None:
        config = self.config
        pairs = {
            "local": (self.local, self._holes(real, batch), self._holes(fake, batch)),
            "global": (self.global_, real, fake),
        }
        total = torch.zeros((), device=self.device)
        for number, (name, (critic, good, made)) in enumerate(pairs.items()):
            critic.requires_grad_(True)
            game = critic(made).mean() - critic(good).mean()
            penalty = gradient_penalty(critic, good, made, self._tensor(batch.share[number]))
            scale = 1.0 if name == "local" else config.global_weight
            total = total + scale * game + config.penalty_weight * penalty
            log[f"{name}_critic"], log[f"{name}_penalty"] = game.item(), penalty.item()
        log["critic_loss"] = _finite("critics' loss", total)
        self.critic_optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.critic_optimiser.step()

    def _teach_inpainter(
        self,
        images: Tensor,
        mask: Tensor,
        weight: Tensor,
        coarse: Tensor,
        fine: Tensor,
        whole: Tensor,
        batch: Batch,
        log: dict[str, float],
    ) -> None:
        config = self.config
        around = 1 - mask
        hidden, seen = config.hole**2, config.window**2
        l1 = weighted_l1(fine, images, weight, hidden)
        l1 = l1 + config.coarse_weight * weighted_l1(coarse, images, weight, hidden)
        outside = weighted_l1(fine, images, around, seen)
        outside = outside + config.coarse_weight * weighted_l1(coarse, images, around, seen)
        for critic in (self.local, self.global_):
            critic.requires_grad_(False)
        fooled = -self.local(self._holes(whole, batch)).mean() - config.global_weight * self.global_(whole).mean()
        total = config.l1_weight * l1 + config.outside_weight * outside + config.adversarial_weight * fooled
        log.update(l1=l1.item(), outside=outside.item(), adversarial=fooled.item())
        log["inpainter_loss"] = _finite("inpainter's loss", total)
        self.inpainter_optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.inpainter_optimiser.step()

    @torch.no_grad()
    def complete(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Both completions of a batch, (N, C, w, w) on the CPU, in [-1, 1]."""
        coarse, fine = self._complete(self._tensor(batch.images), self._tensor(batch.mask))
        return coarse.cpu(), fine.cpu()

    def measure(self, batch: Batch) -> float:
        """The mean L1 of the fine completion in the hole, images in [-1, 1]."""
        fine = self.complete(batch)[1]
        return _hole_l1(fine, torch.from_numpy(batch.images), torch.from_numpy(batch.mask))

    def healthy(self) -> bool:
        """Whether all weights are finite numbers."""
        return all_finite(self.inpainter, self.local, self.global_)

    def model(self) -> PicardModel:
        """The networks as a model; they are shared, not copied."""
        config = self.config
        return PicardModel(self.inpainter, self.local, self.global_, config.window, config.hole, self.iteration)

    def state(self) -> dict[str, Any]:
        """What the networks' own files do not hold."""
        return {
            "iteration": self.iteration,
            "inpainter_optimiser": self.inpainter_optimiser.state_dict(),
            "critic_optimiser": self.critic_optimiser.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self.inpainter_optimiser.load_state_dict(state["inpainter_optimiser"])
        self.critic_optimiser.load_state_dict(state["critic_optimiser"])
        self.iteration = int(state["iteration"])

    def _tensor(self, array: Any) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def _holes(self, images: Tensor, batch: Batch) -> Tensor:
        """(N, C, hole, hole): what the local critic sees, each hole with what its moved edges uncovered."""
        size = self.config.hole
        return torch.stack(
            [image[:, r : r + size, c : c + size] for image, (r, c) in zip(images, batch.corners.tolist(), strict=True)]
        )


def _finite(what: str, loss: Tensor) -> float:
    value = loss.item()
    if not torch.isfinite(loss):
        raise Diverged(what)
    return value


def _hole_l1(image: Tensor, truth: Tensor, mask: Tensor) -> float:
    difference = (image.detach() - truth).abs().mean(1, keepdim=True) * mask
    return (difference.sum() / mask.sum()).item()
