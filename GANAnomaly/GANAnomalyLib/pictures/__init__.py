"""Pictures for people: heat colouring, patch pairs and the one-page summary. Knows nothing of Slicer.

The drawing libraries are imported on first use: ``overlay``, ``facts`` and ``maps`` need only numpy and SimpleITK and
also serve inside Slicer, which carries no matplotlib.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {"write_summary": "summary", "write_patch_picture": "patches"}
__all__ = ["write_patch_picture", "write_summary"]

if TYPE_CHECKING:
    from .patch_picture import write_patch_picture
    from .summary import write_summary


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
