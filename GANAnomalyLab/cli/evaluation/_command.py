"""What the commands of ``gananomaly evaluate`` share: their folder, and how they answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.files import locked

Function = TypeVar("Function", bound=Callable[..., Any])
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""A title, headings and rows."""


def in_folder(
    name: str,
    required: bool = True,
    out: str = "The folder to write.",
    force: str = "Replace an earlier evaluation there.",
    group: str = "evaluate",
) -> Callable[[Function], Function]:
    """Add ``--out`` (as ``output``), ``--force`` ("" for none) and what every command has to ``GROUP NAME``.

    The command is alone in its folder while it runs.
    """

    def add(function: Function) -> Function:
        made: Any = standard_options(locked("output", f"gananomaly {group} {name}")(function))
        if force:
            made = click.option("--force", is_flag=True, help=force)(made)
        return click.option("--out", "output", required=required, metavar="FOLDER", help=out)(made)

    return add


def answer(
    session: Session,
    data: dict[str, Any],
    tables: Sequence[Table] = (),
    words: Sequence[str] = (),
    notes: Sequence[str] = (),
    files: Sequence[Path] | None = None,
) -> None:
    """Say what came out: ``data`` with the paths of the files to a machine, all the rest to a person."""
    if session.json:
        session.emit(data if files is None else {**data, "files": [str(path) for path in files]})
        return
    for title, heads, rows in tables:
        print_table(title, list(heads), [list(row) for row in rows])
    for text in (*words, *(f"Note: {note}" for note in notes), *(f"  {path}" for path in files or ())):
        session.say(text)
