"""What a folder, a zip or a file holds: pictures, or else volumes and radiographs, one item each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .archive import ENDINGS, FolderPictures, Pictures, is_archive, open_pictures
from .image_items import Item
from .labels import LABELS_FILE, Label, parse_labels, parse_patients
from .set_manifest import read_manifest

PICTURES, VOLUMES = "pictures", "volumes"
VOLUME_FILES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]')
_LARGEST_TABLE = 1 << 28


@dataclass
class Source:
    """The items of a set.

    Attributes
    ----------
    kind: "pictures" or "volumes" (radiographs are volumes of one slice).
    items: in the order of their names; ``name`` is the path below the source.
    pictures: where pictures are read from.
    intensity: "HU", "8 bit" or "16 bit" where the set says so of itself.
    notes: sentences about what was passed over.
    """

    path: Path
    kind: str
    items: list[Item]
    pictures: Pictures | None = None
    intensity: str | None = None
    notes: list[str] = field(default_factory=list)

    def labels(self) -> dict[str, Label] | None:
        """By item, what dataset.json says; None without."""
        if self.pictures is not None:
            return self.pictures.labels()
        data = self._table()
        return None if data is None else parse_labels(data, LABELS_FILE)

    def patients(self) -> dict[str, str] | None:
        """By item, what dataset.json says; None without."""
        if self.pictures is not None:
            return self.pictures.patients()
        data = self._table()
        return None if data is None else parse_patients(data, LABELS_FILE)

    def label_names(self) -> list[str] | None:
        """The names of the classes, where dataset.json gives them."""
        return None if self.pictures is None else self.pictures.label_names()

    def _table(self) -> bytes | None:
        file = self.path / LABELS_FILE
        if not self.path.is_dir() or not file.is_file() or file.stat().st_size > _LARGEST_TABLE:
            return None
        return file.read_bytes()

    def need(self, kind: str, advice: str) -> None:
        """Raise :class:`InputError` unless the set is of that kind."""
        if self.kind != kind:
            raise InputError(f"{self.path} holds {self.kind}, not {kind}: {advice}.")


def open_source(
    path: Path | str, progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
) -> Source:
    """List a folder, a zip or one file; volumes come before pictures where a folder holds both.

    Of a DICOM folder the largest CT series of each patient counts, as in an analysis, and every radiograph. Reads
    headers at most. Raises :class:`InputError` when there is nothing, or it cannot be read.
    """
    from GANAnomalyLib.batch.find_cases import Case, find_cases

    from .dicom_items import dicom_items

    path, cancel = Path(path), cancel or CancelToken()
    if is_archive(path):
        return _of_pictures(open_pictures(path))
    if path.is_file() and path.name.lower().endswith(ENDINGS):
        return _of_pictures(FolderPictures.single(path))
    try:
        cases = find_cases(path)
    except InputError:
        if not path.is_dir():
            raise
        return _of_pictures(open_pictures(path))
    if all(case.path.name.lower().endswith(ENDINGS) for case in cases):
        return _of_pictures(open_pictures(path))
    items: list[Item] = []
    beside = 0

    def listed(case: Case) -> list[Item]:
        nonlocal beside
        name = case.path.name if case.path == path else case.path.relative_to(path).as_posix()
        if case.path.is_file() and name.lower().endswith(VOLUME_FILES):
            return [Item(name, case.path)]
        found, left = dicom_items(case.path, name, cancel)
        beside += left
        return found

    for number, case in enumerate(cases):
        cancel.check()
        progress(number / len(cases), Message("looking_through_images"))
        items += listed(case)
    # Two series of one folder have one name: the second gets a number, so that each can be told apart.
    seen: dict[str, int] = {}
    for place, item in enumerate(items):
        seen[item.name] = times = seen.get(item.name, 0) + 1
        items[place] = item if times == 1 else replace(item, name=f"{item.name}#{times}")
    notes = []
    if beside:
        notes.append(f"{beside} DICOM series beside the largest CT of their patients were left out.")
    return Source(path, VOLUMES, items, None, _intensity(path), notes)


def output_names(source: Source, numbered: bool) -> list[str]:
    """A name for each item in a new set, without ending.

    Files keep their path in the set; DICOM, whose folders are mostly called after patients, and all items with
    ``numbered`` get numbers. Names that would be one on Windows get a number, too.
    """
    seen: dict[str, int] = {}
    out = []
    for number, item in enumerate(source.items):
        name = f"{number:06d}"
        if not numbered:
            name = _plain(item.name) if source.kind == PICTURES or _is_file(item) else f"volume_{number:06d}"
        key = name.casefold()
        seen[key] = times = seen.get(key, 0) + 1
        out.append(name if times == 1 else f"{name}_{times}")
    return out


def shown_name(source: Source, number: int) -> str:
    """What an item is called on the screen and in logs: its own name, for DICOM a number."""
    item = source.items[number]
    return item.name if source.kind == PICTURES or _is_file(item) else f"DICOM volume {number}"


def _is_file(item: Item) -> bool:
    return item.path.name.lower().endswith(VOLUME_FILES)


def _plain(name: str) -> str:
    for ending in (*VOLUME_FILES, *ENDINGS):
        if name.lower().endswith(ending) and len(PurePosixPath(name).name) > len(ending):
            name = name[: -len(ending)]
            break
    return _FORBIDDEN.sub("_", name)


def _of_pictures(pictures: Pictures) -> Source:
    items = [Item(name, pictures.path / name) for name in pictures.names]
    return Source(pictures.path, PICTURES, items, pictures, _intensity(pictures.path))


def _intensity(path: Path) -> str | None:
    """What the set says that the path is, or lies in."""
    place = path.resolve()
    for folder in (place, *place.parents[:2]):
        manifest = read_manifest(folder)
        if manifest is not None:
            value = manifest.get("intensity")
            return value if value in ("HU", "8 bit", "16 bit") else None
    return None
