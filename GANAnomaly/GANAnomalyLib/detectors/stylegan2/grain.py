"""Explaining the grain too: noise maps fitted together with w, for reconstructions as close as the published ones.

The published projection fits the generator's noise maps besides w, over a thousand steps, and keeps them white. They
enter every layer almost linearly, so from an encoder's w, from no noise at all and without the demand that they be
white, some forty steps give the same error. What explains grain also explains faint anomalies: this is for pictures
and for comparison with the published error, not for detection (see Testing/benchmarks/RESULTS.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .network.generator import Generator

W_RATE, NOISE_RATE = 0.02, 2.5
"""Learning rates of Adam for w and for the maps, whose own scale is one."""

WARM_STEPS = 5
BETAS = (0.9, 0.99)


def fit_grain(
    generator: Generator, targets: Tensor, start: Tensor, steps: int, check: Callable[[], None]
) -> tuple[Tensor, Tensor]:
    """Fit w and noise maps to targets (N, C, R, R) in [-1, 1], from w ``start`` (N, w_dim)
    or one a layer (N, layers, w_dim).

    Returns the images (N, C, R, R) and w. Each slice has its own maps and Adam state, so its result does
    not depend on the batch. ``check`` is called before every step and may raise to stop.
    """
    w = start.detach().clone().requires_grad_(True)
    maps = {
        name.rpartition(".")[0]: targets.new_zeros(len(targets), 1, *stored.shape[-2:]).requires_grad_(True)
        for name, stored in generator.synthesis.named_buffers()
        if name.endswith("noise_const")
    }
    optimiser = torch.optim.Adam(
        [{"params": [w], "lr": W_RATE}, {"params": list(maps.values()), "lr": NOISE_RATE}], betas=BETAS
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    leaves = [w, *maps.values()]

    def images() -> Tensor:
        ws = w if w.ndim == 3 else w[:, None].expand(-1, generator.num_ws, -1)
        made: Tensor = generator.synthesis(ws, noise_mode="const", noises=maps).to(targets.dtype)
        return made

    for step in range(steps):
        check()
        share = min(1.0, (step + 1) / WARM_STEPS) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        # A sum over slices: each has the gradient that it would have alone.
        loss = (images() - targets).square().mean((1, 2, 3)).sum()
        for leaf, gradient in zip(leaves, torch.autograd.grad(loss, leaves), strict=True):
            leaf.grad = gradient
        optimiser.step()
    with torch.no_grad():
        return images(), w.detach()
