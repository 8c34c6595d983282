"""The ``gananomaly`` command: the engine from a terminal.

To add a command, put one file into ``commands/``: its name is the command's name (``_`` becomes ``-``) and it holds a
``click.Command`` called ``command``. Keep heavy imports inside the function, so that ``--help`` stays fast.
"""

from __future__ import annotations

import warnings


def main(args: list[str] | None = None) -> None:
    """Run the command with ``args`` (None: those of the process) and exit with 0, 1, 2 or 130."""
    from ..running.background import leave
    from .app import app

    # Libraries' notes to developers say nothing to a reader of CT. All threads' are meant here: the program is ours.
    with warnings.catch_warnings():  # noqa: TID251
        warnings.simplefilter("ignore")  # noqa: TID251
        try:
            app.main(args)
        except SystemExit as end:
            leave(end.code if isinstance(end.code, int) else 0)
            raise
