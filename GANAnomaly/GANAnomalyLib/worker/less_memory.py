"""What may be done when memory ran out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..analysis.request import AnalysisRequest

_SMALLEST = {"batch": 1, "device": "cpu"}


def with_less_memory(request: AnalysisRequest) -> AnalysisRequest:
    """The same analysis with one slice at a time and without a graphics card; the numbers stay the same."""
    return dataclasses.replace(request, settings=dict(request.settings), **_SMALLEST)  # type: ignore[arg-type]


def can_use_less(request: Mapping[str, Any]) -> bool:
    """Whether :func:`with_less_memory` would change anything about a request given as a dict."""
    return any(request.get(name) != value for name, value in _SMALLEST.items())
