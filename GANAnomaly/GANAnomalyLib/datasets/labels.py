"""Labels of pictures: the published dataset.json, read with distrust and written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError

LABELS_FILE = "dataset.json"
Label = int | list[float]
MOST_CLASSES = 1 << 16


def parse_labels(data: bytes, name: str) -> dict[str, Label] | None:
    """The labels in the bytes of a dataset.json: ``{"labels": [["file.png", 3], ...]}``, or ``{"file.png": 3, ...}``.

    Every label is a class (0, 1, 2, ...) or every label is a list of as many numbers; None where ``labels`` is null or
    missing. Raises :class:`InputError`, naming the file ``name``, for anything else.
    """
    try:
        content = json.loads(data.decode("utf-8-sig"))
        entries = content.get("labels")
        pairs = (
            entries.items() if isinstance(entries, dict) else [] if entries is None else [(n, v) for n, v in entries]
        )
        found = {_name(key): value for key, value in pairs}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f'{name} is damaged or not as expected: it should read {{"labels": [["file.png", 0], ...]}}.', repr(error)
        ) from error
    if entries is None:
        return None
    lengths = set()
    for key, value in found.items():
        found[key] = label = _label(value, f"{name} gives {key} the label")
        lengths.add(len(label) if isinstance(label, list) else 0)
    if len(lengths) > 1:
        raise InputError(f"{name} mixes kinds of labels: give every picture a class, or every one as many numbers.")
    return found


def labels_json(names: Sequence[str], labels: Mapping[str, Label] | None) -> str:
    """The text of a dataset.json for pictures ``names``, in their order; ``labels`` by name, None for none."""
    pairs = None if labels is None else [[name, labels[name]] for name in names]
    return json.dumps({"labels": pairs})


def class_number(text: str) -> int | None:
    """A class written as a number ("3", "3.0"), or None when the text is something else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() and 0 <= value < MOST_CLASSES else None


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"a picture is called {key!r}")
    return key.replace("\\", "/")


def _label(value: Any, said: str) -> Label:
    if isinstance(value, list) and value and len(value) <= MOST_CLASSES and all(_number(item) for item in value):
        return [float(item) for item in value]
    if _number(value) and float(value).is_integer() and 0 <= value < MOST_CLASSES:
        return int(value)
    raise InputError(f"{said} {str(value)[:40]}: labels are classes counted from 0, or lists of numbers.")


def _number(value: Any) -> bool:
    # A whole number too large for a float would overflow below.
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e30 and math.isfinite(value)
    )
