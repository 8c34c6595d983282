"""What a set of images says of itself: the manifest that its maker wrote into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_object

MANIFEST = "gananomaly-dataset.json"


def read_manifest(path: Path) -> dict[str, Any] | None:
    """What a folder says of the set in it; None when it says nothing that can be understood."""
    file = path / MANIFEST
    try:
        content = read_object(file, 1 << 20)
    except InputError:
        return None
    return content if content.get("kind") == "dataset" else None
