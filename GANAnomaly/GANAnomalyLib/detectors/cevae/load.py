"""Building the network from its card and tensors, and from a published state dict."""

from __future__ import annotations

from ..restorer.load import Published, Restorer, Shapes
from ..vae.load import build, recognised
from .architecture import CevaeArchitecture


def recognise(shapes: Shapes) -> Published | None:
    """See :class:`Restorer`: the autoencoder with four halvings."""
    found = recognised(shapes)
    return found if found is not None and len(found.architecture["widths"]) == 4 else None


RESTORER = Restorer("cevae", CevaeArchitecture, build, recognise)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
