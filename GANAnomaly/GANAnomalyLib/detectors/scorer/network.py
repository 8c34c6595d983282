"""The network: a small residual U-Net from planes to logits, finest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (16, 32, 64, 128, 160)
SUPERVISED = 3
"""So many of the finest levels tell logits of their own: for learning, as in nnU-Net (Isensee et al., 2021)."""
RARE = -4.0
"""Logit that learning begins with: nearly all is normal."""
TOP_SHARE = 0.01
"""Share of a slice's pixels, the highest, whose mean is the slice's logit."""


class Residual(nn.Module):
    """Two convolutions with group normalisation, and the way around them (He et al., 2016)."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        groups = math.gcd(out, 8)
        self.first = nn.Conv2d(into, out, 3, padding=1, bias=False)
        self.first_norm = nn.GroupNorm(groups, out)
        self.second = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.second_norm = nn.GroupNorm(groups, out)
        self.around = nn.Conv2d(into, out, 1, bias=False) if into != out else nn.Identity()

    def forward(self, values: Tensor) -> Tensor:
        inner = functional.leaky_relu(self.first_norm(self.first(values)), 0.1)
        inner = self.second_norm(self.second(inner))
        return functional.leaky_relu(inner + self.around(values), 0.1)


class ScorerNetwork(nn.Module):
    """Planes (N, C, R, R) float32 in [-1, 1] to logits of being abnormal (Ronneberger et al., *U-Net*, 2015).

    ``widths`` are the channels of its levels, each half as large as the one before; the first has R / ``shrink`` pixels
    a side.
    """

    def __init__(self, planes: int, widths: Sequence[int] = WIDTHS, shrink: int = 2) -> None:
        super().__init__()
        self.planes, self.widths, self.shrink = planes, tuple(widths), shrink
        self.stem = nn.Conv2d(
            planes, widths[0], 2 * shrink if shrink > 1 else 3, stride=shrink, padding=(shrink + 1) // 2
        )
        self.first = Residual(widths[0], widths[0])
        self.down = nn.ModuleList(Residual(before, after) for before, after in pairwise(widths))
        self.up = nn.ModuleList(Residual(before + after, before) for before, after in pairwise(widths))
        self.heads = nn.ModuleList(nn.Conv2d(width, 1, 1) for width in widths[:SUPERVISED])
        for head in self.heads:
            nn.init.constant_(head.bias, RARE)  # type: ignore[arg-type]

    def forward(self, planes: Tensor) -> list[Tensor]:
        """Logits (N, 1, S, S) for S = R / shrink, half of it, and so on: at most three."""
        levels = [self.first(functional.leaky_relu(self.stem(planes), 0.1))]
        for down in self.down:
            levels.append(down(functional.avg_pool2d(levels[-1], 2)))
        held = levels.pop()
        told = [self.heads[len(levels)](held)] if len(levels) < SUPERVISED else []
        while levels:
            skip = levels.pop()
            held = functional.interpolate(held, size=skip.shape[-2:], mode="nearest")
            held = self.up[len(levels)](torch.cat([skip, held], 1))
            if len(levels) < SUPERVISED:
                told.append(self.heads[len(levels)](held))
        return told[::-1]

    def logits(self, planes: Tensor) -> Tensor:
        """(N, R, R) of planes (N, C, R, R): the finest, brought to their size."""
        finest = self(planes)[0].float()
        size = planes.shape[-2:]
        return functional.interpolate(finest, size=size, mode="bilinear", align_corners=False)[:, 0]


def slice_logit(logits: Tensor) -> Tensor:
    """(N,) of (N, ..., S, S): the mean of the highest hundredth."""
    flat = logits.flatten(1)
    return flat.topk(max(round(TOP_SHARE * flat.shape[1]), 1), dim=1).values.mean(1)
