"""A page for every command, written from the commands themselves before each build: nothing is typed by hand."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import click

FOLDER = Path("reference") / "commands"
OPTION = re.compile(r"(?<![\w`-])(--[a-z][a-z-]*[a-z])")
HANDLE = "gananomaly_commands"
INDEX = """# Command line

`gananomaly COMMAND --help` says the same in a terminal; inside a copy of the repository `python3 start.py COMMAND` is
the same as `gananomaly COMMAND`. These pages are made from the program, so they say what it does.

| command | what it does |
|---|---|
{rows}

Exit codes: 0 done, 2 the input cannot be used as it is, 1 something failed, 130 stopped by you. `--json` answers on
standard output for machines. Ctrl-C keeps what is finished; the same command goes on from there.

```{{toctree}}
:hidden:

{pages}
```
"""
PAGE = """.. click:: {handle}:{name}
   :prog: gananomaly {command}
   :nested: full
"""


def write(app: Any) -> None:
    """The pages, those that changed only; one for a command that is gone is removed."""
    from GANAnomalyLib.cli.app import app as commands

    # sphinx-click finds a command by module and attribute; this module has them all, wherever their files are.
    handle = sys.modules[HANDLE] = ModuleType(HANDLE)
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    context = click.Context(commands, info_name="gananomaly")
    rows, pages = [], {}
    for command in commands.list_commands(context):
        found, name = commands.get_command(context, command), command.replace("-", "_")
        setattr(handle, name, found)
        rows.append(f"| [`{command}`]({command}.rst) | {found.get_short_help_str(200)} |")
        pages[f"{command}.rst"] = PAGE.format(handle=HANDLE, name=name, command=command)
    names = [f"{name} <{name}>" for name in (page.removesuffix(".rst") for page in pages)]
    pages["index.md"] = INDEX.format(rows="\n".join(rows), pages="\n".join(names))
    for file in folder.iterdir():
        if file.name not in pages:
            file.unlink()
    for name, text in pages.items():
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text:
            (folder / name).write_text(text, encoding="utf-8")


def blocks_as_code(app: Any, context: click.Context, lines: list[str]) -> None:
    """What stands indented in a help text's unwrapped block is an example or a table: shown as code."""
    out: list[str] = []
    code = False
    for line in lines:
        indented = line.startswith("|  ")
        if indented and not code:
            out += ["", "::", ""]
        elif code and not indented and line.strip():
            out.append("")
        out.append(f"   {line[2:]}" if indented else OPTION.sub(r"``\1``", line.removeprefix("| ")))
        code = indented or (code and not line.strip())
    lines[:] = out


def options_as_code(app: Any, context: click.Context, lines: list[str]) -> None:
    """Options that a help text names look as they are typed."""
    lines[:] = [line if line.lstrip().startswith((".. ", ":")) else OPTION.sub(r"``\1``", line) for line in lines]


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", write)
    app.connect("sphinx-click-process-options", options_as_code)
    app.connect("sphinx-click-process-description", blocks_as_code)
    return {"parallel_read_safe": True}
