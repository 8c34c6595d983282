"""An encoder for a trained generator: from an image to the w that makes it, the start of the fast projection."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("encoder", "Find a slice's latent at once, for fast analysis", __name__, own_command=True)
_PUBLIC = {"EncoderConfig": "encoder_config", "train_encoder": "encoder_run"}
__all__ = ["TRAINER", "EncoderConfig", "train_encoder"]

if TYPE_CHECKING:
    from .encoder_config import EncoderConfig
    from .encoder_run import train_encoder


def __getattr__(name: str) -> Any:
    # The demo's trainer paints with ``corrupt`` alone, and --help needs the settings without torch.
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
