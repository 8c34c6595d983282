"""From declared options to a command's: what the fields of a dataclass say becomes what ``--help`` shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args, get_origin

import click

from ..analysis.request import AnalysisRequest
from ..option_fields import Option, Options
from ..results.usual import DEFAULT_PERCENT, PERCENTS

Function = TypeVar("Function", bound=Callable[..., Any])
T = TypeVar("T", bound=Options)


class SliceRange(click.ParamType):
    """``40:80`` (80 excluded) or one slice, ``40``."""

    name = "first:stop"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"\s*(\d+)\s*(?::\s*(\d+)\s*)?", str(value))
        if match is None:
            self.fail(f"{value!r} is not a range of slices: give first:stop, as in 40:80, or one number.", param, ctx)
        first = int(match[1])
        stop = first + 1 if match[2] is None else int(match[2])
        if first >= stop:
            self.fail(f"{value!r} holds no slice: the first must be below the stop, as in 40:80.", param, ctx)
        return first, stop


class Heights(click.ParamType):
    """``-120:40.5``: millimetres superior, a lower and a higher."""

    name = "low:high"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"\s*(-?\d*\.?\d+|-?\d+\.)\s*:\s*(-?\d*\.?\d+|-?\d+\.)\s*", str(value))
        if match is None:
            self.fail(f"{value!r} is not a range of heights: give low:high, as in -120:40.", param, ctx)
        return float(match[1]), float(match[2])


class NameValue(click.ParamType):
    """``name=value``; the value is read as JSON where it is JSON (numbers, true, null), else as text."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r} is not a setting: give name=value.", param, ctx)
        try:
            return name.strip(), json.loads(text)
        except (ValueError, RecursionError):
            return name.strip(), text


class Switch(click.ParamType):
    """``1``, ``true``, ``yes``, ``on`` and their opposites, as published trainers take them."""

    name = "bool"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        return click.BOOL.convert(value, param, ctx)


_TYPES: dict[Any, click.ParamType] = {
    int: click.INT,
    float: click.FLOAT,
    str: click.STRING,
    tuple[int, int]: SliceRange(),
    tuple[float, float]: Heights(),
}


def click_options(
    declared: type[Options], *names: str, switches: bool = False, types: Mapping[str, click.ParamType] | None = None
) -> Callable[[Function], Function]:
    """A decorator that gives a command the options that a class declares with a ``help``, or those ``names`` of it.

    Each arrives under its field's name; what was not given is None, see :func:`given`. With ``switches`` what is true
    or false takes a word (``--mirror 1``), else it is a flag, which ``--no-...`` turns false. ``types`` are those of
    fields whose annotation does not say how they are written.
    """
    found = declared.options()
    chosen = names or tuple(name for name, item in found.items() if item.help)
    made = [_click_option(name, found[name], switches, (types or {}).get(name)) for name in chosen]

    def decorate(function: Function) -> Function:
        for one in reversed(made):
            function = one(function)
        return function

    return decorate


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """What was given of a command's options."""
    return {name: value for name, value in options.items() if value is not None}


def taken(declared: type[T], options: dict[str, Any], **more: Any) -> T:
    """An object of a class's options, which are taken out of a command's."""
    values = {name: options.pop(name) for name in declared.options() if name in options}
    return declared(**given(values), **more)


def _click_option(name: str, item: Option, switches: bool, kind: click.ParamType | None) -> Any:
    flags = (item.flags or "--" + item.name.replace("_", "-")).split()
    plain, default = item.plain_kind, item.default
    more: dict[str, Any] = {
        "type": kind or _TYPES.get(plain),
        "metavar": item.metavar,
        "required": item.required,
    }
    if plain is bool and switches:
        more.update(type=Switch(), is_flag=False, flag_value="true")
        default = str(default).lower()
    elif plain is bool:
        more.update(is_flag=True, default=None)
        if "/" not in flags[0]:
            more.update(flag_value=not flags[0].startswith("--no-"))
        default = None
    elif get_origin(plain) is dict:
        more.update(type=NameValue(), multiple=True, callback=_as_dict(get_args(plain)[1]))
        default = None
    elif get_origin(plain) is tuple and get_args(plain)[-1] is ... and kind is None:
        more.update(type=_TYPES[get_args(plain)[0]], multiple=True, callback=lambda ctx, param, value: value or None)
        default = None
    elif item.choices and kind is None:
        more.update(type=click.Choice([str(one) for one in item.choices]))
        if plain is not str:
            more.update(callback=lambda ctx, param, value: None if value is None else plain(value))
    elif kind is None and plain not in _TYPES and item.value_kind == "names":
        more.update(metavar=item.metavar or "A,B,...", callback=_as_names)
        default = ",".join(default or ())
    elif kind is None and item.value_kind == "path":
        more.update(metavar=item.metavar or "PATH")
    shown = item.shown if item.shown is not None else default
    help = item.help if shown in (None, "") else f"{item.help}  [default: {shown}]"
    return click.option(*flags, name, help=help, **more)


def _as_names(context: Any, parameter: Any, value: str | None) -> list[str] | None:
    return None if value is None else value.split(",")


def _as_dict(kind: Any) -> Callable[[Any, Any, tuple[tuple[str, Any], ...]], dict[str, Any] | None]:
    """``NAME=VALUE`` as often as given, as one dict of values of a kind; None where there are none."""
    taken = str if kind is str else lambda value: value
    return lambda ctx, param, pairs: {name: taken(value) for name, value in pairs} or None


hu_offset_option = click_options(AnalysisRequest, "hu_offset")
"""What every command that reads CTs offers for values that are no Hounsfield units yet."""
usual_option = click.option(
    "--usual",
    type=click.Choice([str(percent) for percent in PERCENTS]),
    default=str(DEFAULT_PERCENT),
    show_default=True,
    callback=lambda ctx, param, value: int(value),
    help="Percent of the model's normal slices that may reach what is called within the usual.",
)
_ANALYSIS = (
    *("model", "detector", "metric", "slices", "window", "level", "patch_size", "top", "device", "seed", "steps"),
    *("mode", "batch", "settings", "calibrate", "findings_anyway", "scene", "allow_any", "hu_offset"),
)


def analysis_options(function: Function) -> Function:
    """Add what every command that analyses can be told: fields of an ``AnalysisRequest``, and ``force``."""
    force = click.option("--force", is_flag=True, help="Compute again even if this very result is there already.")
    return request_options(force(function))


def request_options(function: Function) -> Function:
    """Add the same fields of an ``AnalysisRequest`` alone, for commands that never compute a result twice."""
    return click_options(AnalysisRequest, *_ANALYSIS)(function)
