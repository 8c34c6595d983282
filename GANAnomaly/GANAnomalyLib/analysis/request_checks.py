"""Whether a request's values are of the kinds they must be: they may come from a file that anybody wrote."""

from __future__ import annotations

import json
import math
from typing import Any

from ..errors import InputError

LARGEST = 2**63 - 1
"""What the libraries beneath can count to."""

_TEXTS = ("input", "model", "detector", "region", "device", "mode")
_TEXTS_OR_NONE = ("output", "series", "metric", "mask")
_NUMBERS_OR_NONE = ("window", "level")
_WHOLES = ("top", "seed")
_WHOLES_OR_NONE = ("label", "patch_size", "steps", "batch")
_SWITCHES = ("allow_any", "calibrate", "scene")


def check_kinds(request: Any) -> None:
    """Raise :class:`InputError` naming the first value of an ``AnalysisRequest`` that is of the wrong kind."""
    for name in (*_TEXTS, *_TEXTS_OR_NONE):
        value = getattr(request, name)
        if value is not None or name in _TEXTS:
            _check_text(name, value)
    for name in _NUMBERS_OR_NONE:
        value = getattr(request, name)
        if value is not None and not _is_number(value):
            raise InputError(f"{_said(name)} must be a number, not {shown(value)}.")
    for name in (*_WHOLES, *_WHOLES_OR_NONE):
        value = getattr(request, name)
        if not (_is_whole(value) or (value is None and name in _WHOLES_OR_NONE)):
            raise InputError(f"{_said(name)} must be a whole number, not {shown(value)}.")
    if request.seed < 0:
        raise InputError(f"seed must be zero or more, not {request.seed}.")
    for name in _SWITCHES:
        if not isinstance(getattr(request, name), bool):
            raise InputError(f"{_said(name)} must be true or false, not {shown(getattr(request, name))}.")
    slices = request.slices
    if slices is not None and not (isinstance(slices, tuple) and len(slices) == 2 and all(map(_is_whole, slices))):
        raise InputError(f"slices must be two whole numbers, first and stop, not {shown(slices)}.")
    _check_settings(request.settings)


def shown(value: object) -> str:
    """A value for a sentence, however large or deep it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python refuses to write out numbers of thousands of digits
        return "a number far too large"
    return text if len(text) <= 60 else f"{text[:60]}..."


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise InputError(f"{_said(name)} must be a text, not {shown(value)}.")
    if not value.strip():
        raise InputError(f"{_said(name)} is empty: leave it out, or give it a value.")
    try:
        # No file can be called so, and asking the system for one fails in ways of its own.
        named = "\0" not in value and bool(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        named = False
    if not named:
        raise InputError(f"{_said(name)} holds characters that no name can have.")


def _check_settings(settings: object) -> None:
    if not isinstance(settings, dict) or not all(isinstance(name, str) for name in settings):
        raise InputError(f"settings must be names with values, not {shown(settings)}.")
    try:
        json.dumps(settings)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("settings must hold plain values: numbers, texts, lists and such.", str(error)) from error


def _is_number(value: object) -> bool:
    if isinstance(value, int):
        return _is_whole(value)
    return isinstance(value, float) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


def _said(name: str) -> str:
    return name.replace("_", "-")
