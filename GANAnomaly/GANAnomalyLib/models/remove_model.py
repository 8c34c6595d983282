"""Deleting a model that the user added."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ..errors import InputError
from .card import ModelCard
from .registry import ModelEntry, list_models, no_such_model
from .store import card_path


def remove_model(name: str) -> list[Path]:
    """Delete the files of a model in the user's own folder; returns them.

    Raises :class:`InputError` for a name nobody knows, a model that came with the program or lies in a folder that is
    others' too, and files that cannot be deleted.
    """
    entries = [entry for entry in list_models() if entry.name == name]
    own = [entry for entry in entries if entry.own]
    if not entries:
        raise no_such_model(name)
    if not own:
        raise InputError(f"The model {name!r} is not one of yours: {_whose(entries[0])}.", field="model")
    removed = []
    for path in _files(own[0].path):
        try:
            path.unlink()
        except OSError as error:
            raise InputError(
                f"{path.name} cannot be deleted: close it in other programs and try again.", str(error), field="model"
            ) from error
        removed.append(path)
    return removed


def _files(path: Path) -> list[Path]:
    """The card last: what is left of a removal that fails is still a model, or says what is missing of one."""
    card = card_path(path)
    if path == card or not card.is_file():
        return [path]
    with contextlib.suppress(InputError):
        ModelCard.read(card)
        return [path, card]
    return [path]


def _whose(entry: ModelEntry) -> str:
    if entry.bundled:
        return "it came with GANAnomaly and stays"
    return f"it lies in {entry.path.parent}, where others may need it"
