"""The models this computer knows, by name; and loading one, with its card checked against its weights.

Listing reads cards and headers only: it needs no torch and no broken file can stop it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..running.seeded import seeded
from .card import ModelCard
from .folders import bundled_folders, environment_folders, user_folder
from .store import SUFFIX, card_path, model_hash

if TYPE_CHECKING:
    import torch

SUFFIXES = (SUFFIX, ".pkl", ".pt", ".pth")


@dataclass
class ModelEntry:
    """A model in one of the folders. ``card`` is None without one; ``broken`` says why it cannot be used, or is ""."""

    name: str
    path: Path
    card: ModelCard | None = None
    broken: str = ""
    bundled: bool = False


@dataclass
class LoadedModel:
    """A model ready for a detector.

    ``generator`` and ``encoder`` are in evaluation mode and ask for no gradients; ``calibration`` holds tensors by
    name (on the CPU); ``model_hash`` is the SHA-256 of the file. ``extras`` holds what only one kind of model has:
    "picard" the :class:`~GANAnomalyLib.detectors.picard.network.PicardModel`, whose inpainter is ``generator``.
    """

    card: ModelCard
    generator: torch.nn.Module
    encoder: torch.nn.Module | None
    calibration: dict[str, torch.Tensor] = field(default_factory=dict)
    path: Path = Path()
    model_hash: str = ""
    extras: dict[str, Any] = field(default_factory=dict)


def list_models(extra_folders: Iterable[Path | str] = ()) -> list[ModelEntry]:
    """Every model found, usable ones and broken ones, by name.

    Folders are searched in the order: ``extra_folders``, the variable GANANOMALY_MODELS, the user's folder, the ones
    delivered with the program. Of several models with one name the first is used; the others are listed as broken.
    """
    own = [Path(folder) for folder in extra_folders] + environment_folders() + [user_folder()]
    entries: list[ModelEntry] = []
    seen: set[Path] = set()
    names: dict[str, ModelEntry] = {}
    for folder, bundled in [(folder, False) for folder in own] + [(folder, True) for folder in bundled_folders()]:
        for entry in _in_folder(folder, bundled, seen):
            first = names.get(entry.name)
            if first and bundled and first.bundled:
                continue  # the same delivery, met in the source tree and where it was installed
            if first and not entry.broken:
                entry.broken = f"Another model of this name is used instead: {first.path}."
            if not entry.broken:
                names[entry.name] = entry
            entries.append(entry)
    return sorted(entries, key=lambda entry: (entry.name, bool(entry.broken)))


def _in_folder(folder: Path, bundled: bool, seen: set[Path]) -> list[ModelEntry]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []
    entries = []
    for path in paths:
        if path.suffix.lower() in SUFFIXES and path.resolve() not in seen:
            seen.add(path.resolve())
            entries.append(_entry(path, bundled))
        elif path.suffix == ".json" and not any(path.with_suffix(suffix).exists() for suffix in SUFFIXES):
            entries.extend(_orphan(path, bundled))
    return entries


def _entry(path: Path, bundled: bool) -> ModelEntry:
    entry = ModelEntry(path.stem, path, bundled=bundled)
    try:
        if path.suffix == SUFFIX:
            from .checkpoint.safetensor_files import read_safetensors_header

            read_safetensors_header(path)
            if card_path(path).is_file():
                entry.card = ModelCard.read(card_path(path))
                entry.name = entry.card.name
        elif not path.is_file():
            entry.broken = f"{path.name} is not a file."
    except InputError as error:
        entry.broken = error.message
    return entry


def _orphan(path: Path, bundled: bool) -> list[ModelEntry]:
    """A card whose weights are missing; other JSON files are nobody's business here."""
    try:
        card = ModelCard.read(path)
    except InputError:
        return []
    if not card.sha256:
        return []
    return [ModelEntry(card.name, path, card, f"The weights of {path.name} are missing: copy {path.stem}{SUFFIX} too.")]


def find_model(name_or_path: str | Path, extra_folders: Iterable[Path | str] = ()) -> Path:
    """The file of a model given by name, or by the path of its weights or card.

    Raises :class:`InputError` for a name nobody knows (listing the known ones), a missing file or a broken model.
    """
    text = str(name_or_path)
    path = Path(text)
    if path.suffix.lower() not in (*SUFFIXES, ".json") and path.name == text:
        entries = [entry for entry in list_models(extra_folders) if entry.name == text]
        usable = [entry for entry in entries if not entry.broken]
        if usable:
            return usable[0].path
        if entries:
            raise InputError(f"The model {text!r} cannot be used: {entries[0].broken}")
        if not path.exists():
            known = sorted({entry.name for entry in list_models(extra_folders) if not entry.broken})
            held = f"known models are {', '.join(known)}" if known else "no models are installed"
            raise InputError(f"There is no model {text!r}: {held}; give one of them, or the path of a model's file.")
    if path.suffix.lower() == ".json":
        path = path.with_suffix(SUFFIX)
    try:
        missing = not path.exists()
    except (OSError, ValueError):
        missing = True
    if missing:
        raise InputError(f"There is no model file {path}: check the path.")
    return path


def load_model(name_or_path: str | Path, device: str = "cpu", extra_folders: Iterable[Path | str] = ()) -> LoadedModel:
    """Load a model by registered name or by path (.safetensors, .pkl, .pt, .pth).

    Parameters
    ----------
    name_or_path: as in :func:`find_model`.
    device: where the networks go, as torch names it.

    Raises
    ------
    InputError
        The model is missing, unreadable, of an unknown kind, or its weights are not those its card was written for.
    """
    path = find_model(name_or_path, extra_folders)
    if path.is_dir() or path.name.startswith("gen_"):
        model = _load_published_picard(path, device)
        if model is not None:
            return model
    beside = card_path(path)
    has_card = path.suffix == SUFFIX and beside.is_file()
    card = ModelCard.read(beside) if has_card else ModelCard(path.stem, source=path.name)
    loader = _LOADERS.get(card.kind)
    if loader is None:
        raise InputError(
            f"The model {card.name} is of kind {card.kind!r}, which this version cannot load; it loads "
            f"{', '.join(sorted(_LOADERS))}."
        )
    from .checkpoint.limits import open_checked

    open_checked(path)[0].close()
    digest = model_hash(path)
    if card.sha256 and card.sha256.lower() != digest:
        raise InputError(
            f"The weights {path.name} are not the ones its card {beside.name} was written for (their hashes differ): "
            "copy both files again from where they came from."
        )
    model = loader(path, card, device)
    model.model_hash = digest
    return model


def _load_stylegan2(path: Path, card: ModelCard, device: str) -> LoadedModel:
    from ..detectors.stylegan2.load import build_network, fill_network, network_arguments, place_network
    from .checkpoint import read_checkpoint

    checkpoint = read_checkpoint(path)
    stored = card.architecture.get("generator", card.architecture)
    if not checkpoint.init_kwargs and isinstance(stored, dict):
        checkpoint.init_kwargs = {name: stored[name] for name in ("conv_clamp", "num_fp16_res") if name in stored}
    generator = build_network(checkpoint, device)
    arguments = network_arguments(checkpoint)
    for name, found in (("resolution", arguments["img_resolution"]), ("channels", arguments["img_channels"])):
        declared = getattr(card, name)
        if card.sha256 and declared and declared != found:
            raise InputError(
                f"The card of {card.name} says {name} {declared}, its network has {found}: get the model again."
            )
        setattr(card, name, found)
    card.architecture = {**card.architecture, "generator": network_arguments(checkpoint, half=True)}
    parts = {"encoder.": {}, "calibration.": {}}
    for name, tensor in checkpoint.others.items():
        for prefix, part in parts.items():
            if name.startswith(prefix):
                part[name[len(prefix) :]] = tensor
    encoder = None
    if parts["encoder."]:
        from ..detectors.stylegan2.network.encoder import Encoder

        try:
            with seeded(0):
                encoder = Encoder(**card.architecture.get("encoder", {}))
        except (TypeError, ValueError, RuntimeError, KeyError) as error:
            raise InputError(
                f"The card of {card.name} does not describe its encoder: get the model again.", str(error)
            ) from error
        fill_network(encoder, parts["encoder."], path.name)
        place_network(encoder, device)
    return LoadedModel(card, generator, encoder, parts["calibration."], path)


def _load_picard(path: Path, card: ModelCard, device: str) -> LoadedModel:
    from ..detectors.picard.network import build_picard
    from .checkpoint.safetensor_files import read_safetensors

    window = card.architecture.get("window")
    tensors = read_safetensors(path)
    model = build_picard(tensors, path.name, window if isinstance(window, int) else None)
    loaded = _picard(model, card, device, path)
    start = "calibration."
    loaded.calibration = {name[len(start) :]: value for name, value in tensors.items() if name.startswith(start)}
    return loaded


def _load_baseline(path: Path, card: ModelCard, device: str) -> LoadedModel:
    from ..detectors.baseline import build_baseline
    from .checkpoint.safetensor_files import read_safetensors

    tensors = read_safetensors(path)
    start = "calibration."
    calibration = {name[len(start) :]: value for name, value in tensors.items() if name.startswith(start)}
    return LoadedModel(card, build_baseline(card, tensors).to(device), None, calibration, path)


def _load_published_picard(path: Path, device: str) -> LoadedModel | None:
    """A folder of gen_*.pt and dis_*.pt, or one of its gen files; None for anything else."""
    from ..detectors.picard.network import published_folder, read_folder

    found = published_folder(path)
    if found is None:
        return None
    model = read_folder(*found)
    card = ModelCard(found[0].name, kind="picard", channels=model.inpainter.channels, source=path.name)
    card.architecture = model.architecture()
    # Its windows slide over images as large as they come; this is what a CT has.
    card.resolution = max(512, 2 * model.window)
    loaded = _picard(model, card, device, path)
    digest = hashlib.sha256()
    for part in ("gen", "dis"):
        file = found[0] / f"{part}_{model.iteration:08d}.pt"
        digest.update((model_hash(file) if file.is_file() else "none").encode())
    loaded.model_hash = digest.hexdigest()
    return loaded


def _picard(model: Any, card: ModelCard, device: str, path: Path) -> LoadedModel:
    for part in (model.inpainter, model.local, model.global_):
        if part is not None:
            part.to(device)
    return LoadedModel(card, model.inpainter, None, {}, path, extras={"picard": model})


_LOADERS: dict[str, Callable[[Path, ModelCard, str], LoadedModel]] = {
    "stylegan2": _load_stylegan2,
    "picard": _load_picard,
    "baseline": _load_baseline,
}
