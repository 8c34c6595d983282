"""Whether a request's values are of the kinds they must be: they may come from a file that anybody wrote."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from ..errors import InputError
from ..files.typed_values import Words, WrongKind, at_least, check_fields, nameable, shown

__all__ = ["FirstAndStop", "Named", "NaturalNumber", "Settings", "check_kinds", "shown"]


def check_kinds(request: Any) -> None:
    """Raise :class:`InputError` naming the first value of an ``AnalysisRequest`` that is not as declared there."""
    try:
        check_fields(request)
    except WrongKind as error:
        field = re.split(r"[.\[]", error.place)[0]
        raise InputError(f"{error.place.replace('_', '-')} {error.problem}.", field=field) from error


def _filled(text: str) -> str | None:
    return None if text.strip() else "is empty: leave it out, or give it a value"


def _plain(settings: dict[str, Any]) -> str | None:
    try:
        json.dumps(settings)
    except (TypeError, ValueError, RecursionError):
        return "must hold plain values: numbers, texts, lists and such"
    return None


Named = Annotated[str, _filled, nameable]
"""The name or path of something."""
NaturalNumber = Annotated[int, at_least(0)]
FirstAndStop = Annotated[tuple[int, int], Words("two whole numbers, first and stop")]
Settings = Annotated[dict[str, Any], _plain]
