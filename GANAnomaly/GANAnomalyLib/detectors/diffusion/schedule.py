"""How much noise an image has at a step, and how it gets from a step to an earlier one.

Step t keeps the share a_t of an image's variance, the rest is noise: x_t = sqrt(a_t) x + sqrt(1 - a_t) n. Ho et al.,
"Denoising Diffusion Probabilistic Models", NeurIPS 2020 (DDPM), equations 4 to 7; Song et al., "Denoising Diffusion
Implicit Models", ICLR 2021 (DDIM), equation 12.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from torch import Tensor

from ..needs import needing
from .architecture import STEPS

KINDS = ("linear", "cosine")
"""Betas from 1e-4 to 0.02 (Ho et al.), and by a cosine with s = 0.008 (Nichol and Dhariwal, equation 17)."""


class Schedule:
    """The levels of noise of :data:`KINDS`, from a clean image at step -1 to all but noise at step 999; ``kept[t]`` is
    a_t, in float64."""

    def __init__(self, kind: str) -> None:
        self.kept = _kept(kind)

    def share(self, step: int) -> float:
        """a_t; 1 before the first step."""
        return float(self.kept[step]) if step >= 0 else 1.0

    def noised(self, images: Tensor, noise: Tensor, steps: Tensor | int) -> Tensor:
        """Images (N, ...) at ``steps``, one for all or (N,) one for each; -1 leaves them clean."""
        if isinstance(steps, int):
            share = self.share(steps)
            return math.sqrt(share) * images + math.sqrt(1 - share) * noise
        parts = [
            torch.from_numpy(np.sqrt(share)).float().to(images.device)[steps].view(-1, *[1] * (images.ndim - 1))
            for share in (self.kept, 1 - self.kept)
        ]
        return parts[0] * images + parts[1] * noise

    def clean(self, noisy: Tensor, noise: Tensor, step: int) -> Tensor:
        """The clean images that follow from the noise found in those at ``step``, cut to [-1, 1] as published."""
        share = self.share(step)
        return ((noisy - math.sqrt(1 - share) * noise) / math.sqrt(share)).clamp(-1, 1)

    def earlier(self, noisy: Tensor, clean: Tensor, step: int, to: int, noise: Tensor | None = None) -> Tensor:
        """From images at ``step`` and the clean ones seen in them to the images at step ``to``.

        With ``noise`` it is DDPM's random step, without it DDIM's; between neighbours the first is exactly equation 7
        of Ho et al. with the smaller variance.
        """
        here, there = self.share(step), self.share(to)
        spread = 0.0 if noise is None else (1 - there) / (1 - here) * (1 - here / there)
        found = (noisy - math.sqrt(here) * clean) / math.sqrt(1 - here)
        out = math.sqrt(there) * clean + math.sqrt(max(1 - there - spread, 0)) * found
        return out if noise is None else out + math.sqrt(spread) * noise

    def later(self, noisy: Tensor, noise: Tensor, step: int, to: int) -> Tensor:
        """From images at ``step`` to a later step, with noise of their own."""
        share = self.share(to) / self.share(step)
        return math.sqrt(share) * noisy + math.sqrt(1 - share) * noise


def way_down(top: int, count: int | None = None) -> list[int]:
    """The steps at which images are looked at on the way from ``top`` to the clean image, the last one left out.

    All of them from top to 0, or ``count`` of them at even distances.
    """
    if count is None or count > top:
        return list(range(top, -1, -1))
    # To -1, the clean image, which is reached from the last of them.
    return [round(step) for step in np.linspace(top, -1, count + 1)[:-1]]


@functools.lru_cache(maxsize=2)
def _kept(kind: str) -> np.ndarray:
    with needing("Diffusion"):
        from monai.networks.schedulers import NoiseSchedules

    betas = NoiseSchedules["linear_beta"](STEPS) if kind == "linear" else NoiseSchedules[kind](STEPS)[0]
    kept: np.ndarray = np.cumprod(1 - betas.double().numpy())
    return kept
