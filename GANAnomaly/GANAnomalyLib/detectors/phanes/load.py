"""Building the networks from their card and tensors, and from a published state dict."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from ..restorer.load import Published, Restorer, Shapes
from ..sivae.load import build as build_coarse
from ..sivae.load import recognised
from .architecture import PhanesArchitecture
from .inpainter import Inpainter

_FIRST, _COARSE = "netG.encoder.1.weight", ("encoder.", "decoder.")
_BLOCKS = "netG.middle."


def build(architecture: PhanesArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    inpainter = Inpainter(channels, architecture.inpainter_width, architecture.blocks)
    return {**build_coarse(architecture, resolution, channels), "inpainter": inpainter}


def recognise(shapes: Shapes) -> Published | None:
    """See :class:`Restorer`: a reversed autoencoder beside AOT-GAN's generator."""
    coarse = recognised({name: shape for name, shape in shapes.items() if name.startswith(_COARSE)})
    first = shapes.get(_FIRST, ())
    if coarse is None or len(first) != 4:
        return None
    numbers = [name[len(_BLOCKS) :].partition(".")[0] for name in shapes if name.startswith(_BLOCKS)]
    facts = {"inpainter_width": first[0], "blocks": len(set(numbers))}
    return replace(coarse, architecture={**coarse.architecture, **facts}, converted=_named)


def _named(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published tensors as ours; the discriminator's are left off."""
    named = {}
    for name, value in tensors.items():
        part, _, rest = name.partition(".")
        if part == "netG":
            named[f"inpainter.{rest}"] = value
        elif part != "netD":
            named[f"network.{name}"] = value
    return named


RESTORER = Restorer("phanes", PhanesArchitecture, build, recognise, needs_perceptual=True)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
