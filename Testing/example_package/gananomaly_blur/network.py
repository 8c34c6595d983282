"""The network: shrink, two convolutions, enlarge."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Blur(nn.Module):
    """Images (N, C, R, R) in [-1, 1] to their blurred counterparts of the same shape; ``shrink`` divides R."""

    def __init__(self, channels: int, shrink: int, width: int) -> None:
        super().__init__()
        self.channels, self.shrink, self.width = channels, shrink, width
        self.into = nn.Conv2d(channels, width, 3, padding=1)
        self.out = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        small = functional.avg_pool2d(images, self.shrink)
        changed = small + self.out(torch.relu(self.into(small)))
        return functional.interpolate(changed, images.shape[-2:], mode="bilinear", align_corners=False)
