"""Image to latent w: the start of the fast projection.

Not part of the published networks. The trunk is the discriminator's (residual blocks to 4x4), without the minibatch
statistics that would make one slice's latent depend on its neighbours in the batch.
"""

from __future__ import annotations

from torch import Tensor, nn

from .discriminator import Epilogue, ResidualBlock
from .layers import block_resolutions, channel_widths


class Encoder(nn.Module):
    """Images (N, C, R, R) in [-1, 1] to w (N, w_dim) of the generator that it was trained beside."""

    def __init__(
        self,
        w_dim: int,
        img_resolution: int,
        img_channels: int = 1,
        channel_base: int = 2048,
        channel_max: int = 64,
    ) -> None:
        super().__init__()
        widths = channel_widths(img_resolution, channel_base, channel_max)
        self.resolutions = block_resolutions(img_resolution)[:0:-1]
        for index, res in enumerate(self.resolutions):
            block = ResidualBlock(img_channels if index == 0 else 0, widths[res], widths[res // 2], False, None)
            self.add_module(f"b{res}", block)
        self.b4 = Epilogue(widths[4], w_dim, 0, None)

    def forward(self, img: Tensor) -> Tensor:
        x = img
        for res in self.resolutions:
            x = getattr(self, f"b{res}")(x)
        ws: Tensor = self.b4(x)
        return ws
