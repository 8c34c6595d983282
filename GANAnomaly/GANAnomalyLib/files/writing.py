"""A file that appears under its name only when it is complete; until then, and after any failure, the old one stays."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .refusals import ANOTHER_FILE, disk_errors

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

_TRIES, _PAUSE_S = 5, 0.05
_ON_WINDOWS = os.name == "nt"


def beside(path: Path, ending: str = ".part") -> Path:
    """A new hidden name beside ``path``, for what is not finished; :func:`.folders.is_leftover` knows it again."""
    # Long names leave little room; what is hidden need not be read.
    return path.with_name(f".{path.name[:100]}.{os.urandom(4).hex()}{ending}")


@contextlib.contextmanager
def whole(
    path: Path | str,
    what: str = "the file",
    *,
    ending: str = "",
    sync: bool = False,
    folders: bool = True,
    advice: str = ANOTHER_FILE,
    kept: str = "",
) -> Iterator[Path]:
    """``with whole(path) as part:`` fill the file ``part``; it takes its place when the block ends, and is gone if not.

    A reader sees the older file or the whole new one, whatever kills the writer.

    Parameters
    ----------
    what: what is written, in words, for the sentence of a full disk.
    ending: for libraries that choose the format by the name: ".nii.gz".
    sync: wait until the disk has it, so that it outlives a power cut, too; a run's state is worth it.
    folders: make those on the way that are missing; else they are the user's to name right.
    advice, kept: as of :func:`.refusals.disk_errors`.

    Raises
    ------
    InputError, GANAnomalyError: as :func:`.refusals.disk_errors`.
    """
    path = Path(path)
    with disk_errors(path, what, advice=advice, kept=kept):
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        part = beside(path, f".part{ending}")
        try:
            yield part
            if sync:
                with open(part, "rb+") as file:
                    os.fsync(file.fileno())
            replace(part, path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def write_whole(path: Path | str, write: Callable[[Path], Any], what: str = "the file", **options: Any) -> Path:
    """Let ``write`` fill a file; returns ``path``. Options and errors as :func:`whole`."""
    path = Path(path)
    with whole(path, what, **options) as part:
        write(part)
    return path


def write_bytes(path: Path | str, content: bytes, what: str = "the file", **options: Any) -> Path:
    """Write bytes, whole or not at all; returns the path."""
    return write_whole(path, lambda part: part.write_bytes(content), what, **options)


def write_text(path: Path | str, text: str, what: str = "the file", **options: Any) -> Path:
    """Write text (UTF-8, line ends as they are), whole or not at all; returns the path."""
    return write_bytes(path, text.encode("utf-8"), what, **options)


def write_json(path: Path | str, data: Any, what: str = "the file", *, indent: int = 2, **options: Any) -> Path:
    """Write data as JSON with a line end, whole or not at all; returns the path. ValueError for NaN and infinity."""
    return write_text(path, json.dumps(data, indent=indent, allow_nan=False) + "\n", what, **options)


def write_png(path: Path | str, picture: np.ndarray | Image, what: str = "the picture") -> Path:
    """Write uint8 (H, W) grey or (H, W, 3) colour, or an image of Pillow, as PNG, whole or not at all."""
    from PIL import Image

    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    return write_whole(path, lambda part: image.save(part, format="PNG"), what)


def replace(source: Path, target: Path) -> None:
    """``os.replace``; on Windows again for a moment while a virus scanner or an indexer has one of them open."""
    for left in range(_TRIES - 1, -1, -1):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if not _ON_WINDOWS or not left or target.is_dir():
                raise
            time.sleep(_PAUSE_S)
