"""StyleGAN2(-ADA) networks, compatible by parameter name with published checkpoints."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {"Generator": "generator", "Discriminator": "discriminator", "Encoder": "encoder", "load_network": "load"}
__all__ = ["Discriminator", "Encoder", "Generator", "load_network"]

if TYPE_CHECKING:
    from ..load import load_network
    from .discriminator import Discriminator
    from .encoder import Encoder
    from .generator import Generator


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
