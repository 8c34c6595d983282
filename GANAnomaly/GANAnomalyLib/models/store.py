"""Writing a model: weights as safetensors, the card as JSON beside them, and the hash that ties the two."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files.new_files import new_file
from .card import ModelCard

if TYPE_CHECKING:
    import torch

SUFFIX = ".safetensors"
_CHUNK = 1 << 20


def model_hash(path: Path | str) -> str:
    """SHA-256 of a model's file, as lower-case hexadecimal."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise InputError(
            f"The model file {Path(path).name} cannot be read: check its permissions.", str(error)
        ) from error
    return digest.hexdigest()


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
    """
    from safetensors.torch import save_file

    destination = checked_destination(destination, force)
    # A network's tensors may share memory or be strided views, which safetensors does not store.
    plain = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    _write_whole(destination, lambda path: save_file(plain, path, metadata={"format": "pt"}))
    card.sha256 = model_hash(destination)
    _write_whole(card_path(destination), card.write)
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


def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = new_file(path.parent, f".{path.stem}-")
        os.close(handle)
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be written to {path.parent}: check that the folder is writable and not full.",
            str(error),
        ) from error
    except Exception as error:
        if type(error).__name__ != "SafetensorError":
            raise
        raise InputError(f"{path.name} cannot be written: check that the disk is not full.", str(error)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
