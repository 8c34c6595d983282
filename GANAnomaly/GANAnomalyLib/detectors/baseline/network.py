"""The simplest ways to say what a normal slice looks like, as networks: images in, their normal counterparts out.

All take (N, 1, R, R) float32 in [-1, 1] and return the same shape and range. ``kind`` is the name a card gives.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

SHRINK = 4
"""Slices are compared with the training slices at this fraction of their size."""
MOST_CHANNELS = 64
LEAST_SIDE = 8


class Explainer(nn.Module):
    """What the pipeline asks of any model: the size and channels of its images."""

    kind = ""
    img_channels = 1
    c_dim = 0

    def __init__(self, img_resolution: int) -> None:
        super().__init__()
        self.img_resolution = img_resolution


class MeanImage(Explainer):
    """Every slice is explained by the mean of the training slices. Buffer ``mean`` (R, R)."""

    kind = "mean"
    mean: Tensor

    def __init__(self, img_resolution: int) -> None:
        super().__init__(img_resolution)
        self.register_buffer("mean", torch.zeros(img_resolution, img_resolution))

    def forward(self, images: Tensor) -> Tensor:
        return self.mean.expand_as(images).clone()


class PrincipalComponents(Explainer):
    """Projection onto ``count`` principal components. Buffers ``mean`` (R, R), orthonormal ``basis`` (count, R * R)."""

    kind = "pca"
    mean: Tensor
    basis: Tensor

    def __init__(self, img_resolution: int, count: int) -> None:
        super().__init__(img_resolution)
        self.count = count
        self.register_buffer("mean", torch.zeros(img_resolution, img_resolution))
        self.register_buffer("basis", torch.zeros(count, img_resolution**2))

    def forward(self, images: Tensor) -> Tensor:
        flat = (images - self.mean).flatten(1)
        return ((flat @ self.basis.T) @ self.basis).view_as(images).add(self.mean).clamp(-1, 1)


class NearestSlice(Explainer):
    """The mean of the ``neighbours`` training slices with the smallest squared difference, compared when shrunk.

    Buffer ``slices`` (count, R, R) uint8.
    """

    kind = "nearest"
    slices: Tensor

    def __init__(self, img_resolution: int, count: int, neighbours: int = 1) -> None:
        super().__init__(img_resolution)
        self.count, self.neighbours = count, neighbours
        self.register_buffer("slices", torch.zeros(count, img_resolution, img_resolution, dtype=torch.uint8))
        self._small: Tensor | None = None

    def forward(self, images: Tensor) -> Tensor:
        if self._small is None or self._small.device != images.device:
            self._small = torch.cat([self._shrunk(_unit(part)[:, None]) for part in self.slices.split(256)])
        distance = torch.cdist(self._shrunk(images), self._small)
        nearest = distance.topk(self.neighbours, largest=False).indices
        return _unit(self.slices[nearest]).mean(1, keepdim=True)

    @staticmethod
    def _shrunk(images: Tensor) -> Tensor:
        return functional.avg_pool2d(images, SHRINK).flatten(1)


class Autoencoder(Explainer):
    """Strided convolutions down to 8 pixels, ``w_dim`` numbers in the middle, and the same way back.

    What goes in and comes out is the difference from buffer ``mean`` (R, R), so that learning starts at the mean image:
    an output squashed into [-1, 1] saturates on slices that are mostly air, and then learns nothing more.
    """

    kind = "autoencoder"
    mean: Tensor

    def __init__(self, img_resolution: int, w_dim: int, channels: int = 16) -> None:
        super().__init__(img_resolution)
        self.w_dim, self.channels = w_dim, channels
        widths, side = [1], img_resolution
        while side > LEAST_SIDE:
            widths.append(min(channels * 2 ** (len(widths) - 1), MOST_CHANNELS))
            side //= 2
        pairs = list(pairwise(widths))
        down: list[nn.Module] = []
        for before, after in pairs:
            down += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.2)]
        up: list[nn.Module] = []
        for before, after in reversed(pairs):
            up += [nn.LeakyReLU(0.2), nn.ConvTranspose2d(after, before, 4, 2, 1)]
        self.shape = (widths[-1], side, side)
        size = widths[-1] * side * side
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(size, w_dim))
        self.decoder = nn.Sequential(nn.Linear(w_dim, size), nn.Unflatten(1, self.shape), *up)
        self.register_buffer("mean", torch.zeros(img_resolution, img_resolution))

    def forward(self, images: Tensor) -> Tensor:
        return self.restored(images).clamp(-1, 1)

    def restored(self, images: Tensor) -> Tensor:
        """Not cut to [-1, 1]: for learning, where a cut has no gradient."""
        restored: Tensor = self.mean + self.decoder(self.encoder(images - self.mean))
        return restored


EXPLAINERS: dict[str, type[Explainer]] = {
    one.kind: one for one in (MeanImage, PrincipalComponents, NearestSlice, Autoencoder)
}


def _unit(slices: Tensor) -> Tensor:
    """uint8 to [-1, 1]."""
    return slices.float() / 127.5 - 1
