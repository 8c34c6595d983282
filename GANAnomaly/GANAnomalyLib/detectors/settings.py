"""A detector's own settings, each declared once: what it is, what it may be, and what it means.

From the declaration come the checks of a request's plain values, the help on the terminal and the panel's fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from ..errors import InputError
from ..option_fields import Option, Options, option
from ..spelling import meant

S = TypeVar("S", bound="Settings")


def setting(help: str, default: Any = None, **declared: Any) -> Any:
    """A field of :class:`Settings` as :func:`~GANAnomalyLib.option_fields.option` makes one.

    ``default`` None means "as the model's card recommends, else as published"; ``name`` is what requests call it where
    Python cannot ("class").
    """
    return option(default, help, **declared)


@dataclass
class Settings(Options):
    """Base of a detector's (or a trainer's) settings: a dataclass whose fields are made with :func:`setting`.

    ``detector`` is the kind's name, ``role`` what it is a kind of, ``MODE_HINTS`` what to say of a setting that belongs
    to another mode, by the mode that was asked for.
    """

    detector: ClassVar[str] = ""
    role: ClassVar[str] = "detector"
    MODE_HINTS: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def called(cls, name: str) -> str:
        return f"The setting {name!r}"

    @classmethod
    def place(cls, name: str) -> str:
        return f"settings.{name}"

    @classmethod
    def schema(cls) -> dict[str, Option]:
        """The settings by the names that requests use, in the order of their declaration."""
        return {item.name: item for item in cls.options().values()}

    @classmethod
    def read(cls: type[S], given: Mapping[str, Any], mode: str = "fast") -> S:
        """From a request's plain values.

        Raises :class:`InputError` for unknown names, settings of another mode and values that cannot be.
        """
        schema = cls.schema()
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
        said = {field: (item, given.get(item.name)) for field, item in cls.options().items()}
        # Before the object is made, which may look at files that the values name.
        settings = cls(**{field: read_value(item, value) for field, (item, value) in said.items() if value is not None})
        settings.check_together()
        return settings


def read_value(item: Option, value: Any) -> Any:
    """A setting's plain value as it is used; raises :class:`InputError` naming the setting.

    Panels and scripts may say 4.0 for 4, and JSON 4 for 4.0.
    """
    kind = item.value_kind
    if kind == "whole" and isinstance(value, float) and value.is_integer():
        value = int(value)
    value = item.check(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if kind in ("number", "share") and whole else value
