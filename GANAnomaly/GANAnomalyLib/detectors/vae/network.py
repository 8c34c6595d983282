"""The network of Zimmerer's autoencoders as the comparison uses it: strided convolutions to one place, and back.

Zimmerer et al., "Context-encoding Variational Autoencoder for Unsupervised Anomaly Detection", 2018. Names are the
published ones.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.01


class _Layer(nn.Module):
    """A convolution, or the way back, and LeakyReLU but at an end."""

    def __init__(self, wide: int, out: int, kernel: int, stride: int, padding: int, up: bool, act: bool) -> None:
        super().__init__()
        kind = nn.ConvTranspose2d if up else nn.Conv2d
        self.conv = kind(wide, out, kernel, stride, padding, bias=False)
        self.act = act

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = self.conv(images)
        return functional.leaky_relu(out, SLOPE) if self.act else out


class _Way(nn.Module):
    def __init__(self, start: nn.Module, middle: list[nn.Module], end: nn.Module) -> None:
        super().__init__()
        self.start, self.middle_blocks, self.end = start, nn.ModuleList(middle), end

    def forward(self, images: Tensor) -> Tensor:
        images = self.start(images)
        for block in self.middle_blocks:
            images = block(images)
        ended: Tensor = self.end(images)
        return ended


class Vae(nn.Module):
    """Images (n, C, R, R) in [0, 1] to a latent of ``latent`` numbers and back.

    ``widths`` are the channels after each halving; the last convolution takes what is left, R / 2^len(widths) pixels
    a side, to one place.
    """

    def __init__(self, resolution: int, channels: int, widths: tuple[int, ...], latent: int) -> None:
        super().__init__()
        self.latent, left = latent, resolution >> len(widths)
        down: list[nn.Module] = [_Layer(wide, out, 4, 2, 1, False, True) for wide, out in pairwise((channels, *widths))]
        self.encoder = _Way(down[0], down[1:], _Layer(widths[-1], 2 * latent, left, 1, 0, False, False))
        back = tuple(reversed(widths))
        up: list[nn.Module] = [_Layer(wide, out, 4, 2, 1, True, True) for wide, out in pairwise(back)]
        self.decoder = _Way(
            _Layer(latent, back[0], left, 1, 0, True, True), up, _Layer(back[-1], channels, 4, 2, 1, True, False)
        )

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log standard deviation of the latent, (n, latent, 1, 1) each."""
        mean, log_std = self.encoder(images).chunk(2, 1)
        return mean, log_std

    def decode(self, latents: Tensor) -> Tensor:
        """(n, latent, 1, 1) to images (n, C, R, R)."""
        images: Tensor = self.decoder(latents)
        return images

    def forward(self, images: Tensor) -> Tensor:
        """What the latent's mean says: the published restoration."""
        return self.decode(self.encode(images)[0])

    def restored(self, images: Tensor, drawn: Tensor) -> Tensor:
        """The mean of what latents say that lie at ``drawn`` (K, latent) normal numbers from each image's mean.

        Without biases a decoder makes brighter images of longer latents. Where the divergence counts for much, a mean
        is short and a random latent is not: the decoder, which saw only these, makes of the mean a dark image.
        """
        mean, log_std = self.encode(images)
        if not len(drawn):
            return self.decode(mean)
        made = [self.decode(mean + log_std.exp() * one[:, None, None]) for one in drawn]
        return torch.stack(made).mean(0)
