"""The networks of f-AnoGAN (Schlegl et al. 2019): a Wasserstein GAN and an encoder from images to its latents.

Images are (N, C, R, R) in [0, 1], R a multiple of 16. Names of modules are the published ones.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from .architecture import HALVINGS

SLOPE, DROPPED, EPSILON = 0.2, 0.25, 0.8
"""Of all leaky rectifiers; the share of maps left out while learning; of batch norms as published (which took torch's
second argument for the momentum)."""
STEPS = 4
"""The generator begins at this fraction of the resolution."""


class Generator(nn.Module):
    """Latents z (N, latent) from a standard normal distribution to images (N, C, R, R) in [-1, 1].

    ``width`` channels at first, half of them in the end. The last layer is a tanh, as published, although images are
    in [0, 1].
    """

    def __init__(self, resolution: int, channels: int, latent: int, width: int) -> None:
        super().__init__()
        self.latent, self.side = latent, resolution // STEPS
        first, last = width, width // 2
        self.width = width
        self.l1 = nn.Sequential(nn.Linear(latent, first * self.side**2))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(first),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(first, first, 3, padding=1),
            nn.BatchNorm2d(first, EPSILON),
            nn.LeakyReLU(SLOPE),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(first, last, 3, padding=1),
            nn.BatchNorm2d(last, EPSILON),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(last, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, latents: Tensor) -> Tensor:
        maps = self.l1(latents).view(-1, self.width, self.side, self.side)
        images: Tensor = self.conv_blocks(maps)
        return images


class Critic(nn.Module):
    """Images (N, C, R, R) to ``outputs`` numbers each: (N, 1), how real they look, or an encoder's latents."""

    def __init__(self, resolution: int, channels: int, outputs: int, width: int) -> None:
        super().__init__()
        widths = [width << number for number in range(HALVINGS)]
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(pairwise((channels, *widths))):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(SLOPE), nn.Dropout2d(DROPPED)]
            if number:
                layers.append(nn.BatchNorm2d(after, EPSILON))
        self.model = nn.Sequential(*layers)
        self.adv_layer = nn.Sequential(nn.Linear(widths[-1] * (resolution >> HALVINGS) ** 2, outputs))

    def features(self, images: Tensor) -> Tensor:
        """(N, F): what the last layer sees."""
        features: Tensor = self.model(images).flatten(1)
        return features

    def forward(self, images: Tensor) -> Tensor:
        numbers: Tensor = self.adv_layer(self.features(images))
        return numbers


class WGAN(nn.Module):
    """Generator and critic."""

    def __init__(
        self, resolution: int, channels: int = 1, latent: int = 128, width: int = 128, critic_width: int = 16
    ) -> None:
        super().__init__()
        self.generator = Generator(resolution, channels, latent, width)
        self.discriminator = Critic(resolution, channels, 1, critic_width)


class Encoder(Critic):
    """A critic that gives ``latent`` numbers in [-1, 1]."""

    def __init__(self, resolution: int, channels: int = 1, latent: int = 128, critic_width: int = 16) -> None:
        super().__init__(resolution, channels, latent, critic_width)

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images).tanh()
