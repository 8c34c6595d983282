"""The noise of an analysis: the same for every batch, device and run, and for neighbouring slices where wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

KINDS = ("gaussian", "simplex")


@dataclass(frozen=True)
class Noise:
    """``kind`` of :data:`KINDS`, for images of ``side`` pixels; ``seed`` decides all of it.

    ``shared``: all slices have the same. What the noise makes of a slice then changes from slice to slice only as far
    as the slice does, and a map does not flicker along z.
    """

    kind: str
    side: int
    seed: int
    shared: bool = True

    def __call__(self, slices: Sequence[int], step: int, turn: int = 0) -> Tensor:
        """Noise for ``slices`` at ``step``: (N, 1, R, R) float32, or (1, 1, R, R) for all of them where it is shared.

        ``turn`` tells draws at the same step apart.
        """
        numbers = [0] if self.shared else [1 + number for number in slices]
        return torch.from_numpy(np.stack([self._one(step, turn, number) for number in numbers]))[:, None]

    def _one(self, step: int, turn: int, number: int) -> np.ndarray:
        # Seeds of generators are never negative, but the first step is the one before 0.
        key = np.random.SeedSequence([self.seed, step + 1, turn, number])
        if self.kind == "gaussian":
            return np.random.default_rng(key).standard_normal((self.side, self.side), np.float32)
        from .simplex import field

        return field(int(key.generate_state(1)[0]), self.side, step)
