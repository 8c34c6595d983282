"""From slices to codes: some numbers for each place that say what is there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...modalities import CT, MR
from ...models.imagenet import normalised
from .network import WIDTHS, LiteFeatures

CELL = 8
"""Pixels of the network's picture that a place is wide: the features are brought to an eighth of its side."""
FEATURES = sum(WIDTHS)
Windows = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
WINDOWS: dict[str, Windows] = {
    CT: ((350.0, 50.0), (120.0, 60.0), (1500.0, 0.0)),
    MR: ((100.0, 50.0), (60.0, 50.0), (200.0, 100.0)),
}
"""Window and level of the three channels that the network sees, in HU or in percent of white: soft tissue, narrow soft
tissue, and wide."""
INTENSITIES = 6


class Coder(nn.Module):
    """Slices (N, 1, R, R) float32 in [-1, 1] of a wide window to codes (N, P, P, D) float32, P = ``side`` / 8.

    A code has ``components`` principal components of the network's features, averaged 3 x 3, and then, weighted by
    ``intensity``, the mean and twice the spread of the values in the place, in each window.

    Attributes
    ----------
    scale, mean: (176,), basis: (176, components), spread: (6,); buffers that :meth:`learn` sets.
    window, level: of the slices given, and windows: of the channels, in HU or in percent of an MR's white.
    """

    scale: Tensor
    mean: Tensor
    basis: Tensor
    spread: Tensor

    def __init__(
        self,
        side: int,
        components: int,
        window: float,
        level: float,
        intensity: float,
        windows: Windows = WINDOWS[CT],
    ) -> None:
        super().__init__()
        self.side, self.components, self.intensity = side, components, intensity
        self.window, self.level, self.windows = window, level, windows
        self.network = LiteFeatures()
        self.register_buffer("scale", torch.ones(FEATURES))
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("basis", torch.zeros(FEATURES, components))
        self.register_buffer("spread", torch.ones(INTENSITIES))

    @property
    def places(self) -> int:
        """P, places along a side."""
        return self.side // CELL

    @property
    def numbers(self) -> int:
        """D, numbers of a code."""
        return self.components + INTENSITIES

    def forward(self, slices: Tensor) -> Tensor:
        windows = self._windows(slices)
        codes = (self._features(windows) * self.scale - self.mean) @ self.basis
        intensities = self._intensities(windows) / self.spread * (self.intensity / INTENSITIES**0.5)
        return torch.cat([codes, intensities], -1)

    @torch.no_grad()
    def learn(self, slices: Sequence[Tensor]) -> None:
        """Set the buffers from normal slices, batches (n, 1, R, R): each feature and intensity counts by its spread."""
        shown = [self._windows(batch) for batch in slices]
        features = torch.cat([self._features(batch).flatten(0, 2) for batch in shown])
        intensities = torch.cat([self._intensities(batch).flatten(0, 2) for batch in shown])
        self.spread.copy_(intensities.std(0).clamp_min(1e-6))
        parts = features.split(WIDTHS, -1)
        self.scale.copy_(torch.cat([1 / (part.std(0).clamp_min(1e-6) * part.shape[1] ** 0.5) for part in parts]))
        scaled = features * self.scale
        self.mean.copy_(scaled.mean(0))
        centred = scaled - self.mean
        # 176 numbers: their products are small, and exact eigenvectors need no random start.
        values, vectors = torch.linalg.eigh((centred.T.double() @ centred.double()) / len(centred))
        self.basis.copy_(vectors[:, values.argsort(descending=True)[: self.components]].float())

    def _windows(self, slices: Tensor) -> Tensor:
        """(N, 3, R, R) in 0..1: the slices through the three windows."""
        values = slices * (self.window / 2) + self.level
        return torch.cat([((values - (level - width / 2)) / width).clamp(0, 1) for width, level in self.windows], 1)

    def _features(self, windows: Tensor) -> Tensor:
        """(N, P, P, 176): the three stages at one size, each averaged 3 x 3."""
        if windows.shape[-1] != self.side:
            windows = functional.interpolate(windows, size=(self.side, self.side), mode="bilinear", align_corners=False)
        fine, middle, coarse = self.network(normalised(windows))
        fine = functional.avg_pool2d(fine, 2)
        coarse = functional.interpolate(coarse, size=middle.shape[-2:], mode="bilinear", align_corners=False)
        return torch.cat([_smooth(part) for part in (fine, middle, coarse)], 1).permute(0, 2, 3, 1)

    def _intensities(self, windows: Tensor) -> Tensor:
        """(N, P, P, 6): mean and twice the spread of each window in each place, averaged 3 x 3."""
        size = (self.places, self.places)
        mean = functional.adaptive_avg_pool2d(windows, size)
        spread = (functional.adaptive_avg_pool2d(windows * windows, size) - mean * mean).clamp_min(0).sqrt()
        return _smooth(torch.stack([mean, 2 * spread], 2).flatten(1, 2)).permute(0, 2, 3, 1)


def _smooth(maps: Tensor) -> Tensor:
    return functional.avg_pool2d(functional.pad(maps, (1, 1, 1, 1), mode="replicate"), 3, 1)
