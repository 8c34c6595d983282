"""The models this computer knows, by name.

Listing reads cards and headers only: it needs no torch and no broken file can stop it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..spelling import meant
from .card import CLASSIFIER, ModelCard
from .model_folders import bundled_folders, environment_folders, user_folder
from .store import SUFFIX, card_path

SUFFIXES = (SUFFIX, ".pkl", ".pt", ".pth")


@dataclass
class ModelEntry:
    """A model in one of the folders. ``card`` is None without one; ``broken`` says why it cannot be used, or is ""."""

    name: str
    path: Path
    card: ModelCard | None = None
    broken: str = ""
    bundled: bool = False

    @property
    def detects(self) -> bool:
        """Whether a scan can be analysed with it; a classifier says of pictures which class they are of."""
        return self.card is None or self.card.kind != CLASSIFIER

    @property
    def own(self) -> bool:
        """Whether it lies in the folder for models that the user installs."""
        return self.path.parent == user_folder()

    @property
    def size(self) -> int:
        """Bytes on the disk, of the weights and the card; of a folder, of all files in it."""
        paths = {self.path, card_path(self.path)}
        if self.path.is_dir():
            paths |= set(self.path.rglob("*"))
        return sum(path.stat().st_size for path in paths if path.is_file())


def size_text(size: int) -> str:
    """Bytes as people read them: "27 MB"."""
    if size >= 1e9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{max(size / 1e6, 0.1):.1f} MB"


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


def entry_of(path: Path) -> ModelEntry:
    """A model file that lies anywhere."""
    return _entry(path, False)


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
            raise InputError(f"The model {text!r} cannot be used: {entries[0].broken}", field="model")
        if not path.exists():
            raise no_such_model(text, "give one of them, or the path of a model's file", extra_folders)
    if path.suffix.lower() == ".json":
        path = path.with_suffix(SUFFIX)
    try:
        missing = not path.exists()
    except (OSError, ValueError):
        missing = True
    if missing:
        raise InputError(f"There is no model file {path}: check the path.", field="model")
    return path


def card_of(name_or_path: str | Path) -> ModelCard | None:
    """The card of a model that :func:`find_model` finds; None where there is no such model, or none with a card."""
    try:
        path = find_model(name_or_path)
        return ModelCard.read(card_path(path)) if card_path(path).is_file() else None
    except InputError:
        return None


def no_such_model(name: str, advice: str = "give one of them", extra_folders: Iterable[Path | str] = ()) -> InputError:
    """What to raise for a name that nobody knows; it lists the known ones."""
    known = sorted({entry.name for entry in list_models(extra_folders) if not entry.broken})
    held = f"known models are {', '.join(known)}" if known else "no models are installed"
    return InputError(f"There is no model {name!r}{meant(name, known)}: {held}; {advice}.", field="model")
