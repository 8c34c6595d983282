"""What a run leaves to go on from, and the models it makes on the way; files are numbered by thousands of images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from GANAnomalyLib.models.card import ModelCard

from ..loop import run_state
from ..loop.run_files import model_card, models, states
from ..loop.run_state import load_state
from .joint import Joint
from .training_networks import Networks

__all__ = ["has_model", "models", "read_state", "states", "write_model", "write_state"]


def has_model(folder: Path, seen: int) -> bool:
    """Whether the model after just so many images is there, whole and with its card."""
    card = model_card(folder, seen // 1000)
    return card is not None and card.training.get("kimg") == seen / 1000


def write_state(folder: Path, seen: int, state: dict[str, Any], keep: int) -> Path:
    """Write ``state-<kimg>.pt``, see :func:`.run_state.write_state`."""
    return run_state.write_state(folder, seen // 1000, state, keep, _go_on(folder))


def read_state(path: Path) -> dict[str, Any]:
    """A state, read without running anything in it; raises :class:`InputError` when it is damaged."""
    return load_state(path, ("extra.resolved", "number", "G_ema"))


def write_model(folder: Path, seen: int, networks: Networks, card: ModelCard, joint: Joint | None = None) -> Path:
    """Write ``snapshot-<kimg>.safetensors`` and its card: the averaged generator, and G and D for others to begin from.

    ``joint`` gives the averaged encoder. Raises :class:`GANAnomalyError` saying which state survives.
    """
    tensors = {
        f"{name}.{key}": value
        for name in ("G_ema", "G", "D")
        for key, value in getattr(networks, name).state_dict().items()
    }
    if joint is not None:
        tensors |= {f"encoder.{key}": value for key, value in joint.E_ema.state_dict().items()}
    return run_state.write_model(folder, seen // 1000, tensors, card, _go_on(folder))


def _go_on(folder: Path) -> str:
    return f"go on with --resume {folder.name}"
