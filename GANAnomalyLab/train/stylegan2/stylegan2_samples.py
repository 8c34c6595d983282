"""Sheets of pictures: training images, and what the generator makes of latents that stay the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from ..loop.reals import Reals
from ..loop.sample_sheet import sheet
from .step_draws import StepDraws
from .stylegan2_config import ResolvedConfig

LARGEST_SHEET = 4096
"""Pixels along a side."""


class Sheets:
    """The same latents, labels and training images each time, ``side`` by ``side`` of them."""

    def __init__(self, config: ResolvedConfig, reals: Reals, side: int, device: torch.device) -> None:
        self.side = max(min(side, LARGEST_SHEET // config.resolution), 1)
        self.device, self.batch = device, config.batch_gpu
        count = self.side**2
        draws = StepDraws(config.seed, 0, torch.device("cpu"))
        self.latents = draws.latents("grid", count, config.z_dim)[0]
        self.places = draws.rows("grid", count, len(reals))
        self.classes = None
        if config.labels:
            # A row a class, in turn.
            self.classes = torch.eye(config.labels)[torch.arange(count) // self.side % config.labels]
            self.places = _of_classes(reals, self.classes.argmax(1).numpy(), self.places)
        self._reals = reals

    def reals(self) -> np.ndarray:
        """(H, W) or (H, W, 3) uint8."""
        return sheet(torch.from_numpy(self._reals.images.batch(self.places)), self.side)

    @torch.no_grad()
    def fakes(self, generator: nn.Module) -> np.ndarray:
        """(H, W) or (H, W, 3) uint8: what the generator makes, with its constant noise."""
        parts = []
        for start in range(0, len(self.latents), self.batch):
            chosen = slice(start, start + self.batch)
            labels = None if self.classes is None else self.classes[chosen].to(self.device)
            parts.append(generator(self.latents[chosen].to(self.device), labels, noise_mode="const").cpu())
        return sheet(torch.cat(parts), self.side)

    @torch.no_grad()
    def restored(self, explain: Callable[[Tensor], Tensor]) -> np.ndarray:
        """(H, W) or (H, W, 3) uint8: what ``explain`` makes of the training images that :meth:`reals` shows."""
        images = torch.from_numpy(self._reals.images.batch(self.places))
        made = torch.cat([explain(part.to(self.device)).cpu() for part in images.split(self.batch)])
        return sheet(made, self.side)


def _of_classes(reals: Reals, classes: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """For each class asked for the next image of it; classes without images keep ``otherwise``."""
    known = np.asarray(reals.images.labels).argmax(1)
    chosen = otherwise.copy()
    for label in np.unique(classes):
        wanted, there = np.flatnonzero(classes == label), np.flatnonzero(known == label)
        if len(there):
            chosen[wanted] = np.resize(there, len(wanted))
    return chosen
