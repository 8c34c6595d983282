"""Building the network from its card and tensors, and from a published state dict."""

from __future__ import annotations

from torch import nn

from ..restorer.load import Published, Restorer, Shapes, under
from .architecture import VaeArchitecture
from .network import Vae

_FIRST, _LAST = "encoder.start.conv.weight", "encoder.end.conv.weight"


def build(architecture: VaeArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    return {"network": Vae(resolution, channels, architecture.widths, architecture.latent)}


def recognised(shapes: Shapes) -> Published | None:
    """What a state dict with the names of Zimmerer's autoencoder is of; None for other names."""
    first, last = shapes.get(_FIRST, ()), shapes.get(_LAST, ())
    if len(first) != 4 or len(last) != 4:
        return None
    middle = [name for name in shapes if name.startswith("encoder.middle_blocks.")]
    blocks = [shapes.get(f"encoder.middle_blocks.{number}.conv.weight", (0,)) for number in range(len(middle))]
    widths = [first[0], *(shape[0] for shape in blocks)]
    architecture = {"widths": widths, "latent": last[0] // 2}
    return Published(last[-1] << len(widths), architecture, under(), first[1])


def recognise(shapes: Shapes) -> Published | None:
    """See :class:`Restorer`; ceVAE's are a network of the same kind with four halvings."""
    found = recognised(shapes)
    return None if found is None or len(found.architecture["widths"]) == 4 else found


RESTORER = Restorer("vae", VaeArchitecture, build, recognise)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
