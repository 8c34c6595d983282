"""What every command shares: the standard options, and where its words go."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

DEBUG_VARIABLE = "GANANOMALY_DEBUG"


@dataclass
class Session:
    """One run of the command. ``json``: results go to stdout as JSON. ``verbose``: failures write their details."""

    json: bool = False
    verbose: bool = False
    arguments: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, arguments: list[str]) -> Session:
        """Read the standard options off the command line, so that even a wrong command line is answered in kind."""
        debug = os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")
        return cls("--json" in arguments, debug or "--verbose" in arguments, arguments)

    def say(self, text: str = "") -> None:
        """A line for the person: stdout, or stderr when stdout belongs to a machine."""
        click.echo(text, err=self.json)

    def emit(self, data: Any) -> None:
        """The machine's answer: one JSON value on stdout. NaN and infinity become null: JSON has no such numbers."""
        text = json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False, default=str)
        sys.stdout.write(text + "\n")


def standard_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json`` and ``--verbose``; both are read by :meth:`Session.of`."""
    json_option = click.option(
        "--json", is_flag=True, expose_value=False, help="Answer in JSON on stdout, for machines."
    )
    verbose_option = click.option(
        "--verbose", is_flag=True, expose_value=False, help="If it fails, write the details to a log file."
    )
    return json_option(verbose_option(click.pass_obj(function)))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:  # numpy scalars
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
