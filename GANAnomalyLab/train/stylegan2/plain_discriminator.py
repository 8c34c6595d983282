"""The discriminator without residual branches, which the configuration ``cifar`` was published with."""

from __future__ import annotations

from torch import Tensor, nn

from GANAnomalyLib.detectors.stylegan2.network.discriminator import Discriminator, ResidualBlock


class PlainBlock(nn.Module):
    """Two convolutions, the second halving the size; parameter names as in the residual block, without ``skip``."""

    half: bool  # type: ignore[assignment]  # in the place of the method of this name

    def __init__(self, block: ResidualBlock) -> None:
        super().__init__()
        self.half = block.half
        self.register_buffer("resample_filter", block.resample_filter)
        if hasattr(block, "fromrgb"):
            self.fromrgb = block.fromrgb
        self.conv0, self.conv1 = block.conv0, block.conv1

    def forward(self, x: Tensor) -> Tensor:
        x = x.half() if self.half and x.device.type == "cuda" else x.to(self.conv0.weight.dtype)
        if hasattr(self, "fromrgb"):
            x = self.fromrgb(x)
        return self.conv1(self.conv0(x))


class PlainDiscriminator(Discriminator):
    """As :class:`Discriminator`; each block is a :class:`PlainBlock` (Karras et al. 2020b, appendix D)."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for resolution in self.resolutions:
            setattr(self, f"b{resolution}", PlainBlock(getattr(self, f"b{resolution}")))
