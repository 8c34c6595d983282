"""Options that the commands around a generator share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from GANAnomalyLib.analysis.request import DEVICES

from ...generate.number_lists import parse_numbers

Function = TypeVar("Function", bound=Callable[..., Any])


class Numbers(click.ParamType):
    """``85,265-300``, both ends included."""

    name = "list"

    def __init__(self, what: str = "seeds") -> None:
        self.what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        return value if isinstance(value, list) else parse_numbers(value, self.what)


model_option = click.option(
    "--model",
    "--network",
    "model",
    default="demo",
    show_default=True,
    help="A model's name (see: gananomaly models) or its file; a published .pkl too.",
)
outdir_option = click.option("--outdir", "--out", "outdir", required=True, metavar="DIR", help="Where the files go.")


def running_options(function: Function) -> Function:
    """Add ``--device``, ``--batch`` and ``--force``."""
    for option in (
        click.option("--force", is_flag=True, help="Replace what is there."),
        click.option("--batch", type=int, help="Pictures at a time.  [default: as the resolution allows]"),
        click.option(
            "--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to compute."
        ),
    ):
        function = option(function)
    return function
