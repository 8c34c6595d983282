"""Training of PICARD: hide a part of a normal patch, learn to complete it (Konz et al. 2023).

One file an idea: config and published (settings), pool and data (what is learnt from), losses and trainer (one
iteration), snapshots, log and grids (what a run leaves behind), run (all of it). ``python -m
GANAnomalyLab.train.picard demo`` trains on the virtual cohort.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {"PicardConfig": "picard_config", "Pool": "patch_pool", "train": "train_picard"}
__all__ = ["PicardConfig", "Pool", "train"]

if TYPE_CHECKING:
    from .patch_pool import Pool
    from .picard_config import PicardConfig
    from .train_picard import train


def __getattr__(name: str) -> Any:
    # --help needs the settings without torch.
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
