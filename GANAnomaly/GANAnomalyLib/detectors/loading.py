"""Loading a model: its file found, its card checked against its weights, its kind's own reader called."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError
from ..models.card import CLASSIFIER, ModelCard
from ..models.checkpoint.limits import open_checked
from ..models.checkpoint.safetensor_files import read_named_tensors
from ..models.registry import find_model
from ..models.store import SUFFIX, card_path, model_hash
from .kinds import detector_kinds
from .loaded_model import LoadedModel


def load_model(name_or_path: str | Path, device: str = "cpu", extra_folders: Iterable[Path | str] = ()) -> LoadedModel:
    """Load a model by registered name or by path (.safetensors, .pkl, .pt, .pth, or a folder that a kind publishes).

    Parameters
    ----------
    name_or_path: as in :func:`~GANAnomalyLib.models.registry.find_model`.
    device: where the networks go, as torch names it.

    Raises
    ------
    InputError
        The model is missing, unreadable, of an unknown kind, or its weights are not those its card was written for.
    """
    path = find_model(name_or_path, extra_folders)
    beside = card_path(path)
    has_card = path.suffix == SUFFIX and beside.is_file()
    if not has_card:
        published = _load_published(path, device)
        if published is not None:
            return published
    card = ModelCard.read(beside) if has_card else ModelCard(path.stem, source=path.name)
    kinds = detector_kinds()
    if card.kind == CLASSIFIER:
        raise InputError(
            f"The model {card.name} tells classes apart and knows nothing of what is normal: ask it with gananomaly "
            "predict, and give a detector's model here."
        )
    kind = kinds.get(card.kind)
    if kind is None:
        raise InputError(
            f"The model {card.name} is of kind {card.kind!r}, which this version cannot load; it loads "
            f"{', '.join(sorted(kinds))}."
        )
    open_checked(path)[0].close()
    digest = model_hash(path)
    if card.sha256 and card.sha256.lower() != digest:
        raise InputError(
            f"The weights {path.name} are not the ones its card {beside.name} was written for (their hashes differ): "
            "copy both files again from where they came from."
        )
    model: LoadedModel = kind.module("load").load_model(path, card, device)
    model.model_hash = digest
    if path.suffix == SUFFIX:
        model.domain = read_named_tensors(path, "domain.")
    return model


def _load_published(path: Path, device: str) -> LoadedModel | None:
    """What one of the kinds knows as published for it; None where none does."""
    for kind in detector_kinds().values():
        load = getattr(kind.module("load"), "load_published", None)
        model: LoadedModel | None = None if load is None else load(path, device)
        if model is not None:
            return model
    return None
