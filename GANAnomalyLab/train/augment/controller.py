"""Moves the augmentation probability p by how far the discriminator overfits (Karras et al. 2020b, section 3)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from GANAnomalyLib.errors import InputError

from .augment_pipe import AugmentPipe


class AdaController:
    """Keeps r, the mean sign of the discriminator's logits for real images, near ``target`` by moving ``pipe.p``.

    r is 0 while the discriminator cannot tell training images from made ones and 1 when it knows every one of them.

    Parameters
    ----------
    pipe:
        The pipeline whose p moves.
    target:
        What r should be, between -1 and 1.
    interval:
        How many discriminator steps lie between two calls of :meth:`update`.
    kimg:
        Over how many thousand real images p would go from 0 to 1 if it always rose.

    Over several processes, all-reduce :attr:`sums` (a plain sum) before :meth:`update`: every process then moves its p
    in the same way.
    """

    def __init__(self, pipe: AugmentPipe, target: float = 0.6, interval: int = 4, kimg: float = 500.0) -> None:
        if not -1 <= target <= 1:
            raise InputError(f"The ADA target must lie between -1 and 1, not {target}.")
        if interval < 1 or not kimg > 0:
            raise InputError(f"The ADA interval and kimg must be above 0, not {interval} and {kimg}.")
        self.pipe, self.target, self.interval, self.kimg = pipe, float(target), int(interval), float(kimg)
        self.r = 0.0
        """The last estimate."""
        self.sums = torch.zeros(2, dtype=torch.float64)
        """Sum of the signs and number of logits since the last :meth:`update`, on the logits' device."""

    def observe(self, real_logits: Tensor) -> None:
        """Take note of the logits of a batch of (augmented) real images; any shape. Does not wait for the device."""
        logits = real_logits.detach()
        # The sign of NaN would be 0, a made-up r: NaN stays, and update() leaves p alone.
        signs = torch.where(logits.isnan(), logits, logits.sign())
        if self.sums.device != signs.device:
            self.sums = self.sums.to(signs.device)
        # Counts in float64 are exact for any number of images.
        self.sums += torch.stack((signs.sum(dtype=torch.float64), self.sums.new_tensor(float(signs.numel()))))

    def update(self, batch: int) -> float:
        """Move p after ``interval`` steps of ``batch`` images (over all processes) and begin anew; returns r.

        p moves by sign(r - target) * batch * interval / (1000 * kimg) and never falls below 0. Without a usable r
        (nothing observed, logits that are not numbers) p stays.
        """
        signs, count = self.sums.tolist()
        self.sums.zero_()
        if count > 0 and math.isfinite(signs):
            self.r = signs / count
            direction = (self.r > self.target) - (self.r < self.target)
            step = direction * batch * self.interval / (1000 * self.kimg)
            self.pipe.p.copy_(torch.tensor(max(float(self.pipe.p) + step, 0.0)))
        return self.r

    def state_dict(self) -> dict[str, Any]:
        """What it takes to go on exactly, p aside (which is in the pipeline's own state)."""
        return {"sums": self.sums.cpu().clone(), "r": self.r}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self.sums, self.r = state["sums"].to(torch.float64).clone(), float(state["r"])
