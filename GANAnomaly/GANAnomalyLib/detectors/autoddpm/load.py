"""Building AnoDDPM's network for autoDDPM, from a card and tensors."""

from __future__ import annotations

from ..diffusion.architecture import UNetArchitecture
from ..diffusion.unet import build
from ..restorer.load import Restorer

RESTORER = Restorer("autoddpm", UNetArchitecture, build, needs_perceptual=True)
load_model = RESTORER.load_model
