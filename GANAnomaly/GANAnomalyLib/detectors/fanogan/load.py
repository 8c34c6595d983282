"""Building the networks from their card and tensors, and from a published state dict."""

from __future__ import annotations

from math import isqrt

from torch import nn

from ..restorer.load import Published, Restorer, Shapes
from .architecture import FAnoGANArchitecture
from .network import STEPS, WGAN, Encoder

_FIRST, _LATENT = "encoder.model.0.weight", "encoder.adv_layer.0.weight"
_GROWS = "wgan.generator.conv_blocks.2.weight"
_BEGINS = "wgan.generator.l1.0.weight"


def build(architecture: FAnoGANArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    latent, critic_width = architecture.latent, architecture.critic_width
    return {
        "encoder": Encoder(resolution, channels, latent, critic_width),
        "wgan": WGAN(resolution, channels, latent, architecture.width, critic_width),
    }


def recognise(shapes: Shapes) -> Published | None:
    """See :class:`Restorer`: by the encoder beside a GAN."""
    first, latent, grows, begins = (shapes.get(name, ()) for name in (_FIRST, _LATENT, _GROWS, _BEGINS))
    if [len(first), len(latent), len(grows), len(begins)] != [4, 2, 4, 2] or not grows[0]:
        return None
    architecture = {"latent": latent[0], "width": grows[0], "critic_width": first[0]}
    return Published(STEPS * isqrt(begins[0] // grows[0]), architecture, dict, first[1])


RESTORER = Restorer("fanogan", FAnoGANArchitecture, build, recognise)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
