"""Averages of weights: what is kept of a training instead of the weights of its last step."""

from __future__ import annotations

import torch
from torch import nn


def kept_share(batch: int, half_life: float) -> float:
    """How much of an average stays after ``batch`` images, where half of it is forgotten over ``half_life`` images."""
    return 0.5 ** (batch / max(half_life, 1e-8))


@torch.no_grad()
def move_average(kept: nn.Module, live: nn.Module, share: float) -> None:
    """Move averaged weights towards those that learn, keeping ``share`` of them; buffers are copied."""
    torch._foreach_lerp_(list(kept.parameters()), list(live.parameters()), 1 - share)
    for average, value in zip(kept.buffers(), live.buffers(), strict=True):
        average.copy_(value)
