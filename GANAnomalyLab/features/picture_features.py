"""A picture in 512 numbers: what EfficientNet-Lite0, learnt on ordinary pictures, answers to it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from GANAnomalyLib.detectors.memory.network import LiteFeatures
from GANAnomalyLib.models.imagenet import normalised

from .lite_weights import published_weights

WIDTH = 512


class PictureFeatures(nn.Module):
    """Pictures (n, 3, H, W) in [0, 1] to (n, 512).

    The means of the maps at a quarter and an eighth of the side (24 and 40), and at a sixteenth (112) the means of the
    picture's four quarters. Tan and Le, "EfficientNet", ICML 2019. With ``side``, pictures are brought to that size
    first. The weights come with this package; it is in evaluation mode, without gradients.
    """

    def __init__(self, side: int | None = None) -> None:
        super().__init__()
        self.side = side
        self.network = LiteFeatures()
        self.network.load_state_dict({name: value.float() for name, value in published_weights().items()})
        self.eval().requires_grad_(False)

    def forward(self, pictures: Tensor) -> Tensor:
        if self.side is not None and pictures.shape[-2:] != (self.side, self.side):
            size = (self.side, self.side)
            pictures = functional.interpolate(pictures, size, mode="bilinear", antialias=True)
        fine, middle, coarse = self.network(normalised(pictures))
        quarters = functional.adaptive_avg_pool2d(coarse, 2).flatten(1)
        return torch.cat([fine.mean((2, 3)), middle.mean((2, 3)), quarters], 1)
