"""Other people's checkpoints into the project's own format, once, so that nothing risky is opened again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..models.card import ModelCard
from ..models.store import card_path, checked_destination, model_hash, save_model

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
    if source.is_dir() or source.name.startswith("gen_"):
        written = _convert_picard(source, destination, card, force)
        if written is not None:
            return written

    from ..models.checkpoint import read_checkpoint
    from .stylegan2.load import build_network, network_arguments

    checkpoint = read_checkpoint(source, which)
    generator = build_network(checkpoint)
    arguments = network_arguments(checkpoint, half=True)
    card.resolution, card.channels = arguments["img_resolution"], arguments["img_channels"]
    card.architecture = {**card.architecture, "generator": arguments}
    card.source = card.source or f"{which} of {source.name}, sha256 {model_hash(source)}"
    tensors = {f"G_ema.{name}": tensor for name, tensor in generator.state_dict().items()}
    return save_model(destination, {**checkpoint.others, **tensors}, card, force)


def _convert_picard(source: Path, destination: Path, card: ModelCard, force: bool) -> ModelCard | None:
    """A published PICARD folder (or one of its gen files) as one file; None for anything else."""
    from .picard.network import published_folder, read_folder, save_picard

    found = published_folder(source)
    if found is None:
        return None
    model = read_folder(*found)
    card.resolution = max(512, 2 * model.window)
    card.source = card.source or f"PICARD, iteration {model.iteration} of {found[0].name}"
    return save_picard(destination, model, card, force)


def _card_of(source: Path, destination: Path, fields: dict[str, Any]) -> ModelCard:
    """The source's own card where it has one, else an empty one, with the given fields filled in."""
    known = {item.name for item in dataclasses.fields(ModelCard)} - _NOT_SETTABLE
    unknown = sorted(set(fields) - known)
    if unknown:
        raise InputError(f"A model card has no field {', '.join(unknown)} to set; it has {', '.join(sorted(known))}.")
    beside = card_path(source)
    own = source.suffix == ".safetensors" and beside.is_file()
    card = ModelCard.read(beside) if own else ModelCard(name=destination.stem)
    card = dataclasses.replace(card, **{"name": destination.stem, **fields})
    card.check("The new card")
    return card
