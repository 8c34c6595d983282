"""Opening a file from outside: it must exist, be a file, hold something, and not be larger than agreed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from ...errors import InputError

DEFAULT_SIZE_LIMIT = 4 << 30
"""Bytes; published 1024 x 1024 checkpoints are below 0.5 GB."""


def open_checked(path: Path, size_limit: int = DEFAULT_SIZE_LIMIT) -> tuple[BinaryIO, int]:
    """Open ``path`` for reading and give its size in bytes; raises :class:`InputError` saying what is wrong with it."""
    try:
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise InputError(f"{path.name} is a folder: give the model's file (.pkl, .pt, .pth or .safetensors).")
        if not stat.S_ISREG(info.st_mode):
            raise InputError(f"{path.name} is not a file that can be read as a model.")
        file = open(path, "rb")  # noqa: SIM115 (the caller closes it)
        size = os.fstat(file.fileno()).st_size
    except FileNotFoundError as error:
        raise InputError(f"There is no model file {path}: check the path.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"The model file {path.name} cannot be opened: check its permissions.", str(error)) from error
    if size == 0 or size > size_limit:
        file.close()
        if size == 0:
            raise InputError(f"The model file {path.name} is empty: copy or download it again.")
        raise InputError(
            f"The model file {path.name} is {size / 2**30:.3g} GiB, over the limit of {size_limit / 2**30:.3g} GiB: "
            "check that it is a model, or raise the limit."
        )
    return file, size
