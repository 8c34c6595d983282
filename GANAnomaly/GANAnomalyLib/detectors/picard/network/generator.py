"""The inpainting network: a coarse completion, then a fine one with contextual attention."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ....errors import InputError
from .attention import contextual_attention
from .dropout import Drop
from .layers import ConvBlock, twice

ATROUS = {"conv7_atrous": 2, "conv8_atrous": 4, "conv9_atrous": 8, "conv10_atrous": 16}
"""The dilated layers of both stages, with their dilation."""


class _Stage(nn.Module):
    """What both stages share: running layers by name with dropout between them, and the decoder."""

    drop_prefix = ""

    def run(self, x: torch.Tensor, names: tuple[str, ...], drop: Drop | None = None) -> torch.Tensor:
        """Apply layers by name, each followed by its channels' multipliers where ``drop`` has some."""
        for name in names:
            x = getattr(self, name)(x)
            kept = None if drop is None else drop.get(f"{self.drop_prefix}{name}")
            if kept is not None:
                x = x * kept[:, :, None, None].to(x.dtype)
        return x

    def decode(self, x: torch.Tensor, stem: str, drop: Drop | None = None) -> torch.Tensor:
        """Features at a quarter of the size to an image (N, C, H, W) in [-1, 1]."""
        x = twice(self.run(x, (f"{stem}11", f"{stem}12"), drop))
        x = twice(self.run(x, (f"{stem}13", f"{stem}14"), drop))
        return self.run(x, (f"{stem}15", f"{stem}16", f"{stem}17"), drop).clamp(-1.0, 1.0)

    def _add_decoder(self, stem: str, channels_in: int, channels: int, n: int) -> None:
        widths = ((11, channels_in, 4 * n), (12, 4 * n, 4 * n), (13, 4 * n, 2 * n), (14, 2 * n, 2 * n))
        for number, wide, narrow in (*widths, (15, 2 * n, n), (16, n, n // 2)):
            setattr(self, f"{stem}{number}", ConvBlock(wide, narrow))
        setattr(self, f"{stem}17", ConvBlock(n // 2, channels, activation=None))

    def _add_atrous(self, n: int) -> None:
        for name, dilation in ATROUS.items():
            setattr(self, name, ConvBlock(4 * n, 4 * n, dilation=dilation))


class CoarseGenerator(_Stage):
    """The first stage: (N, C, H, W) with an empty hole to a rough completion of the same size."""

    drop_prefix = "coarse_generator."
    encoder = ("conv1", "conv2_downsample", "conv3", "conv4_downsample", "conv5", "conv6", *ATROUS)

    def __init__(self, channels: int, n: int) -> None:
        super().__init__()
        self.conv1 = ConvBlock(channels + 2, n, kernel=5)
        self.conv2_downsample = ConvBlock(n, 2 * n, stride=2)
        self.conv3 = ConvBlock(2 * n, 2 * n)
        self.conv4_downsample = ConvBlock(2 * n, 4 * n, stride=2)
        self.conv5 = ConvBlock(4 * n, 4 * n)
        self.conv6 = ConvBlock(4 * n, 4 * n)
        self._add_atrous(n)
        self._add_decoder("conv", 4 * n, channels, n)

    def forward(self, x: torch.Tensor, mask: torch.Tensor, drop: Drop | None = None) -> torch.Tensor:
        """See :class:`Inpainter`."""
        return self.decode(self.run(with_mask(x, mask), self.encoder, drop), "conv", drop)


class FineGenerator(_Stage):
    """The second stage: the coarse completion, refined; one branch looks for matching background."""

    drop_prefix = "fine_generator."
    encoder = ("conv1", "conv2_downsample", "conv3", "conv4_downsample", "conv5", "conv6", *ATROUS)
    matcher = ("pmconv1", "pmconv2_downsample", "pmconv3", "pmconv4_downsample", "pmconv5", "pmconv6")
    after_matching = ("pmconv9", "pmconv10")

    def __init__(self, channels: int, n: int) -> None:
        super().__init__()
        self.conv1 = ConvBlock(channels + 2, n, kernel=5)
        self.conv2_downsample = ConvBlock(n, n, stride=2)
        self.conv3 = ConvBlock(n, 2 * n)
        self.conv4_downsample = ConvBlock(2 * n, 2 * n, stride=2)
        self.conv5 = ConvBlock(2 * n, 4 * n)
        self.conv6 = ConvBlock(4 * n, 4 * n)
        self._add_atrous(n)
        self.pmconv1 = ConvBlock(channels + 2, n, kernel=5)
        self.pmconv2_downsample = ConvBlock(n, n, stride=2)
        self.pmconv3 = ConvBlock(n, 2 * n)
        self.pmconv4_downsample = ConvBlock(2 * n, 4 * n, stride=2)
        self.pmconv5 = ConvBlock(4 * n, 4 * n)
        # Matching by products wants features without negative values.
        self.pmconv6 = ConvBlock(4 * n, 4 * n, activation=F.relu)
        self.pmconv9 = ConvBlock(4 * n, 4 * n)
        self.pmconv10 = ConvBlock(4 * n, 4 * n)
        self._add_decoder("allconv", 8 * n, channels, n)

    def forward(
        self, x: torch.Tensor, stage1: torch.Tensor, mask: torch.Tensor, drop: Drop | None = None
    ) -> torch.Tensor:
        """See :class:`Inpainter`."""
        x = with_mask(torch.where(mask > 0, stage1, x), mask)
        seen = self.run(x, self.encoder, drop)
        matched = contextual_attention(self.run(x, self.matcher, drop), mask)
        matched = self.run(matched, self.after_matching, drop)
        return self.decode(torch.cat([seen, matched], 1), "allconv", drop)


class Inpainter(nn.Module):
    """Completes the hole of an image with what it knows to be normal.

    Parameters
    ----------
    channels: of the image, 1 or 3. ngf: channels of the first layer (32 as published); even.
    """

    def __init__(self, channels: int = 1, ngf: int = 32) -> None:
        super().__init__()
        if channels < 1 or ngf < 2 or ngf % 2:
            raise InputError(f"An inpainter needs at least 1 channel and an even ngf, not {channels} and {ngf}.")
        self.channels, self.ngf = channels, ngf
        self.coarse_generator = CoarseGenerator(channels, ngf)
        self.fine_generator = FineGenerator(channels, ngf)

    @property
    def img_channels(self) -> int:
        """Channels of the image."""
        return self.channels

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor, drop: Drop | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The coarse and the fine completion.

        Parameters
        ----------
        x: (N, C, H, W) in [-1, 1], 0 in the hole; H and W divisible by 8.
        mask: (N, 1, H, W), 1 in the hole, else 0.
        drop: channel-wise dropout, see :func:`GANAnomalyLib.detectors.picard.network.draw_drop`; None for none.

        Returns
        -------
        tuple
            Two (N, C, H, W) in [-1, 1]; only their hole means anything. Raises :class:`InputError` for another size.
        """
        if x.shape[2] % 8 or x.shape[3] % 8 or x.shape[1] != self.channels:
            raise InputError(
                f"The inpainter takes {self.channels} channel(s) and sides divisible by 8, not {tuple(x.shape[1:])}."
            )
        stage1 = self.coarse_generator(x, mask, drop)
        return stage1, self.fine_generator(x, stage1, mask, drop)


def with_mask(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """What both stages read: (N, C + 2, H, W) of image, ones and mask."""
    return torch.cat([x, torch.ones_like(mask), mask], 1)
