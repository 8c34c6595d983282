"""Pictures in a folder or a zip, with the labels of their dataset.json; nothing in them is trusted or unpacked."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_text
from GANAnomalyLib.volume.formats.picture_pixels import opened, upright

from .labels import LABELS_FILE, Label, parse_label_names, parse_labels, parse_patients

if TYPE_CHECKING:
    from PIL import Image

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
MOST_MEMBERS = 1 << 23
MOST_BYTES = 1 << 29
"""A picture file, or a dataset.json, larger than this is refused before it is read."""
_ORIENTATION, _LYING = 0x0112, (5, 6, 7, 8)
"""EXIF's tag for how a camera was held, and what it holds for pictures that lie on their side."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class Pictures(ABC):
    """Pictures by name. Use it as a context manager, or :meth:`close` it; it may be sent to other processes.

    Attributes
    ----------
    path: the folder or zip.
    names: paths below it with forward slashes, sorted; hidden files and folders are passed over.
    """

    def __init__(self, path: Path, names: list[str], labels_name: str | None) -> None:
        self.path, self.names, self._labels_name = path, names, labels_name

    @abstractmethod
    def read(self, name: str) -> bytes:
        """The bytes of a file; raises :class:`InputError` when they are damaged or too many."""

    def open(self, name: str) -> Image.Image:
        """One picture, read whole, in the mode it is stored in, turned as its camera said.

        Raises :class:`InputError` for files that are damaged, too large, hold several pictures or none.
        """
        with self._opened(name) as picture:
            return upright(picture, name)

    def shape(self, name: str) -> tuple[int, int]:
        """(height, width) of one picture as :meth:`open` gives it, by its header; raises likewise."""
        with self._opened(name) as picture:
            # Pillow turns a TIFF's size itself, in some versions when it is opened, in others when it is read.
            tags = getattr(picture, "tag_v2", None)
            width, height = picture.size if tags is None else (tags[256], tags[257])
            lies = picture.getexif().get(_ORIENTATION, 1) in _LYING
            return (width, height) if lies else (height, width)

    def _opened(self, name: str) -> AbstractContextManager[Image.Image]:
        return opened(io.BytesIO(self.read(name)), name, FORMATS)

    def files_hash(self, folder: str | None = None) -> str:
        """``sha256:`` and one hash over the files' own, in the order of names; of one folder below only, if named."""
        chosen = [name for name in self.names if folder is None or name.rpartition("/")[0] == folder]
        return f"sha256:{hash_text(''.join(f'sha256:{hashlib.sha256(self.read(n)).hexdigest()}' for n in chosen))}"

    def labels(self) -> dict[str, Label] | None:
        """What dataset.json says of every picture: a class (int), or a list of floats; None without labels.

        Raises :class:`InputError` when the file is damaged, mixes kinds of labels, or leaves a picture out.
        """
        return self._of_all(parse_labels, "label")

    def patients(self) -> dict[str, str] | None:
        """Whose every picture is, as dataset.json says it (made-up texts, no identifiers); None where it does not."""
        return self._of_all(parse_patients, "patient")

    def label_names(self) -> list[str] | None:
        """The names of classes 0, 1, ...; None without."""
        return None if self._labels_name is None else parse_label_names(self.read(self._labels_name), LABELS_FILE)

    def _of_all(self, parse: Callable[[bytes, str], dict[str, Any] | None], what: str) -> dict[str, Any] | None:
        if self._labels_name is None:
            return None
        found = parse(self.read(self._labels_name), LABELS_FILE)
        if found is None:
            return None
        folder = PurePosixPath(self._labels_name).parent
        named = {str(folder / name): value for name, value in found.items()}
        missing = [name for name in self.names if name not in named]
        if missing:
            raise InputError(
                f"{LABELS_FILE} in {self.path.name} gives no {what} for {len(missing)} of {len(self.names)} pictures "
                f"(the first is {missing[0]}): add them, or take the file away."
            )
        return {name: named[name] for name in self.names}

    def __len__(self) -> int:
        return len(self.names)

    @abstractmethod
    def close(self) -> None:
        """Let go of open files."""

    def __enter__(self) -> Pictures:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class FolderPictures(Pictures):
    """Pictures in a folder and below it."""

    @classmethod
    def single(cls, path: Path) -> FolderPictures:
        """One picture file as a set of one, without labels."""
        found = cls.__new__(cls)
        Pictures.__init__(found, path.parent, [path.name], None)
        return found

    def __init__(self, path: Path) -> None:
        names: list[str] = []
        labelled: list[str] = []

        def refuse(error: OSError) -> None:
            raise InputError(f"{path} cannot be read: check that it may be opened.", str(error)) from error

        for root, folders, files in os.walk(path, onerror=refuse):
            folders[:] = [name for name in folders if not name.startswith(".")]
            below = Path(root).relative_to(path)
            for name in files:
                _sort_in((below / name).as_posix(), names, labelled)
        super().__init__(path, sorted(names), _labels_name(names, labelled))

    def read(self, name: str) -> bytes:
        file = self.path / name
        try:
            facts = file.stat()
            if not stat.S_ISREG(facts.st_mode):  # reading from a pipe would never end
                raise InputError(f"{name} is not a file.")
            _check_size(name, facts.st_size)
            return file.read_bytes()
        except OSError as error:
            raise InputError(f"{name} cannot be read: check that it may be opened.", str(error)) from error

    def close(self) -> None:
        pass


class ArchiveReader(Pictures):
    """Pictures in a zip, read member by member; no member is ever written to the disk.

    Refused: names that lead out of the archive, names that occur twice, passwords, rare compressions.
    """

    def __init__(self, path: Path) -> None:
        self._zip: zipfile.ZipFile | None = None
        self._process = -1
        self._lock = threading.Lock()
        self._members: dict[str, str] = {}
        names: list[str] = []
        labelled: list[str] = []
        infos = self._archive(path).infolist()
        if len(infos) > MOST_MEMBERS:
            raise InputError(f"{path.name} holds {len(infos)} files, more than any set of pictures: divide it.")
        for info in infos:
            if info.is_dir():
                continue
            name = _safe_name(info.filename, path.name)
            if name in self._members:
                raise InputError(f"{path.name} holds two files called {name}: make the archive again.")
            self._members[name] = info.filename
            _sort_in(name, names, labelled)
        super().__init__(path, sorted(names), _labels_name(names, labelled))

    def read(self, name: str) -> bytes:
        try:
            with self._lock:
                archive = self._archive(self.path)
                info = archive.getinfo(self._members[name])
                if info.flag_bits & 1:
                    raise InputError(f"{self.path.name} is protected by a password: make it again without one.")
                if info.compress_type not in _METHODS:
                    raise InputError(
                        f"{name} is compressed in a way that is not read: make the zip again, uncompressed."
                    )
                _check_size(name, info.file_size)  # the library gives no more bytes than this, whatever is packed
                return archive.read(info)
        except _BROKEN as error:
            raise InputError(f"{name} in {self.path.name} is damaged or cut short.", repr(error)) from error

    def close(self) -> None:
        if self._zip is not None and self._process == os.getpid():
            self._zip.close()
        self._zip = None

    def _archive(self, path: Path) -> zipfile.ZipFile:
        # A forked process shares the file's position with its parent, so each process opens its own.
        if self._zip is None or self._process != os.getpid():
            try:
                self._zip = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, EOFError, NotImplementedError) as error:
                raise InputError(f"{path.name} is not a zip, or is cut short: copy it again.", repr(error)) from error
            except OSError as error:
                raise InputError(f"{path.name} cannot be read: check that it may be opened.", str(error)) from error
            self._process = os.getpid()
        return self._zip

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_zip", "_lock")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._zip, self._lock = None, threading.Lock()


def open_pictures(path: Path | str) -> Pictures:
    """The pictures of a folder (with all below it) or of a zip.

    Raises :class:`InputError` when the path is neither, cannot be read, is hostile, or holds no picture.
    """
    path = Path(path)
    if path.is_dir():
        found: Pictures = FolderPictures(path)
    elif path.is_file():
        found = ArchiveReader(path)
    elif path.exists():
        raise InputError(f"{path} is neither a folder nor a zip: give one of these.")
    else:
        raise InputError(f"{path} does not exist: check the path.")
    if not found.names:
        found.close()
        raise InputError(f"{path} holds no PNG, JPEG, BMP or TIFF pictures: choose another folder or zip.")
    return found


def is_archive(path: Path | str) -> bool:
    """Whether a path is a file that calls itself a zip."""
    path = Path(path)
    return path.name.lower().endswith(".zip") and path.is_file()


def _safe_name(stored: str, archive: str) -> str:
    name = stored.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name:
        raise InputError(
            f"{archive} holds a file whose name leads out of it: it is not a set of pictures.", repr(stored)
        )
    return "/".join(part for part in parts if part not in ("", "."))


def _sort_in(name: str, names: list[str], labelled: list[str]) -> None:
    parts = name.split("/")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return
    if parts[-1] == LABELS_FILE:
        labelled.append(name)
    elif name.lower().endswith(ENDINGS):
        names.append(name)


def _labels_name(names: list[str], labelled: list[str]) -> str | None:
    """Which dataset.json counts: the outermost, or, where all pictures lie in one folder, the one in there."""
    if LABELS_FILE in labelled:
        return LABELS_FILE
    tops = {name.split("/")[0] for name in names if "/" in name}
    inner = f"{next(iter(tops), '')}/{LABELS_FILE}"
    return inner if len(tops) == 1 and all("/" in name for name in names) and inner in labelled else None


def _check_size(name: str, size: int) -> None:
    if size > MOST_BYTES:
        raise InputError(f"{name} is {size / 1e9:.1f} GB, more than a picture can be: it was not read.")
