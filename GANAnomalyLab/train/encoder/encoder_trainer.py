"""Learning to invert a frozen generator: one step, and how far it has come."""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from GANAnomalyLib.detectors.stylegan2.network.encoder import Encoder
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.running.seeded import seeded

from ..loop.ema import kept_share, move_average
from ..loop.task import Diverged, all_finite
from ..stylegan2.stylegan2_losses import reconstruction_loss
from .corrupt import corrupt
from .encoder_config import EncoderConfig

STATISTICS = 4096
"""Latents that the mean and the spread of w are taken from."""
_LEARN, _HELD_OUT, _STATISTICS = 1, 2, 3


def encoder_arguments(config: EncoderConfig, generator: Generator, widths: dict[str, Any]) -> dict[str, Any]:
    """What to build the encoder with: half of the generator's width, between bounds, where nothing else was asked for.

    ``widths`` are the generator's own arguments.
    """
    base, most = widths.get("channel_base", 8192), widths.get("channel_max", 256)
    return {
        "w_dim": generator.w_dim,
        "img_resolution": generator.img_resolution,
        "img_channels": generator.img_channels,
        "channel_base": config.channel_base or min(max(base // 2, 1024), 16384),
        "channel_max": config.channel_max or min(max(most, 32), 256),
    }


class EncoderTrainer:
    """The encoder, its average and its optimiser, beside a generator that does not change.

    Parameters
    ----------
    generator: in evaluation mode on the device; conditional ones are sampled over all classes alike.
    arguments: of :class:`~GANAnomalyLib.detectors.stylegan2.network.Encoder`.
    begin: weights to begin from; None for new ones, which explain everything by the mean w.
    bank: (M, 1, R, R) uint8 masks of what is painted over.
    """

    def __init__(
        self,
        config: EncoderConfig,
        generator: Generator,
        arguments: dict[str, Any],
        bank: Tensor | None,
        device: str = "cpu",
        begin: dict[str, Tensor] | None = None,
    ) -> None:
        self.config, self.generator, self.bank, self.device = config, generator, bank, device
        self.arguments = arguments
        with seeded(config.seed):
            encoder = Encoder(**arguments)
        w = self._latents(STATISTICS, _STATISTICS, 0)
        self.mean = w.mean(0)
        self.spread = (w - self.mean).square().mean().sqrt().clamp_min(1e-8)
        if begin is not None:
            encoder.load_state_dict(begin)
        else:
            with torch.no_grad():
                encoder.b4.out.bias.copy_(self.mean)
                encoder.b4.out.weight.mul_(0.1 * self.spread.cpu())
        self.encoder = encoder.to(device).requires_grad_(True).train()
        self.average = copy.deepcopy(self.encoder).requires_grad_(False).eval()
        self.optimiser = torch.optim.Adam(self.encoder.parameters(), config.learning_rate, (0.9, 0.99))
        self.number = 0

    def step(self, images: Tensor | None, done: float, check: Callable[[], None]) -> dict[str, float]:
        """One step; ``images`` (N, C, R, R) in [-1, 1] are the data's, ``done`` the share of the run behind it.

        ``check`` may raise to stop: the step is then not taken. Raises :class:`Diverged`.
        """
        config = self.config
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * min(done, 1.0))))
        share = config.data_share if images is not None else 0.0
        random = _random(config.seed, _LEARN, self.number)
        self.optimiser.zero_grad(set_to_none=True)
        log: dict[str, float] = {}
        if share < 1:
            w = self._latents(config.batch, _LEARN, self.number)
            # By the step's own number, so that a run that goes on draws what it would have drawn.
            noise = seeded(_seed(config.seed, _LEARN, self.number, 2), self.device)
            with torch.no_grad(), self._precision(), noise:
                shown = self._synthesise(w, "random").clamp(-1, 1)
            check()
            found, restored = self._explain(shown, random)
            check()
            latent = ((found - w) / self.spread).square().mean()
            reconstruction = reconstruction_loss(restored, shown)
            loss = config.latent_weight * latent + config.reconstruction_weight * reconstruction
            ((1 - share) * loss).backward()
            log.update(latent=latent.item(), reconstruction=reconstruction.item())
            check()
        if images is not None and share > 0:
            images = images.to(self.device)
            _, restored = self._explain(images, random)
            check()
            difference = reconstruction_loss(restored, images)
            (share * config.reconstruction_weight * difference).backward()
            log["data"] = difference.item()
            check()
        if not all(map(math.isfinite, log.values())):
            raise Diverged("loss")
        self.optimiser.step()
        self.number += 1
        self._remember()
        return log

    @torch.no_grad()
    def measure(self, images: np.ndarray | None, check: Callable[[], None]) -> dict[str, float]:
        """How well the averaged encoder does on what it never learns from.

        ``w_error``: squared error of w on the generator's held-out samples as a share of w's variance (1: no better
        than the mean w). ``sample_mse``: of their images, 8-bit grey levels squared. ``data_mse``: the same of
        ``images`` (N, C, R, R) in [-1, 1], where there are any.
        """
        w = self._latents(self.config.measured, _HELD_OUT, 0)
        errors, samples, data = [], [], []
        for part in w.split(self.config.batch):
            check()
            shown = self._synthesise(part, "none").clamp(-1, 1)
            found = self.average(shown)
            errors.append((found - part).square().mean(1))
            samples.append(_grey_mse(self._synthesise(found, "none"), shown))
        held_out = np.empty(0) if images is None else images
        for first in range(0, len(held_out), self.config.batch):
            check()
            part = torch.from_numpy(held_out[first : first + self.config.batch]).to(self.device)
            data.append(_grey_mse(self._synthesise(self.average(part), "none"), part))
        measured = {
            "w_error": float(torch.cat(errors).mean() / (w - self.mean).square().mean()),
            "sample_mse": float(torch.cat(samples).mean()),
        }
        if data:
            measured["data_mse"] = float(torch.cat(data).mean())
        return measured

    def healthy(self) -> bool:
        """Whether every weight is a number."""
        return all_finite(self.average)

    def state(self) -> dict[str, Any]:
        """All that a later process needs to take the same next steps."""
        return {
            "encoder": self.encoder.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "number": self.number,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self.encoder.load_state_dict(state["encoder"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.number = int(state["number"])

    def _explain(self, images: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """w and images found for images that are shown with patches painted over some of them."""
        shown = images
        if self.bank is not None:
            painted = corrupt(images, self.bank, random)
            chosen = torch.rand(len(images), 1, 1, 1, generator=random) < self.config.painted
            shown = torch.where(chosen.to(images.device), painted, images)
        with self._precision():
            found = self.encoder(shown).float()
            return found, self._synthesise(found, "none")

    def _synthesise(self, w: Tensor, noise: str) -> Tensor:
        ws = w[:, None].expand(-1, self.generator.num_ws, -1)
        return self.generator.synthesis(ws, noise_mode=noise).float()

    @torch.no_grad()
    def _latents(self, count: int, stream: int, number: int) -> Tensor:
        """(count, w_dim) the same for the same stream and number."""
        random, generator = _random(self.config.seed, stream, number, 1), self.generator
        z, label = torch.randn(count, generator.z_dim, generator=random), None
        if generator.c_dim:
            classes = torch.randint(generator.c_dim, (count,), generator=random)
            label = torch.eye(generator.c_dim)[classes].to(self.device)
        return generator.mapping(z.to(self.device), label)[:, 0]

    def _remember(self) -> None:
        """Average the weights, over fewer images while few were seen (as the generator's average does)."""
        seen = self.number * self.config.batch
        share = kept_share(self.config.batch, min(self.config.ema, 0.05 * seen))
        move_average(self.average, self.encoder, share)

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        if not self.config.bfloat16:
            return contextlib.nullcontext()
        return torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16)


def _random(*key: int) -> torch.Generator:
    """A source of random numbers of its own for every key."""
    return torch.Generator().manual_seed(_seed(*key))


def _seed(*key: int) -> int:
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0]) & (2**63 - 1)


def _grey_mse(found: Tensor, images: Tensor) -> Tensor:
    """(N,) mean squared differences of images in [-1, 1], in 8-bit grey levels squared."""
    return ((found.clamp(-1, 1) - images) * 127.5).square().mean((1, 2, 3))
