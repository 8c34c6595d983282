"""Files of a run, each whole or not there at all, whatever kills it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Let ``write`` fill a file beside ``path``, then put it in its place; on failure nothing stays."""
    part = path.with_name(path.name + ".part")
    try:
        write(part)
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_png(path: Path, picture: np.ndarray) -> None:
    """Write uint8 (H, W) or (H, W, 3) as PNG."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda part: Image.fromarray(picture).save(part, format="PNG"))
