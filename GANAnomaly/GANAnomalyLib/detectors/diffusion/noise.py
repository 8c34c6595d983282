"""The noise of an analysis: the same for every batch, device and run, and for neighbouring slices where wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..needs import needing


@dataclass(frozen=True)
class Noise:
    """``kind`` "gaussian" or "simplex", for images of ``side`` pixels; ``seed`` decides all of it.

    ``shared``: all slices have the same. What the noise makes of a slice then changes from slice to slice only as far
    as the slice does, and a map does not flicker along z.
    """

    kind: str
    side: int
    channels: int
    seed: int
    shared: bool = True

    def __call__(self, slices: Sequence[int], step: int, turn: int = 0) -> Tensor:
        """Noise at ``step`` for slices, each told by a number: (n, C, R, R) float32, n = 1 where all share it.

        ``turn`` tells draws at the same step apart.
        """
        numbers = [0] if self.shared else [1 + number for number in slices]
        each = [self._one(step, turn, number, channel) for number in numbers for channel in range(self.channels)]
        return torch.from_numpy(np.stack(each)).view(len(numbers), self.channels, self.side, self.side)

    def _one(self, step: int, turn: int, number: int, channel: int) -> np.ndarray:
        # No part of a seed may be negative, and -1 is the step of a clean image.
        key = np.random.SeedSequence([self.seed, step + 1, turn, number, channel])
        if self.kind == "gaussian":
            return np.random.default_rng(key).standard_normal((self.side, self.side), np.float32)
        with needing("Simplex noise"):
            from .simplex import field

        return field(int(key.generate_state(1)[0]), self.side, step)
