"""What a run leaves to go on from, and the models it makes on the way."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.files import is_full
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import card_path, save_model

from ..state_file import save_state
from .joint import Joint
from .training_networks import Networks

_STATE = re.compile(r"state-(\d{6,12})\.pt")
_MODEL = re.compile(r"snapshot-(\d{6,12})\.safetensors")


def states(folder: Path) -> list[Path]:
    """The states that a run can go on from, oldest first."""
    return _named(folder, _STATE)


def models(folder: Path) -> list[Path]:
    """The models that a run has made, oldest first."""
    return _named(folder, _MODEL)


def has_model(folder: Path, seen: int) -> bool:
    """Whether the model after just so many images is there, whole and with its card."""
    path = card_path(_model_path(folder, seen))
    try:
        return (
            path.is_file()
            and _model_path(folder, seen).is_file()
            and ModelCard.read(path).training.get("kimg") == seen / 1000
        )
    except InputError:
        return False


def write_state(folder: Path, seen: int, state: dict[str, Any], keep: int) -> Path:
    """Write ``state-<kimg>.pt``, whole or not at all, then forget all but the last ``keep``.

    ``state`` holds tensors and plain values only. Raises :class:`GANAnomalyError` saying which state survives.
    """
    path = folder / f"state-{seen // 1000:06d}.pt"
    with _told(folder, path):
        try:
            save_state(path, state)
        except GANAnomalyError as error:
            spare = [old for old in states(folder)[:-1] if old != path]
            if not is_full(error) or not spare:
                raise
            # A full disk: an old state is worth less than the new one, as long as another one is left.
            for old in spare:
                old.unlink(missing_ok=True)
            save_state(path, state)
    for old in states(folder)[:-keep]:
        old.unlink(missing_ok=True)
    return path


def read_state(path: Path) -> dict[str, Any]:
    """A state, read without running anything in it; raises :class:`InputError` when it is damaged."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        state["extra"]["resolved"], state["number"], state["G_ema"]
    except Exception as error:  # unpickling a damaged file fails in many ways
        raise InputError(
            f"The state {path.name} is damaged: delete it to go on from the one before.", str(error)
        ) from error
    return state


def write_model(folder: Path, seen: int, networks: Networks, card: ModelCard, joint: Joint | None = None) -> Path:
    """Write ``snapshot-<kimg>.safetensors`` and its card: the averaged generator, and G and D for others to begin from.

    ``joint`` gives the averaged encoder. Raises :class:`GANAnomalyError` saying which state survives.
    """
    path = _model_path(folder, seen)
    tensors = {
        f"{name}.{key}": value
        for name in ("G_ema", "G", "D")
        for key, value in getattr(networks, name).state_dict().items()
    }
    if joint is not None:
        tensors |= {f"encoder.{key}": value for key, value in joint.E_ema.state_dict().items()}
    with _told(folder, path):
        # A run that goes on writes this name again: the old card must not stand beside new weights, however short.
        card_path(path).unlink(missing_ok=True)
        save_model(path, tensors, card, force=True)
    return path


@contextmanager
def _told(folder: Path, path: Path) -> Iterator[None]:
    """Failures to write, as a sentence that says what is still good."""
    try:
        yield
    except (OSError, GANAnomalyError, RuntimeError) as error:
        why = "the disk is full" if is_full(error) else "check that its folder can be written to and is not full"
        left = states(folder)
        good = f"{left[-1].name} is good" if left else "there is no earlier one"
        raise GANAnomalyError(
            f"{path.name} cannot be written, {why}; {good}: make room and go on with --resume {folder.name}.",
            f"{error}; {getattr(error, 'details', '')}",
        ) from error


def _model_path(folder: Path, seen: int) -> Path:
    return folder / f"snapshot-{seen // 1000:06d}.safetensors"


def _named(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    found = [(int(match[1]), folder / match[0]) for match in map(pattern.fullmatch, os.listdir(folder)) if match]
    return [path for _, path in sorted(found)]
