"""Training of StyleGAN2-ADA (Karras et al. 2020a, 2020b) on medical images.

One file an idea: options, presets and config (what is asked for, the published base configurations, what they come to),
plan (options and data to a run), draws (all chance, by the step's number), reals (batches), losses, networks and
trainer (one step), joint (an encoder that learns beside the generator), parallel and launch (several processes),
snapshots, ticks, grids, metrics, watch and card (what a run leaves behind), transfer (beginning from a model), run (all
of it).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("stylegan2", "A generator of normal anatomy (StyleGAN2-ADA)", __name__, own_command=True)
_PUBLIC = {
    "ResolvedConfig": "stylegan2_config",
    "TrainOptions": "stylegan2_options",
    "make_plan": "stylegan2_plan",
    "read_request": "stylegan2_plan",
    "resolve": "stylegan2_config",
    "train": "train_stylegan2",
}
__all__ = ["TRAINER", "ResolvedConfig", "TrainOptions", "make_plan", "read_request", "resolve", "train"]

if TYPE_CHECKING:
    from .stylegan2_config import ResolvedConfig, resolve
    from .stylegan2_options import TrainOptions
    from .stylegan2_plan import make_plan, read_request
    from .train_stylegan2 import train


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
