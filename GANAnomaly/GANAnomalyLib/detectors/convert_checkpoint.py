"""Other people's checkpoints into the project's own format, once, so that nothing risky is opened again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..modalities import WINDOWS, modality_code
from ..models.card import DEFAULT_KIND, ModelCard
from ..models.store import card_path, checked_destination
from .kinds import detector_kinds

_NOT_SETTABLE = {"schema", "sha256", "resolution", "channels", "architecture", "kind"}


def convert(
    source: Path | str,
    destination: Path | str,
    which: str = "G_ema",
    card_fields: dict[str, Any] | None = None,
    force: bool = False,
) -> ModelCard:
    """Convert a .pkl, .pt, .pth or foreign .safetensors generator to ``destination`` (.safetensors and .json card).

    Parameters
    ----------
    source: the checkpoint; read without running anything in it. For PICARD its folder, or one gen_*.pt of it.
    destination: the file to write; its card gets the same name ending in .json.
    which: "G_ema", the averaged generator, or "G".
    card_fields: what is known of the model (``title``, ``anatomy``, ``window``, ``level``, ``licence``, ...).
    force: replace an existing model.

    Returns
    -------
    ModelCard
        The card as written, its architecture taken from the tensors.

    Raises
    ------
    InputError
        The source cannot be used, a card field is unknown, or the destination may not be written. The network is
        built before anything is written, so a checkpoint that would not load leaves no file.
    """
    source, destination = Path(source), checked_destination(destination, force)
    if which not in ("G_ema", "G"):
        raise InputError(f"Only generators can be converted: choose G_ema or G, not {which!r}.")
    card = _card_of(source, destination, card_fields or {})
    for kind in sorted(detector_kinds().values(), key=lambda kind: kind.name == DEFAULT_KIND):
        # The default kind's reader takes whatever the others leave, and says what is wrong with it.
        make = getattr(kind.module("load"), "convert_published", None)
        written: ModelCard | None = None if make is None else make(source, destination, card, which, force)
        if written is not None:
            return written
    raise InputError(f"{source} is no checkpoint that can be converted: check the path.")


def _card_of(source: Path, destination: Path, fields: dict[str, Any]) -> ModelCard:
    """The source's own card where it has one, else an empty one, with the given fields filled in."""
    known = {item.name for item in dataclasses.fields(ModelCard)} - _NOT_SETTABLE
    unknown = sorted(set(fields) - known)
    if unknown:
        raise InputError(f"A model card has no field {', '.join(unknown)} to set; it has {', '.join(sorted(known))}.")
    beside = card_path(source)
    own = source.suffix == ".safetensors" and beside.is_file()
    window, level = WINDOWS[modality_code(str(fields.get("modality", "")))]
    card = ModelCard.read(beside) if own else ModelCard(destination.stem, window=window, level=level)
    card = dataclasses.replace(card, **{"name": destination.stem, **fields})
    card.check("The new card")
    return card
