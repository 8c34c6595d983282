"""The detectors' own settings as the scene keeps them: one parameter with JSON, by detector and setting.

What a setting is, and what it may be, is declared by its detector (:mod:`GANAnomalyLib.detectors.settings`).
"""

from __future__ import annotations

import json
from typing import Any

PARAMETER = "detectorSettings"
_OLD = ("completions", "stride", "space", "effort", "skipBackground")
"""Parameters of version 0.1, whose panel knew PICARD's settings by name."""


def labelled(kind: Any) -> dict[str, Any]:
    """The settings of a :class:`~GANAnomalyLib.detectors.kinds.DetectorKind` that have a field, by name."""
    return {name: spec for name, spec in kind.settings.schema().items() if spec.label}


def chosen(parameters: Any, kind: Any) -> dict[str, Any]:
    """What the user chose of a detector's settings, of whatever mode; what cannot be any more is left out."""
    from GANAnomalyLib.detectors.settings import read_value
    from GANAnomalyLib.errors import InputError

    specs, values = labelled(kind), {}
    held = _held(parameters.detectorSettings).get(kind.name)
    for name, value in (held if isinstance(held, dict) else {}).items():
        if name in specs and value is not None:
            try:
                values[name] = read_value(specs[name], value)
            except InputError:
                continue
    return values


def in_mode(kind: Any, values: dict[str, Any], mode: str) -> dict[str, Any]:
    """Those of the values that mean something in this mode."""
    specs = labelled(kind)
    return {name: value for name, value in values.items() if specs[name].mode in ("", mode)}


def keep(parameters: Any, kind: Any, values: dict[str, Any]) -> None:
    """Write the choices for one detector into the parameter node; those for others stay."""
    held = _held(parameters.detectorSettings)
    held.pop(kind.name, None)
    if values:
        held[kind.name] = values
    text = json.dumps(held, sort_keys=True) if held else ""
    if text != parameters.detectorSettings:
        parameters.detectorSettings = text


def take_over_old(node: Any) -> None:
    """Turn the parameters of a scene saved by version 0.1 into today's; ``node`` is the plain parameter node."""
    names = set(node.GetParameterNames())
    old = {name: node.GetParameter(name) for name in _OLD if name in names}
    if not old:
        return
    # A scene is loaded over a node that may hold today's parameters already, at their defaults.
    if not node.GetParameter(PARAMETER):
        values: dict[str, Any] = {
            name: int(old[name]) for name in ("completions", "stride") if old.get(name, "0").isdecimal()
        }
        values = {name: value for name, value in values.items() if value}
        if old.get("space", "MODEL") != "MODEL":
            values["space"] = old["space"].lower()
        if old.get("effort") == "EXACT":
            values["mode"] = "exact"
        # A check box had no third state: what it showed was what was asked for.
        if "skipBackground" in old:
            values["skip_background"] = old["skipBackground"] == "True"
        node.SetParameter(PARAMETER, json.dumps({"picard": values}, sort_keys=True))
    for name in old:
        node.UnsetParameter(name)


def _held(text: str) -> dict[str, Any]:
    try:
        held = json.loads(text or "{}")
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}
