"""Kinds of option values that several commands share."""

from __future__ import annotations

import json
import re
from typing import Any

import click


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


class Setting(click.ParamType):
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
        except ValueError:
            return name.strip(), text
