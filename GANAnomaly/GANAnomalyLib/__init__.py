"""GANAnomaly's engine: shows where a CT differs from what a generative model of normal anatomy can explain.

Research use only; not a medical device.

The public names are imported on first use, so that ``import GANAnomalyLib`` stays cheap (Slicer imports it at start).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "AnalysisRequest": "request",
    "AnalysisResult": "result",
    "CancelToken": "progress",
    "GANAnomalyError": "errors",
    "Volume": "volume.types",
    "read_volume": "volume",
    "run": "analysis",
    "write_volume": "volume",
}

if TYPE_CHECKING:
    from .analysis.pipeline import run
    from .analysis.request import AnalysisRequest
    from .errors import GANAnomalyError
    from .results.result import AnalysisResult
    from .running.progress import CancelToken
    from .volume import Volume, read_volume, write_volume

__all__ = [
    "AnalysisRequest",
    "AnalysisResult",
    "CancelToken",
    "GANAnomalyError",
    "Volume",
    "__version__",
    "read_volume",
    "run",
    "write_volume",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
