"""Columns of a hundred thousand rows as text that a script of the page unpacks in milliseconds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

ID_CHARACTERS = 12
"""A row's ID: base64 of the first nine bytes of a hash."""
SHA_CHARACTERS = 43
"""A SHA-256 in base64 without its last, empty place."""


def packed(values: np.ndarray, kind: str) -> dict[str, str]:
    """(N,) numbers as {"kind", "data"}, little-endian in base64; ``kind`` is f4, u4, u2, u1 or i4."""
    content = np.ascontiguousarray(values).astype(f"<{kind}").tobytes()
    return {"kind": kind, "data": base64.b64encode(content).decode("ascii")}


def named(values: Sequence[Any]) -> dict[str, Any]:
    """Texts of few different ones as those, most frequent first, and a place among them for each row; 0 for none."""
    words = np.array(["" if value is None else str(value) for value in values], dtype=object)
    names, places, counts = np.unique(words.astype(str), return_inverse=True, return_counts=True)
    order = [int(place) for place in np.lexsort((names, -counts)) if names[place]]
    number = np.zeros(len(names), np.uint32)
    number[order] = np.arange(1, len(order) + 1)
    kind = "u2" if len(order) < 65535 else "u4"
    return {"names": [str(names[place]) for place in order], **packed(number[places], kind)}


def split_paths(paths: Sequence[str]) -> dict[str, Any]:
    """Paths as their folders, each once, and the name within it."""
    cut = [max(path.rfind("/"), path.rfind("\\")) + 1 for path in paths]
    folders = [path[:at] for path, at in zip(paths, cut, strict=True)]
    found = {folder: place for place, folder in enumerate(dict.fromkeys(folders))}
    places = np.array([found[folder] for folder in folders], np.uint32)
    return {
        "folders": list(found),
        "folder": packed(places, "u4"),
        "names": [path[at:] for path, at in zip(paths, cut, strict=True)],
    }


def row_id(path: str, sha256: str | None) -> str:
    """What a mark is kept under: the same as long as the path and the file's content are."""
    digest = hashlib.sha256(f"{path}\n{sha256 or ''}".encode("utf-8", "surrogateescape")).digest()
    return base64.urlsafe_b64encode(digest[:9]).decode("ascii")


def sha_text(sha256: str | None) -> str:
    """A hash of 64 hexadecimal places in 43 characters; blanks where there is none."""
    if not sha256:
        return " " * SHA_CHARACTERS
    return base64.b64encode(bytes.fromhex(sha256)).decode("ascii")[:SHA_CHARACTERS]


def script(name: str, value: Any) -> bytes:
    """The script that hands ``value`` to the page under ``name``."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return f"Gallery.receive({json.dumps(name)},{text});\n".encode("ascii")
