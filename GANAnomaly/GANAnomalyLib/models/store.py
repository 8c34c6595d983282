"""Writing a model: weights as safetensors, the card as JSON beside them, and the hash that ties the two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files import hash_file, write_whole
from .card import ModelCard

if TYPE_CHECKING:
    import torch

SUFFIX = ".safetensors"


def model_hash(path: Path | str) -> str:
    """SHA-256 of a model's file, as lower-case hexadecimal."""
    try:
        return hash_file(path)
    except OSError as error:
        raise InputError(
            f"The model file {Path(path).name} cannot be read: check its permissions.", str(error)
        ) from error


def card_path(path: Path | str) -> Path:
    """Where the card of a model's file lies: the same name ending in .json."""
    return Path(path).with_suffix(".json")


def save_model(
    destination: Path | str, tensors: Mapping[str, torch.Tensor], card: ModelCard, force: bool = False
) -> ModelCard:
    """Write ``destination`` (.safetensors) and its card; each file appears whole or not at all.

    Parameters
    ----------
    tensors: "G_ema.<published name>" for the generator, optionally "encoder.*" and "calibration.*".
    card: what is known of the model; its ``sha256`` is set here.
    force: replace an existing model.

    Returns
    -------
    ModelCard
        The card as written.

    Raises
    ------
    InputError
        The name does not end in .safetensors, the model exists already, or the folder cannot be written.
    GANAnomalyError
        The disk is full.
    """
    from safetensors.torch import save_file

    destination = checked_destination(destination, force)
    # A network's tensors may share memory or be strided views, which safetensors does not store.
    plain = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}

    def save(part: Path) -> None:
        # The library puts a file of its own in the place, which only its owner may read.
        part.touch()
        rights = part.stat().st_mode
        save_file(plain, part, metadata={"format": "pt"})
        part.chmod(rights)

    write_whole(destination, save, "the model")
    card.sha256 = model_hash(destination)
    card.write(card_path(destination))
    return card


def checked_destination(destination: Path | str, force: bool) -> Path:
    """The destination as a path; raises :class:`InputError` when a model may not be written there."""
    destination = Path(destination)
    if destination.suffix != SUFFIX:
        raise InputError(f"The model to write must be named with {SUFFIX} at the end, not {destination.name}.")
    for path in (destination, card_path(destination)):
        if path.exists() and (not force or not path.is_file()):
            raise InputError(f"{path.name} exists already: choose another name, or force its replacement.")
    return destination
