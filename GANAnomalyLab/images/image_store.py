"""Images kept in a folder: whole or not there at all, made once however many processes ask."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.files.reading import read_array, read_object
from GANAnomalyLib.files.typed_values import checked
from GANAnomalyLib.running.progress import CancelToken

from .annotations import Notes
from .image_set import Pixels, image_hash

PIXELS, INDEX, FACTS = "pixels.raw", "index.npz", "facts.json"
VERSION = 1
_BROKEN = (InputError, OSError, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class Kept:
    """A folder of images: ``items``, ``slices`` and ``hashes`` (N,) belong to ``pixels``; ``said``: sentences."""

    folder: Path
    pixels: Pixels
    items: np.ndarray
    slices: np.ndarray
    hashes: np.ndarray
    kind: str
    said: list[str]


@contextlib.contextmanager
def _disk(store: Path) -> Iterator[None]:
    """Turn what a disk can refuse into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise GANAnomalyError(
                f"The disk of {store} is full: free some space for the prepared images, or choose another folder.",
                str(error),
            ) from error
        raise InputError(
            f"The prepared images cannot be written to {store} ({error.strerror or 'unknown reason'}): choose another "
            "folder.",
            str(error),
        ) from error


class Writer:
    """Images appended to a file beside their place; :meth:`finish` renames the folder into it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.part = folder, folder.with_name(folder.name + ".part")
        self.count, self.shape, self.dtype = 0, (), np.dtype(np.uint8)
        self._index: list[tuple[int, int, int]] = []
        with _disk(folder.parent):
            shutil.rmtree(self.part, ignore_errors=True)  # what a killed process left
            self.part.mkdir(parents=True)
            self._file = open(self.part / PIXELS, "wb")  # noqa: SIM115 - closed by finish or abandon

    def add(self, item: int, numbers: np.ndarray, images: np.ndarray) -> None:
        """Append (S, C, R, R) images of one item."""
        self.shape, self.dtype = images.shape[1:], images.dtype
        with _disk(self.folder.parent):
            self._file.write(np.ascontiguousarray(images).data)
        self._index += [(item, int(n), image_hash(image)) for n, image in zip(numbers, images, strict=True)]
        self.count += len(images)

    def finish(self, facts: dict[str, Any]) -> None:
        """Put the folder in its place."""
        with _disk(self.folder.parent):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            columns = list(zip(*self._index, strict=True))
            with open(self.part / INDEX, "wb") as file:
                np.savez(
                    file,
                    items=np.array(columns[0], np.int32),
                    slices=np.array(columns[1], np.int32),
                    hashes=np.array(columns[2], np.uint64),
                )
            about = {"version": VERSION, "shape": [self.count, *self.shape], "dtype": self.dtype.name, **facts}
            (self.part / FACTS).write_text(json.dumps(about), encoding="utf-8")
            shutil.rmtree(self.folder, ignore_errors=True)  # a damaged one, else this would not be written
            os.replace(self.part, self.folder)

    def abandon(self) -> None:
        """Leave nothing."""
        with contextlib.suppress(OSError):
            self._file.close()
        shutil.rmtree(self.part, ignore_errors=True)


def open_kept(folder: Path) -> Kept | None:
    """The images of a folder, or None where there are none or they are damaged."""
    try:
        facts = read_object(folder / FACTS)
        shape = checked(tuple[int, int, int, int], facts["shape"])
        dtype = np.dtype({"uint8": np.uint8, "uint16": np.uint16}[facts["dtype"]])
        if facts["version"] != VERSION or len(shape) != 4 or min(shape) < 1 or shape[2] != shape[3]:
            return None
        if (folder / PIXELS).stat().st_size != int(np.prod(shape, dtype=object)) * dtype.itemsize:
            return None
        arrays = [read_array(folder / INDEX, name) for name in ("items", "slices", "hashes")]
        if any(array.shape != shape[:1] for array in arrays):
            return None
        said = [str(sentence) for sentence in facts["said"]]
        return Kept(folder, Pixels(folder / PIXELS, shape, dtype), *arrays, str(facts["kind"]), said)
    except _BROKEN:
        return None


def read_notes(folder: Path, mark: str) -> Notes | None:
    """Notes kept beside the images, or None."""
    try:
        arrays = [read_array(folder / f"notes-{mark}.npz", name) for name in ("labels", "patients", "parts", "names")]
        return Notes(*arrays[:3], [str(name) for name in arrays[3]])
    except _BROKEN:
        return None


def write_notes(folder: Path, mark: str, notes: Notes) -> None:
    """Keep notes for the next time; where that is refused they are made again then."""
    path = folder / f"notes-{mark}.npz"
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            names = np.array(notes.label_names, dtype=np.str_)
            np.savez(file, labels=notes.labels, patients=notes.patients, parts=notes.parts, names=names)
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def tidy(store: Path, kept: str, slot: str) -> None:
    """Take away what earlier states of the same data with the same settings left, and what killed processes left."""
    from filelock import FileLock, Timeout

    for facts in store.glob(f"*/{FACTS}"):
        with contextlib.suppress(*_BROKEN):
            if facts.parent.name != kept and read_object(facts).get("slot") == slot:
                facts.unlink()
                shutil.rmtree(facts.parent, ignore_errors=True)
    for part in store.glob("*.part"):
        # A process at work holds its lock.
        with contextlib.suppress(OSError, Timeout, NotImplementedError), FileLock(_lock(part), timeout=0):
            shutil.rmtree(part, ignore_errors=True)


def _lock(folder: Path) -> Path:
    return folder.with_name(folder.name.removesuffix(".part") + ".lock")


@contextlib.contextmanager
def alone(folder: Path, cancel: CancelToken) -> Iterator[None]:
    """Keep other processes that would make the same folder waiting; a dead one keeps nobody."""
    from filelock import FileLock, Timeout

    with _disk(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_lock(folder))
    while True:
        cancel.check()
        try:
            lock.acquire(timeout=0.3)
            break
        except Timeout:
            continue
        except NotImplementedError:
            break  # this file system knows no locks
        except OSError as error:
            if error.errno in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP):
                break
            with _disk(folder.parent):
                raise
    try:
        yield
    finally:
        lock.release()
