"""What a set of images says of itself: the manifest that its maker wrote into it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MANIFEST = "gananomaly-dataset.json"


def read_manifest(path: Path) -> dict[str, Any] | None:
    """What a folder says of the set in it; None when it says nothing that can be understood."""
    file = path / MANIFEST
    try:
        if file.stat().st_size > 1 << 20:
            return None
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and content.get("kind") == "dataset" else None
