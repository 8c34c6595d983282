"""The networks of a run and their optimisers."""

from __future__ import annotations

import copy
from typing import Any

import torch

from GANAnomalyLib.detectors.stylegan2.network.discriminator import Discriminator
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.running.seeded import seeded

from ..loop.ema import kept_share, move_average
from ..loop.task import all_finite
from .plain_discriminator import PlainDiscriminator
from .stylegan2_config import ResolvedConfig
from .stylegan2_options import PRIVATE

ADAM_EPSILON = 1e-8


class Networks:
    """G, D and the average of G, with one optimiser for each of the first two.

    The first weights come from the seed alone; drawing them disturbs nobody else's random numbers.
    """

    def __init__(self, config: ResolvedConfig, device: torch.device) -> None:
        self.config = config
        with seeded(config.seed):
            self.G = Generator(**config.generator_arguments())
            kind = Discriminator if config.residual else PlainDiscriminator
            self.D = kind(**config.discriminator_arguments())
        layout = torch.channels_last if config.nhwc else torch.contiguous_format
        for network in (self.G, self.D):
            network.to(device, memory_format=layout)  # type: ignore[call-overload]  # which torch does not declare
            network.train().requires_grad_(True)
        self.G_ema = copy.deepcopy(self.G).eval().requires_grad_(False)
        freeze(self.D, config.freezed)
        self.trained_D = [p for p in self.D.parameters() if p.requires_grad]
        # A private step has the penalty in its one gradient.
        penalised = config.gamma and config.privacy != PRIVATE
        beta0 = config.beta0 if config.encoder == "none" else config.encoder_beta0
        self.opt_G = adam(self.G.parameters(), config, config.lr, beta0, config.pl_every if config.pl_weight else None)
        self.opt_D = adam(self.trained_D, config, config.lr, config.beta0, config.r1_every if penalised else None)

    def train_only(self, which: str) -> None:
        """Ask for gradients of "G" or "D" alone."""
        self.G.requires_grad_(which == "G")
        for parameter in self.trained_D:
            parameter.requires_grad_(which == "D")

    def average(self, seen: int) -> None:
        """Move the average towards G; ``seen`` images so far."""
        move_average(self.G_ema, self.G, average_share(self.config, seen))

    def healthy(self) -> bool:
        """Whether all weights are finite numbers."""
        return all_finite(self.G, self.D, self.G_ema)

    _STATEFUL = ("G", "D", "G_ema", "opt_G", "opt_D")

    def state(self) -> dict[str, Any]:
        """Everything that :meth:`load_state` needs."""
        return {name: getattr(self, name).state_dict() for name in self._STATEFUL}

    def load_state(self, state: dict[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        for name in self._STATEFUL:
            getattr(self, name).load_state_dict(state[name])


def average_share(config: ResolvedConfig, seen: int) -> float:
    """How much of averaged weights stays in a step; ``seen`` images so far."""
    reach = config.ema_kimg * 1000
    if config.ema_rampup is not None:
        reach = min(reach, seen * config.ema_rampup)
    return kept_share(config.batch, reach)


def adam(
    parameters: Any, config: ResolvedConfig, rate: float, beta0: float, every: int | None = None
) -> torch.optim.Adam:
    """Adam, its rate and memory corrected where each ``every`` steps bring one more, of the regularisation.

    Karras et al. 2020a, appendix B: with c = k / (k + 1), rate * c and betas to the power of c.
    """
    ratio = 1.0 if every is None else every / (every + 1)
    betas = (beta0**ratio, config.beta1**ratio)
    return torch.optim.Adam(parameters, rate * ratio, betas, ADAM_EPSILON, fused=_fused(config.device))


def freeze(discriminator: Discriminator, layers: int) -> None:
    """Keep the first ``layers`` convolutions, counted from the image, as they are (Mo et al. 2020, "Freeze the D").

    The order is fromrgb, then conv0, conv1 and skip of each block.
    """
    left = layers
    for resolution in discriminator.resolutions:
        block = getattr(discriminator, f"b{resolution}")
        for name in ("fromrgb", "conv0", "conv1", "skip"):
            layer = getattr(block, name, None)
            if layer is not None and left > 0:
                layer.requires_grad_(False)
                left -= 1


def _fused(device: str) -> bool | None:
    """One kernel for all of Adam: on graphics cards, and on the CPU from torch 2.4 on."""
    version = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    return True if device == "cuda" or (device == "cpu" and version >= (2, 4)) else None
