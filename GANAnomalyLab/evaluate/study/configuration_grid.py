"""Configurations from lists of values: every combination, named by what was asked for."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_json

from .study_cases import Configuration

MOST = 400
_SHORT = {"patch_size": "patch", "mode": "", "metric": "", "model": "", "region": ""}
"""How an axis is called in a configuration's name; "" where its value says enough."""
_LONGEST = 90


def configurations(base: Mapping[str, Any], axes: Mapping[str, Sequence[Any]]) -> list[Configuration]:
    """Every combination of the axes' values, over ``base`` (fields of an ``AnalysisRequest``).

    An axis is such a field, or ``settings.<name>`` for a setting of the detector; one without values is left out.
    Names tell every axis that has values, so that adding values later changes no name of an earlier combination.

    Raises :class:`InputError` for more than :data:`MOST` combinations, or a value given twice.
    """
    used = {axis: list(values) for axis, values in axes.items() if len(values)}
    count = 1
    for axis, values in used.items():
        texts = [json.dumps(value, sort_keys=True, default=str) for value in values]
        if len(set(texts)) != len(texts):
            raise InputError(f"{axis.removeprefix('settings.').replace('_', '-')} has a value twice: give each once.")
        count *= len(values)
    if count > MOST:
        raise InputError(
            f"That makes {count:,} combinations, and at most {MOST} can be run at once: give fewer values."
        )
    out = []
    for chosen in itertools.product(*used.values()):
        picked = dict(zip(used, chosen, strict=True))
        request: dict[str, Any] = {**base, "settings": dict(base.get("settings", {}))}
        for axis, value in picked.items():
            if axis.startswith("settings."):
                request["settings"][axis.removeprefix("settings.")] = value
            else:
                request[axis] = value
        if not request["settings"]:
            del request["settings"]
        out.append(Configuration(_name(picked), request))
    return out


def axis_value(configuration: Configuration, axis: str) -> Any:
    """What a configuration has on an axis; None for the model's own."""
    if axis.startswith("settings."):
        return configuration.request.get("settings", {}).get(axis.removeprefix("settings."))
    return configuration.request.get(axis)


def _name(values: Mapping[str, Any]) -> str:
    parts = []
    for axis, value in values.items():
        axis = axis.removeprefix("settings.")
        if axis == "model":
            # Of a path the file's name.
            value = re.split(r"[/\\]", str(value))[-1].removesuffix(".safetensors")
        word = "default" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        parts.append(f"{_SHORT.get(axis, axis)}{word}")
    text = re.sub(r"[^\w.+\-]+", "-", "_".join(parts)).strip("._- ") or "default"
    if text[0] in "+":
        text = f"c{text}"
    if len(text) > _LONGEST or any(isinstance(value, str) and re.search(r"[/\\]", value) for value in values.values()):
        # Files of one name in different folders are different.
        mark = hash_json(dict(values), default=str)[:6]
        text = f"{text[: _LONGEST - 7]}_{mark}"
    return text
