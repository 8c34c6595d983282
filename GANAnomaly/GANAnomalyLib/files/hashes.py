"""SHA-256 of files, arrays and plain data: by these, results name what they were made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_CHUNK = 1 << 20


def hash_file(path: Path | str, check: Callable[[], None] | None = None) -> str:
    """Of a file's bytes, as 64 lower-case hexadecimal digits; ``check`` may raise to stop. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            if check is not None:
                check()
            digest.update(chunk)
    return digest.hexdigest()


def hash_text(text: str) -> str:
    """Of a text; names of files that are no text at all are taken, too."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def hash_json(data: Any, default: Callable[[Any], Any] | None = None) -> str:
    """Of plain data, whatever the order of its names; ``default`` as of :func:`json.dumps`."""
    return hash_text(json.dumps(data, sort_keys=True, default=default))


def hash_array(array: np.ndarray, head: str = "") -> str:
    """Of an array's bytes in C order, after the text ``head`` (what they mean: shape, type)."""
    import numpy as np

    digest = hashlib.sha256(head.encode("utf-8", "surrogateescape"))
    digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
