"""A detector's own settings, each declared once: what it is, what it may be, and what it means.

From the declaration come the checks of a request's plain values, the help on the terminal and the panel's fields.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

from ..errors import InputError
from ..spelling import meant

Kind = Literal["number", "whole", "switch", "share", "choice", "path", "text", "names"]
S = TypeVar("S", bound="Settings")
_SPEC = "setting"
_WANTED = {
    "switch": "true or false",
    "share": "true, false or a share above 0 and up to 1",
    "path": "a path",
    "text": "text",
    "names": "a list of layer names",
}


@dataclass(frozen=True)
class SettingSpec:
    """One setting.

    ``low`` and ``high`` are the smallest and largest value, ``above`` one that the value must exceed. ``mode`` is the
    only mode it belongs to, "" for all. ``label`` is what the panel calls it: a setting without one has no field there;
    ``choice_labels`` is what it calls the choices.
    """

    name: str
    kind: Kind
    help: str
    default: Any = None
    low: float | None = None
    above: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    mode: str = ""
    label: str = ""
    choice_labels: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)

    def check(self, value: Any) -> Any:
        """The value as it is used; raises :class:`InputError` naming the setting."""
        if self.kind in ("switch", "share") and isinstance(value, bool):
            return value
        if self.kind == "share" and isinstance(value, int | float) and 0 < value <= 1:
            return float(value)
        if self.kind == "choice" and value in self.choices:
            return value
        if self.kind in ("path", "text") and isinstance(value, str) and (value or self.kind == "text"):
            return value
        if self.kind == "names" and isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
            return tuple(value)
        if self.kind in ("number", "whole") and self._fits(value):
            return int(value) if self.kind == "whole" else float(value)
        said = f"The setting {self.name!r} must be {self.wanted}, not {value!r}."
        raise InputError(said, field=f"settings.{self.name}")

    def _fits(self, value: Any) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            return False
        if self.kind == "whole" and value != int(value):
            return False
        above = self.above is None or value > self.above
        return above and (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def wanted(self) -> str:
        """What a value may be, in words: "a whole number of 2 or more"."""
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        if self.kind in _WANTED:
            return _WANTED[self.kind]
        said = "a whole number" if self.kind == "whole" else "a number"
        if self.above is not None:
            said += f" above {self.above:g}"
        elif self.low is not None:
            said += f" of {self.low:g} or more"
        return said if self.high is None else f"{said} and at most {self.high:g}"


def setting(
    kind: Kind,
    help: str,
    *,
    default: Any = None,
    name: str = "",
    low: float | None = None,
    above: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    mode: str = "",
    label: str = "",
    choice_labels: Mapping[str, str] | None = None,
) -> Any:
    """A field of a :class:`Settings`; ``default`` None means "as the model's card recommends, else as published".

    ``name`` is what requests call it where Python cannot ("class").
    """
    spec = SettingSpec(name, kind, help, default, low, above, high, choices, mode, label, dict(choice_labels or {}))
    return dataclasses.field(default=default, metadata={_SPEC: spec})


@dataclass
class Settings:
    """Base of a detector's (or a trainer's) settings: a dataclass whose fields are made with :func:`setting`.

    ``detector`` is the kind's name, ``role`` what it is a kind of, ``MODE_HINTS`` what to say of a setting that belongs
    to another mode, by the mode that was asked for.
    """

    detector: ClassVar[str] = ""
    role: ClassVar[str] = "detector"
    MODE_HINTS: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def schema(cls) -> dict[str, SettingSpec]:
        """The settings by the names that requests use, in the order of their declaration."""
        specs = {}
        for item in dataclasses.fields(cls):
            spec = item.metadata.get(_SPEC)
            if spec is not None:
                name = spec.name or item.name
                specs[name] = dataclasses.replace(spec, name=name)
        return specs

    @classmethod
    def fields(cls) -> dict[str, str]:
        """The name of each setting's field, by the name that requests use."""
        return {
            item.metadata[_SPEC].name or item.name: item.name
            for item in dataclasses.fields(cls)
            if _SPEC in item.metadata
        }

    @classmethod
    def read(cls: type[S], given: Mapping[str, Any], mode: str = "fast") -> S:
        """From a request's plain values.

        Raises :class:`InputError` for unknown names, settings of another mode and values that cannot be.
        """
        schema, fields = cls.schema(), cls.fields()
        unknown = sorted(set(given) - set(schema))
        if unknown:
            near = meant(unknown[0], schema)
            raise InputError(
                f"The {cls.detector} {cls.role} has no setting {unknown[0]!r}{near}; it has: {', '.join(schema)}.",
                field="settings",
            )
        foreign = sorted(name for name in given if schema[name].mode not in ("", mode))
        if foreign:
            raise InputError(
                cls.MODE_HINTS.get(mode, "The setting {name!r} belongs to another mode.").format(name=foreign[0]),
                field=f"settings.{foreign[0]}",
            )
        return cls(**{fields[name]: schema[name].check(value) for name, value in given.items() if value is not None})
