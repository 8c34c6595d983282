"""What a set of images says of itself: the manifest that its maker wrote into it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import parse_json, read_object

MANIFEST = "gananomaly-dataset.json"
_MOST_BYTES = 1 << 20


def read_manifest(path: Path) -> dict[str, Any] | None:
    """What a folder or a zip says of the set in it; None when it says nothing that can be understood."""
    try:
        content = _of_zip(path) if path.is_file() else read_object(path / MANIFEST, _MOST_BYTES)
    except InputError:
        return None
    return content if content.get("kind") == "dataset" else None


def _of_zip(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(MANIFEST) as file:
            content = parse_json(file.read(_MOST_BYTES), MANIFEST)
    except (OSError, zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        raise InputError(f"{path.name} says nothing of itself.", repr(error)) from error
    return content if isinstance(content, dict) else {}
