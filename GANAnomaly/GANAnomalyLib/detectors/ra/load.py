"""Building the networks from their card and tensors, and from a published state dict with LPIPS's weights."""

from __future__ import annotations

from ..restorer.load import Published, Restorer, Shapes
from ..restorer.perceptual_distance import LPIPS_NAMES
from ..sivae.architecture import SivaeArchitecture
from ..sivae.load import build, recognised


def recognise(shapes: Shapes) -> Published | None:
    """See :class:`Restorer`: the names of a soft introspective autoencoder, and LPIPS's."""
    return recognised(shapes) if any(name.startswith(LPIPS_NAMES) for name in shapes) else None


RESTORER = Restorer("ra", SivaeArchitecture, build, recognise, needs_perceptual=True)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
