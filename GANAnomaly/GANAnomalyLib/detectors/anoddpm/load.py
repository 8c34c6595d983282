"""Building the network from its card and tensors, and from a published state dict."""

from __future__ import annotations

from ..diffusion.architecture import UNetArchitecture
from ..diffusion.unet import build, recognised
from ..restorer.load import Restorer

RESTORER = Restorer("anoddpm", UNetArchitecture, build, recognised)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
