"""What a run leaves to go on from, and the models it makes on the way: whole or not there at all, whatever kills it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.files import is_full, write_whole
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import card_path, save_model

from .run_files import model_path, states

NOT_FULL = ": check that its folder can be written to and is not full"
GO_ON = "the same command goes on"


def save_state(path: Path, state: Any) -> None:
    """Write tensors and plain values with torch, so that they outlive a power cut, too; raises as ``files.whole``."""

    def save(part: Path) -> None:
        # A file of our own: torch's writer would hide why the disk refused.
        with open(part, "wb") as file:
            torch.save(state, file)

    write_whole(path, save, "the run's state", sync=True)


def load_state(path: Path, needed: tuple[str, ...] = (), what: str = "state", otherwise: str = "") -> dict[str, Any]:
    """A state, read without running anything in it.

    Raises :class:`InputError` when it is damaged, or has not what is ``needed`` ("extra.sums" lies in "extra").
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        for place in needed:
            held = state
            for name in place.split("."):
                held = held[name]
    except Exception as error:  # unpickling a damaged file fails in many ways
        otherwise = otherwise or "go on from the one before"
        raise InputError(f"The {what} {path.name} is damaged: delete it to {otherwise}.", str(error)) from error
    return state


_OTHERS = {"images": "other training images: give the same ones", "model": "another model: give the same one"}


def check_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise :class:`InputError` naming the first of a run's fixed settings that is no longer what it was.

    One that was not kept counts as the same.
    """
    for name, value in now.items():
        if before.get(name, value) != value:
            said = _OTHERS.get(name, f"{name} {before[name]}, not {value}: use the same settings")
            raise InputError(f"This run began with {said}, or begin another run in another folder.")


def write_state(folder: Path, number: int, state: dict[str, Any], keep: int, go_on: str = GO_ON) -> Path:
    """Write ``state-<number>.pt``, whole or not at all, then forget all but the last ``keep``.

    ``state`` holds tensors and plain values only. Raises :class:`GANAnomalyError` saying which state survives and how
    to ``go_on``.
    """
    path = folder / f"state-{number:06d}.pt"
    with _state_errors(folder, path, go_on):
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


def write_model(
    folder: Path, number: int, tensors: Mapping[str, torch.Tensor], card: ModelCard, go_on: str = GO_ON
) -> Path:
    """Write ``snapshot-<number>.safetensors`` and its card; raises as :func:`write_state`."""
    path = model_path(folder, number)
    with _state_errors(folder, path, go_on):
        # A run that goes on writes this name again: the old card must not stand beside new weights, however short.
        card_path(path).unlink(missing_ok=True)
        save_model(path, tensors, card, force=True)
    return path


@contextmanager
def writing_errors(path: Path, rest: Callable[[Exception], str]) -> Iterator[None]:
    """Failures to write a file, as a :class:`GANAnomalyError`; ``rest`` is what follows "FILE cannot be written"."""
    try:
        yield
    except (OSError, GANAnomalyError, RuntimeError) as error:
        details = f"{error}; {getattr(error, 'details', '')}"
        raise GANAnomalyError(f"{path.name} cannot be written{rest(error)}", details) from error


def _state_errors(folder: Path, path: Path, go_on: str) -> AbstractContextManager[None]:
    """Failures to write, as a sentence that says what is still good."""

    def rest(error: Exception) -> str:
        why = ", the disk is full" if is_full(error) else NOT_FULL
        left = states(folder)
        good = f"{left[-1].name} is good" if left else "there is no earlier one"
        return f"{why}; {good}: make room and {go_on}."

    return writing_errors(path, rest)
