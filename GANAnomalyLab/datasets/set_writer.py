"""Where a new set of images goes: a folder or a zip that appears whole, or not at all."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import beside, disk_errors, put_folder, replace
from GANAnomalyLib.version import __version__

from ..images.labels import LABELS_FILE, Label, entries_json
from ..images.set_manifest import MANIFEST, read_manifest

if TYPE_CHECKING:
    from GANAnomalyLib.volume import Volume

SCHEMA_VERSION = 1
TYPES = {"8 bit": "uint8", "16 bit": "uint16"}
"""Voxels of a set by its intensity; Hounsfield units keep the type they have."""
NOTHING = "nothing was written"


@dataclass(frozen=True)
class OutputFile:
    """One file of a new set.

    ``name`` is its path in the set, with slashes; ``data`` its bytes, a volume to be written as NIfTI (voxels of type
    ``dtype``), or a file to be copied. ``slice`` says which slice or frame of its origin it shows.
    """

    name: str
    data: bytes | Volume | Path
    label: Label | None = None
    patient: str | None = None
    dtype: str | None = None
    slice: int | None = None


@dataclass
class SetFacts:
    """What a set says of itself in its manifest; holds no path and no name of what it was made from."""

    made_by: str
    settings: dict[str, Any] = field(default_factory=dict)
    intensity: str | None = None
    """"HU", "8 bit" or "16 bit" where that is known of all its values."""
    label_names: list[str] | None = None


class SetWriter(ABC):
    """A set in the making. Files are added one by one; :meth:`finish` puts it in place, :meth:`abandon` takes it away.

    Attributes
    ----------
    path: where the set will be.
    compression: of PNGs in it, 0 to 9: none in a zip, as published readers want it.
    """

    compression = 6

    def __init__(self, path: Path) -> None:
        self.path = path
        self.labels: dict[str, Label] = {}
        self.patients: dict[str, str] = {}
        self.names: list[str] = []
        self._known: set[str] = set()

    def add(self, product: OutputFile) -> None:
        """Take one file in; raises GANAnomalyError when the disk refuses, ValueError for a name that is there."""
        self._add(product, self._write)

    def _add(self, product: OutputFile, write: Callable[[OutputFile], None]) -> None:
        key = product.name.casefold()  # one name on Windows and macOS
        if key in self._known or ".." in product.name.split("/") or product.name.startswith("/"):
            raise ValueError(f"{product.name} is in the set already, or leads out of it")
        with writing(self.path):
            write(product)
        self._known.add(key)
        self.names.append(product.name)
        if product.label is not None:
            self.labels[product.name] = product.label
        if product.patient is not None:
            self.patients[product.name] = product.patient

    def finish(self, facts: SetFacts) -> None:
        """Write dataset.json (in a zip always, as published readers look for it) and the manifest, and publish."""
        content = {
            "schema_version": SCHEMA_VERSION,
            "kind": "dataset",
            "made_by": facts.made_by,
            "version": __version__,
            "settings": facts.settings,
            "intensity": facts.intensity,
        }
        with writing(self.path):
            # Classes or patients of some images only would be read as a damaged file.
            labels = self.labels if len(self.labels) == len(self.names) else None
            patients = self.patients if len(self.patients) == len(self.names) else None
            if labels or patients or isinstance(self, ZipWriter):
                text = entries_json(self.names, labels or None, patients or None, facts.label_names)
                self._write(OutputFile(LABELS_FILE, text.encode("utf-8")))
            content["files"] = self._count()
            self._write(OutputFile(MANIFEST, json.dumps(content, indent=2).encode("utf-8")))
            self._publish()

    @abstractmethod
    def _write(self, product: OutputFile) -> None: ...

    def _count(self) -> int:
        """Files so far."""
        return len(self.names)

    @abstractmethod
    def _publish(self) -> None: ...

    @abstractmethod
    def abandon(self) -> None:
        """Leave nothing behind."""


class FolderWriter(SetWriter):
    """A folder, filled under a hidden name beside its place."""

    def __init__(self, path: Path, force: bool) -> None:
        super().__init__(path)
        check_folder(path, force)
        self.part = beside(path)
        """Where it grows."""
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self.part.mkdir()

    def _write(self, product: OutputFile) -> None:
        target = self.part / product.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(product.data, bytes):
            target.write_bytes(product.data)
        elif isinstance(product.data, Path):
            _copy(product.data, target)
        else:
            from GANAnomalyLib.volume import write_volume

            write_volume(product.data, target, dtype=product.dtype)

    def link(self, product: OutputFile) -> None:
        """As :meth:`add` for a file or a folder of files, sharing its bytes where the disk can (a hard link)."""
        self._add(product, lambda one: _link(one.data, self.part / one.name))  # type: ignore[arg-type]

    def _count(self) -> int:
        return sum(len(names) for _, _, names in os.walk(self.part))

    def _publish(self) -> None:
        put_folder(self.part, self.path)

    def abandon(self) -> None:
        shutil.rmtree(self.part, ignore_errors=True)


class ZipWriter(SetWriter):
    """An uncompressed zip, as the published trainers read it; the same files give the same bytes."""

    compression = 0

    def __init__(self, path: Path, force: bool) -> None:
        super().__init__(path)
        check_file(path, force)
        self._part = beside(path)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = open(self._part, "xb")  # noqa: SIM115
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)

    def _write(self, product: OutputFile) -> None:
        if isinstance(product.data, Path):
            data = product.data.read_bytes()
        elif isinstance(product.data, bytes):
            data = product.data
        else:
            raise InputError("Volumes cannot go into a zip: name a folder with --out.")
        # Without a date of its own a member bears 1980, whenever it was made.
        info = zipfile.ZipInfo(product.name)
        info.external_attr = 0o644 << 16
        self._zip.writestr(info, data)

    def _publish(self) -> None:
        self._zip.close()
        self._file.close()
        replace(self._part, self.path)

    def abandon(self) -> None:
        with contextlib.suppress(Exception):  # a full disk refuses the directory at the end, too
            self._zip.close()
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)


def open_set_writer(
    path: Path | str, force: bool = False, source: Path | str | None = None
) -> FolderWriter | ZipWriter:
    """A zip when the name ends in .zip, else a folder.

    Raises :class:`InputError` when something is there already (with ``force``: something that is not a set made here),
    when it may not be written, or when the folder would lie inside the ``source`` it is made from.
    """
    path = Path(path)
    if path.name.lower().endswith(".zip"):
        return ZipWriter(path, force)
    if source is not None and Path(source).is_dir() and Path(source).resolve() in path.resolve().parents:
        raise InputError(f"{path} lies inside the set it is made from: choose a folder beside it.")
    return FolderWriter(path, force)


def published_name(number: int) -> str:
    """What the published layout calls an image, numbered from 0."""
    return f"{number // 1000:05d}/img{number:08d}.png"


def check_file(path: Path, force: bool) -> None:
    """Raise :class:`InputError` unless a file may be put there."""
    if path.is_dir():
        raise InputError(f"{path} is a folder: choose another name.")
    if path.exists() and not force:
        raise InputError(f"{path} exists: choose another name, or replace it with --force.")


def check_folder(path: Path, force: bool) -> None:
    """Raise :class:`InputError` unless the folder is new, empty, or (``force``) a set made here and nothing else."""
    if not path.exists():
        return
    if not path.is_dir():
        raise InputError(f"{path} is a file, not a folder: choose another folder.")
    if not any(path.iterdir()):
        return
    manifest = read_manifest(path)
    if manifest is None:
        raise InputError(f"{path} holds other files: choose another folder.")
    if not force:
        raise InputError(f"{path} already holds a set: choose another folder, or replace it with --force.")
    if sum(len(names) for _, _, names in os.walk(path)) - 1 != manifest.get("files"):
        raise InputError(f"{path} holds other files beside its set: choose another folder.")


def writing(path: Path) -> contextlib.AbstractContextManager[None]:
    """Turn what a disk can refuse into a sentence."""
    return disk_errors(path, "the set", advice="choose another place", kept=NOTHING)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=False)
    else:
        shutil.copyfile(source, target)


def _link(source: Path, target: Path) -> None:
    if source.is_dir():
        for root, _, names in os.walk(source):
            for name in names:
                _link(Path(root) / name, target / (Path(root) / name).relative_to(source))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EACCES):
            raise
        # Another disk, or one that knows no hard links: a signpost to the file does.
        os.symlink(source.resolve(), target)
