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


def setting(help: str, **declared: Any) -> Any:
    """A field of :class:`Settings` as :func:`~GANAnomalyLib.option_fields.option` makes one.

    Its default, None, means "as the model's card recommends, else as published".
    """
    return option(None, help, **declared)


@dataclass
class Settings(Options):
    """Base of a detector's settings: a dataclass whose fields are made with :func:`setting`.

    ``detector`` is the kind's name, ``MODE_HINTS`` what to say of a setting that belongs to another mode, by the mode
    that was asked for.
    """

    detector: ClassVar[str] = ""
    MODE_HINTS: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def called(cls, name: str) -> str:
        return f"The setting {name!r}"

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
                f"The {cls.detector} detector has no setting {unknown[0]!r}{near}; it has: {', '.join(schema)}."
            )
        foreign = sorted(name for name in given if schema[name].mode not in ("", mode))
        if foreign:
            raise InputError(
                cls.MODE_HINTS.get(mode, "The setting {name!r} belongs to another mode.").format(name=foreign[0])
            )
        values = {field: _number(item.kind, given.get(item.name)) for field, item in cls.options().items()}
        settings = cls(**{field: value for field, value in values.items() if value is not None})
        settings.check()
        return settings


def _number(kind: Any, value: Any) -> Any:
    """Panels and scripts may say 4.0 for 4, and JSON 4 for 4.0."""
    if isinstance(value, float) and kind is int and value.is_integer():
        return int(value)
    return float(value) if kind is float and isinstance(value, int) and not isinstance(value, bool) else value
