"""MONAI's U-Net as AnoDDPM's published weights want it, what a card says of it, and what published names become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from ...errors import InputError
from ...option_fields import option
from ..restorer.architecture import Architecture, whole_numbers
from ..restorer.load import Published, Shapes
from .noise import KINDS

RESOLUTION = 128
"""Of all published images."""
GROUPS = 32
WIDEST = 1024
_START = "unet."
"""Of published names, and of our own."""
_UNUSED = ".proj_attn."
"""A last projection of the attention that published weights hold and the published network never applies."""


@dataclass
class UNetArchitecture(Architecture):
    """What a card says of the network, and of the noise that it learnt to find."""

    widths: tuple[int, ...] = option(
        (128, 256, 256), "Channels of each level, multiples of 32.", check_value=whole_numbers(GROUPS, WIDEST, 8)
    )
    attention: int = option(2, "How many of the coarsest levels have attention.", low=0, high=8)
    blocks: int = option(1, "Residual blocks a level.", low=1, high=8)
    head: int = option(256, "Channels of a head of the attention.", low=1, high=WIDEST)
    noise: str = option("gaussian", "What images are hidden in.", choices=KINDS)

    def fits(self, resolution: int) -> None:
        """See :class:`Architecture`."""
        if any(width % GROUPS for width in self.widths):
            raise InputError(f"widths must be multiples of {GROUPS}")
        if any(width % self.head for width in self._attentive()):
            raise InputError("the widths of levels with attention must be multiples of head")
        if resolution % (1 << (len(self.widths) - 1)):
            raise InputError(f"images of {resolution} pixels cannot be halved {len(self.widths) - 1} times")

    def _attentive(self) -> tuple[int, ...]:
        # The middle of the network, as wide as the last level, always has attention.
        return self.widths[-max(self.attention, 1) :]


def build(architecture: UNetArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`~..restorer.load.Restorer`."""
    from monai.networks.nets import DiffusionModelUNet

    levels = len(architecture.widths)
    return {
        "unet": DiffusionModelUNet(
            spatial_dims=2,
            in_channels=channels,
            out_channels=channels,
            num_res_blocks=architecture.blocks,
            channels=architecture.widths,
            attention_levels=[level >= levels - architecture.attention for level in range(levels)],
            norm_num_groups=GROUPS,
            num_head_channels=architecture.head,
            include_fc=False,
            use_flash_attention=True,
        )
    }


def recognised(shapes: Shapes) -> Published | None:
    """What a state dict with the names of MONAI Generative's ``DiffusionModelUNet`` is of; None for other names.

    How many channels a head has does not follow from shapes: it is taken for the published one head a level.
    """
    levels = [shapes.get(f"{_START}down_blocks.{level}.resnets.0.conv1.conv.weight") for level in range(8)]
    widths = [shape[0] for shape in levels if shape]
    first = shapes.get(f"{_START}conv_in.conv.weight", ())
    if not widths or len(first) != 4:
        return None
    attentive = [f"{_START}down_blocks.{level}.attentions.0.norm.weight" in shapes for level in range(len(widths))]
    blocks = [name for name in shapes if re.fullmatch(rf"{_START}down_blocks\.0\.resnets\.\d+\.norm1\.weight", name)]
    architecture = {"widths": widths, "attention": sum(attentive), "blocks": len(blocks), "head": widths[-1]}
    return Published(RESOLUTION, architecture, converted, first[1])


def converted(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published names as MONAI 1.6 has them."""
    renamed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if _UNUSED not in name:
            name = re.sub(r"(attentions?(?:\.\d+)?)\.(to_[qkv])\.", r"\1.attn.\2.", name)
            renamed[name.replace(".upsampler.conv.", ".upsampler.postconv.")] = value
    return renamed
