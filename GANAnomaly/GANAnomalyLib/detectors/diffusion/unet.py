"""MONAI's U-Net as AnoDDPM's published weights want it, and what published names become."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor, nn

from ..restorer.load import Published, Shapes
from .architecture import MOST_LEVELS, UNetArchitecture

RESOLUTION = 128
"""Of all published images."""
PART = "unet"
"""Our name of the network, and what published names begin with."""
_UNUSED = ".proj_attn."
"""A last projection of the attention, which published weights hold and the published network never applies."""


def build(architecture: UNetArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`~..restorer.load.Restorer`."""
    from monai.networks.nets import DiffusionModelUNet

    levels = len(architecture.widths)
    network = DiffusionModelUNet(
        spatial_dims=2,
        in_channels=channels,
        out_channels=channels,
        num_res_blocks=architecture.blocks,
        channels=architecture.widths,
        attention_levels=[level >= levels - architecture.attention for level in range(levels)],
        norm_num_groups=architecture.groups,
        num_head_channels=architecture.head,
        include_fc=False,
        use_flash_attention=True,
    )
    return {PART: network}


def recognised(shapes: Shapes) -> Published | None:
    """What a state dict with the names of MONAI Generative's U-Net is of; None for other names.

    What does not follow from shapes is taken for as published: one head a level, groups, noise, and 128 pixels.
    """
    start = f"{PART}.down_blocks"
    first = [shapes.get(f"{start}.{level}.resnets.0.conv1.conv.weight", ()) for level in range(MOST_LEVELS)]
    widths = [shape[0] for shape in first if shape]
    entry = shapes.get(f"{PART}.conv_in.conv.weight", ())
    if not widths or len(entry) != 4:
        return None
    attentive = [f"{start}.{level}.attentions.0.norm.weight" in shapes for level in range(len(widths))]
    blocks = [name for name in shapes if re.fullmatch(rf"{start}\.0\.resnets\.\d+\.norm1\.weight", name)]
    architecture = {"widths": widths, "attention": sum(attentive), "blocks": len(blocks), "head": widths[-1]}
    return Published(RESOLUTION, architecture, converted, entry[1])


def converted(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published names as MONAI 1.6 has them."""
    renamed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if _UNUSED not in name:
            name = re.sub(r"(attentions?(?:\.\d+)?)\.(to_[qkv])\.", r"\1.attn.\2.", name)
            renamed[name.replace(".upsampler.conv.", ".upsampler.postconv.")] = value
    return renamed
