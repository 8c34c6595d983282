"""Building the networks from their card and tensors, and from a published state dict."""

from __future__ import annotations

import math
import re

from torch import nn

from ..restorer.load import Published, Restorer, Shapes, under
from ..restorer.perceptual_distance import LPIPS_NAMES
from .architecture import SivaeArchitecture
from .network import Sizes, SoftIntroVae

_BLOCK = re.compile(r"encoder\.main\.res_in_(\d{1,4})\.conv1\.weight")
_EXPAND = "encoder.main.res_in_{}.conv_expand.weight"
_FIRST, _LAST = "encoder.main.0.weight", "encoder.fc.weight"


def build(architecture: SivaeArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    sizes = Sizes(resolution, channels, architecture.widths, architecture.latent, architecture.expand)
    return {"network": SoftIntroVae(sizes)}


def recognised(shapes: Shapes) -> Published | None:
    """What a state dict of encoder and decoder with the published names is of, with and without the 1 x 1 convolutions
    between equal widths; None for other names, and for what holds more than these two."""
    first, last = shapes.get(_FIRST, ()), shapes.get(_LAST, ())
    blocks = sorted((int(match[1]) for match in map(_BLOCK.fullmatch, shapes) if match), reverse=True)
    parts = {name.partition(".")[0] for name in shapes if not name.startswith(LPIPS_NAMES)}
    if len(first) != 4 or len(last) != 2 or len(blocks) < 2 or parts != {"encoder", "decoder"}:
        return None
    # The last block changes nothing but the maps.
    outs = [shapes[f"encoder.main.res_in_{side}.conv1.weight"] for side in blocks[:-1]]
    widths = [first[0], *(shape[0] for shape in outs)]
    equal = [side for side, wide, out in zip(blocks, widths, widths[1:], strict=False) if wide == out]
    expand = any(_EXPAND.format(side) in shapes for side in equal)
    left = math.isqrt(last[1] // widths[-1])
    architecture = {"widths": widths, "latent": last[0] // 2, "expand": expand}
    return Published(left << len(widths), architecture, under(), first[1])


def recognise(shapes: Shapes) -> Published | None:
    """See :class:`Restorer`; the reversed autoencoder's have a perceptual network beside them."""
    return None if any(name.startswith(LPIPS_NAMES) for name in shapes) else recognised(shapes)


RESTORER = Restorer("sivae", SivaeArchitecture, build, recognise)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
