"""Building the network from its card and tensors, and from a published state dict."""

from __future__ import annotations

import re

from torch import Tensor, nn

from ..restorer.load import Published, Restorer, Shapes
from .architecture import PatchedArchitecture
from .network import GuidedUNet

RESOLUTION = 128
HEAD = 64
PART = "unet"
_START = "diffusion.model."


def build(architecture: PatchedArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    facts = architecture
    network = GuidedUNet(
        channels, facts.width, facts.times, facts.blocks, facts.attention, facts.head, groups=facts.groups
    )
    return {PART: network}


def recognise(shapes: Shapes) -> Published | None:
    """See :class:`Restorer`; heads, boxes and noise do not follow from shapes, and are the published ones."""
    entry = shapes.get(f"{_START}input_blocks.0.0.weight", ())
    if len(entry) != 4:
        return None
    rows = len({name.split(".")[3] for name in shapes if name.startswith(f"{_START}input_blocks.")})
    outs = [shapes.get(f"{_START}input_blocks.{row}.0.in_layers.2.weight", (0,))[0] for row in range(1, rows)]
    attentive = [row for row in range(1, rows) if f"{_START}input_blocks.{row}.1.norm.weight" in shapes]
    # A row of the way up that ends with a block which goes up has two of them.
    second = re.compile(rf"{re.escape(_START)}output_blocks\.\d+\.[12]\.in_layers\.0\.weight")
    ups = [name for name in shapes if second.fullmatch(name)]
    levels = len(ups) + 1
    blocks = (rows - levels) // levels
    if blocks < 1:
        return None
    firsts = outs[:: blocks + 1]
    architecture = {
        "width": entry[0],
        "times": [out // entry[0] for out in firsts],
        "blocks": blocks,
        "attention": len(attentive) // blocks,
        "head": min(HEAD, max(outs)),
    }
    return Published(RESOLUTION, architecture, converted, entry[1])


def converted(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The network's tensors under our name; levels of noise beside them follow from their rule."""
    return {f"{PART}.{name[len(_START) :]}": value for name, value in tensors.items() if name.startswith(_START)}


RESTORER = Restorer("patched_ddpm", PatchedArchitecture, build, recognise)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
