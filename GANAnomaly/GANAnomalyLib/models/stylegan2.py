"""A path that scripts know: ``from GANAnomalyLib.models.stylegan2 import load_network``.

The networks live with their detector, in :mod:`GANAnomalyLib.detectors.stylegan2`; nothing of ours imports them here.
"""

from __future__ import annotations

import importlib
from typing import Any

_PLACES = {
    "Discriminator": "network.discriminator",
    "Encoder": "network.encoder",
    "Generator": "network.generator",
    "load_network": "load",
}
__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"GANAnomalyLib.detectors.stylegan2.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
