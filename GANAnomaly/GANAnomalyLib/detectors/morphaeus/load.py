"""Building the network from its card and tensors, and from a published state dict."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from ..restorer.load import Published, Restorer, Shapes
from .architecture import MorphAEusArchitecture
from .network import MorphAEus

_FIRST, _GRID = "encoder.conv__encode_0.weight", "deformer.transformer.grid"


def build(architecture: MorphAEusArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    return {"network": MorphAEus(resolution, channels, architecture.width)}


def recognise(shapes: Shapes) -> Published | None:
    """See :class:`Restorer`: by the names of encoder and deformer.

    The grid of the deformer says the resolution; where it was left off, the number of levels does.
    """
    first, grid = shapes.get(_FIRST, ()), shapes.get(_GRID, ())
    if len(first) != 4 or "deformer.flow.weight" not in shapes:
        return None
    levels = sum(name.startswith("encoder.conv__encode_") and name.endswith("weight") for name in shapes)
    return Published(grid[-1] if grid else 1 << levels, {"width": first[0]}, _named, first[1])


def _named(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published tensors as ours; the grids of places are made anew."""
    return {f"network.{name}": value for name, value in tensors.items() if not name.endswith(".grid")}


RESTORER = Restorer("morphaeus", MorphAEusArchitecture, build, recognise)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
