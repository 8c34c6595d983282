"""An encoder that learns beside the generator (``--encoder joint``), for models that detect from few images.

It is shown training images with patches painted over and gives the w whose image should be the clean one: the
generator is asked for every training image, not only for images like them, and learns in an hour on a CPU what
competing with a discriminator alone does not teach it. Of the generator's own images it must find the w again, so that
both mean the same by a w. Painting in order to look past it is denoising (Vincent et al. 2008); the loss on w is
domain-guided inversion's (Zhu et al. 2020) without its discriminator.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from GANAnomalyLib.detectors.stylegan2.network.encoder import Encoder
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.running.seeded import seeded

from ..encoder.corrupt import corrupt, mask_bank, mask_count
from ..loop.ema import move_average
from ..loop.task import all_finite
from .step_draws import StepDraws
from .stylegan2_config import ResolvedConfig
from .stylegan2_losses import add_up, reconstruction_losses
from .training_networks import adam, average_share

MASKS_AT_128 = 3000
"""Patches to paint with, see :func:`mask_count`."""

_WEIGHTS, _PAINT = 0, 1

Precision = Callable[[], contextlib.AbstractContextManager[Any]]


class Joint:
    """The encoder, its average and its optimiser.

    Parameters
    ----------
    bank: (M, 1, R, R) uint8 patches, see :func:`patches`; None makes them.
    precision: the context in which networks compute.
    """

    def __init__(
        self,
        config: ResolvedConfig,
        device: torch.device,
        precision: Precision = contextlib.nullcontext,
        bank: Tensor | None = None,
    ) -> None:
        self.config, self.device, self._precision = config, device, precision
        self.bank = patches(config) if bank is None else bank
        with seeded(StepDraws(config.seed, 0, device).words("encoder", _WEIGHTS)[0]):
            self.E = Encoder(**config.encoder_arguments())
        layout = torch.channels_last if config.nhwc else torch.contiguous_format
        self.E.to(device, memory_format=layout)  # type: ignore[call-overload]  # which torch does not declare
        self.E.train().requires_grad_(True)
        self.E_ema = copy.deepcopy(self.E).eval().requires_grad_(False)
        rate = config.lr if config.encoder_lr is None else config.encoder_lr
        self.opt_E = adam(self.E.parameters(), config, rate, config.encoder_beta0)
        self._encode = torch.compile(self.E) if config.compile else self.E

    def painted(self, draws: StepDraws, images: Tensor, rows: Tensor) -> Tensor:
        """``images`` (n, C, R, R) in [-1, 1] on the CPU, which are these ``rows`` of the batch, with patches over them.

        Each row of the batch has a seed of its own, so that it is painted alike whoever does it.
        """
        seeds = draws.words("encoder", _PAINT, self.config.batch)
        probability = self.config.encoder_paint
        shown = [
            corrupt(image[None], self.bank, torch.Generator().manual_seed(seeds[row]), probability)
            for image, row in zip(images, rows.tolist(), strict=True)
        ]
        return torch.cat(shown)

    def learn_images(
        self, synthesis: Callable[..., Tensor], num_ws: int, shown: Tensor, clean: Tensor, sums: dict[str, Tensor]
    ) -> None:
        """Add the gradients of |synthesis(E(shown)) - clean|, to the encoder's and to those of ``synthesis``."""
        config = self.config
        with self._precision():
            w = self._encode(shown).float()
            restored = synthesis(w[:, None].expand(-1, num_ws, -1), noise_mode="none")
        losses = reconstruction_losses(restored.float(), clean)
        (losses.sum() * (config.encoder_reconstruction / config.batch)).backward()
        add_up(sums, "reconstruction_loss", losses)

    def learn_latents(self, fake: Tensor, ws: Tensor, sums: dict[str, Tensor]) -> None:
        """Add the gradients of (E(fake) - w)^2 to the encoder's; of ``ws`` (n, num_ws, w_dim) each w counts."""
        config = self.config
        with self._precision():
            found = self._encode(fake.detach()).float()
        losses = (found[:, None] - ws.detach()).square().mean((1, 2))
        (losses.sum() * (config.encoder_latent / config.batch)).backward()
        add_up(sums, "latent_loss", losses)

    @torch.no_grad()
    def restored(self, generator: Generator, images: Tensor) -> Tensor:
        """What the averaged encoder and ``generator`` make of images (n, C, R, R) in [-1, 1]: the same, float32."""
        w = self.E_ema(images)
        return generator.synthesis(w[:, None].expand(-1, generator.num_ws, -1), noise_mode="none")

    def average(self, seen: int) -> None:
        """Move the average towards E; ``seen`` images so far."""
        move_average(self.E_ema, self.E, average_share(self.config, seen))

    def healthy(self) -> bool:
        """Whether all weights are finite numbers."""
        return all_finite(self.E, self.E_ema)

    _STATEFUL = ("E", "E_ema", "opt_E")

    def state(self) -> dict[str, Any]:
        """Everything that :meth:`load_state` needs."""
        return {name: getattr(self, name).state_dict() for name in self._STATEFUL}

    def load_state(self, state: dict[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        for name in self._STATEFUL:
            getattr(self, name).load_state_dict(state[name])


def patches(config: ResolvedConfig) -> Tensor:
    """(M, 1, R, R) uint8 soft masks to paint with, the same for the same seed; takes seconds."""
    return mask_bank(config.resolution, mask_count(config.resolution, MASKS_AT_128), config.seed)
