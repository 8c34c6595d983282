"""Labels of pictures: the published dataset.json, read with distrust and written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import parse_json

LABELS_FILE = "dataset.json"
Label = int | list[float]
MOST_CLASSES = 1 << 16
LONGEST_PATIENT = 64


def parse_labels(data: bytes, name: str) -> dict[str, Label] | None:
    """The labels in the bytes of a dataset.json: ``{"labels": [["file.png", 3], ...]}``, or ``{"file.png": 3, ...}``.

    Every label is a class (0, 1, 2, ...) or every label is a list of as many numbers; None where ``labels`` is null or
    missing. Raises :class:`InputError`, naming the file ``name``, for anything else.
    """
    found = _pairs(data, name, "labels")
    if found is None:
        return None
    lengths = set()
    for key, value in found.items():
        found[key] = label = _label(value, f"{name} gives {key} the label")
        lengths.add(len(label) if isinstance(label, list) else 0)
    if len(lengths) > 1:
        raise InputError(f"{name} mixes kinds of labels: give every picture a class, or every one as many numbers.")
    return found


def parse_patients(data: bytes, name: str) -> dict[str, str] | None:
    """Whose each picture is, ``{"patients": [["file.png", "a1b2-0007"], ...]}`` in the bytes of a dataset.json.

    The texts are made up when a set is made: they tell patients apart within one set (and its parts) and say nothing
    else. None where the file names no patients; raises :class:`InputError`.
    """
    pairs = _pairs(data, name, "patients")
    if pairs is None:
        return None
    for key, value in pairs.items():
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PATIENT:
            raise InputError(f"{name} gives {key} the patient {str(value)[:40]}: patients are short texts.")
    return pairs


def parse_label_names(data: bytes, name: str) -> list[str] | None:
    """The names of classes 0, 1, ..., ``{"label_names": ["normal", ...]}``; None where there are none."""
    names = _content(data, name).get("label_names")
    return names if isinstance(names, list) and all(isinstance(text, str) for text in names) else None


def entries_json(
    names: Sequence[str],
    labels: Mapping[str, Label] | None,
    patients: Mapping[str, str] | None = None,
    label_names: Sequence[str] | None = None,
) -> str:
    """The text of a dataset.json for pictures ``names``, in their order; labels and patients by name, None for none.

    Patients and the names of classes stand beside the published ``labels``, where published readers pass over them.
    """
    content: dict[str, Any] = {"labels": None if labels is None else [[name, labels[name]] for name in names]}
    if patients is not None:
        content["patients"] = [[name, patients[name]] for name in names]
    if label_names is not None:
        content["label_names"] = list(label_names)
    return json.dumps(content)


def class_number(text: str) -> int | None:
    """A class written as a number ("3", "3.0"), or None when the text is something else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() and 0 <= value < MOST_CLASSES else None


def _content(data: bytes, name: str) -> dict[str, Any]:
    try:
        content = parse_json(data, name)
        if not isinstance(content, dict):
            raise ValueError("not an object")
        return content
    except (InputError, ValueError) as error:
        raise _damaged(name, error) from error


def _pairs(data: bytes, name: str, part: str) -> dict[str, Any] | None:
    entries = _content(data, name).get(part)
    if entries is None:
        return None
    try:
        pairs = entries.items() if isinstance(entries, dict) else [(key, value) for key, value in entries]
        return {_name(key): value for key, value in pairs}
    except (ValueError, TypeError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> InputError:
    return InputError(
        f'{name} is damaged or not as expected: it should read {{"labels": [["file.png", 0], ...]}}.', repr(error)
    )


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
