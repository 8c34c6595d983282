"""Building the network from its card and tensors, and from a published state dict."""

from __future__ import annotations

from torch import Tensor, nn

from ..restorer.load import Published, Restorer, Shapes
from .architecture import VqvaeArchitecture
from .network import vq_vae

PUBLISHED_SIDE = 128
"""Pixels of a side of the published models' images; the network itself takes any."""
_FIRST, _CODES = "encoder.blocks.0.conv.weight", "quantizer.quantizer.embedding.weight"


def build(architecture: VqvaeArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    return {"network": vq_vae(architecture, channels)}


def recognise(shapes: Shapes) -> Published | None:
    """What a state dict with the names of MONAI's VQ-VAE is of; None for other names."""
    first, codes = shapes.get(_FIRST, ()), shapes.get(_CODES, ())
    if len(first) != 4 or len(codes) != 2:
        return None
    blocks = {name.split(".")[2] for name in shapes if name.startswith("encoder.blocks.")}
    residual = {name.split(".")[2] for name in shapes if name.startswith("encoder.blocks.") and ".conv1." in name}
    # The last block makes the numbers of a code; all others that are not residual halve the side.
    levels = max(len(blocks) - len(residual) - 1, 1)
    architecture = {
        "width": first[0],
        "levels": levels,
        "residual": len(residual) // levels,
        "codes": codes[0],
        "code_width": codes[1],
    }
    return Published(PUBLISHED_SIDE, architecture, converted, first[1])


def converted(tensors: dict[str, Tensor], part: str = "network") -> dict[str, Tensor]:
    """The published tensors under ``part``; what only training needs of the codebook may be missing."""
    held = dict(tensors)
    if _CODES in held:
        held.setdefault("quantizer.quantizer.ema_cluster_size", held[_CODES].new_zeros(len(held[_CODES])))
        held.setdefault("quantizer.quantizer.ema_w", held[_CODES].clone())
    return {f"{part}.{name}": value for name, value in held.items()}


RESTORER = Restorer("vqvae", VqvaeArchitecture, build, recognise)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
