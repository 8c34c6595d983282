"""The noise of training: new for every image of every step, from torch's own random numbers."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from GANAnomalyLib.detectors.diffusion.architecture import STEPS
from GANAnomalyLib.detectors.needs import needing

FIELDS, WIDER = 32, 2
"""Fields of simplex noise that are drawn once, so many times as wide as an image: one takes as long as a training step
of a small network."""


class TrainingNoise:
    """``kind`` "gaussian" or "simplex", for images of ``side`` pixels; ``seed`` decides the fields of simplex noise,
    torch's generator what is taken from them: a window, turned and mirrored."""

    def __init__(self, kind: str, side: int, seed: int) -> None:
        self.kind, self.side, self.seed = kind, side, seed
        self._fields: Tensor | None = None

    def like(self, images: Tensor) -> Tensor:
        """Noise of the shape, type and device of images (n, C, R, R)."""
        if self.kind == "gaussian":
            return torch.randn_like(images)
        if self._fields is None:
            self._fields = self._drawn()
        windows = torch.stack([self._window() for _ in range(images.shape[0] * images.shape[1])])
        return windows.view(images.shape).to(images)

    def _window(self) -> Tensor:
        assert self._fields is not None
        last = self._fields.shape[-1] - self.side + 1
        number, row, column, turns, mirrored = (
            int(torch.randint(high, ())) for high in (len(self._fields), last, last, 4, 2)
        )
        window = self._fields[number, row : row + self.side, column : column + self.side]
        window = torch.rot90(window, turns)
        return window.flip(0) if mirrored else window

    def _drawn(self) -> Tensor:
        with needing("Simplex noise"):
            from GANAnomalyLib.detectors.diffusion.simplex import field

        # The step of an image is the place along z of its noise: any of them is as good as another.
        random = np.random.default_rng([self.seed, self.side])
        seeds, depths = random.integers(1 << 31, size=FIELDS), random.integers(STEPS, size=FIELDS)
        drawn = [field(int(seed), WIDER * self.side, int(depth)) for seed, depth in zip(seeds, depths, strict=True)]
        return torch.from_numpy(np.stack(drawn))
