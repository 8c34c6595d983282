"""The group of commands: finds them by file name, loads only the one asked for, turns failures into sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from ..version import __version__
from . import commands
from .failures import report
from .folder_group import FolderGroup
from .session import Session


class App(FolderGroup):
    """Commands are the modules of ``commands/``, here and in the laboratory where it is installed."""

    package = commands

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As ``click.Group.main``, but every failure becomes one sentence and one of the exit codes 1, 2, 130."""
        args = list(sys.argv[1:] if args is None else args)
        session = Session.of(args)
        extra.setdefault("obj", session)
        prog_name = prog_name or "gananomaly"
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        _speak_utf8()
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader of our output went away, as `| head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except (Exception, KeyboardInterrupt) as error:
            code = report(error, session)
        sys.exit(code if isinstance(code, int) else 0)


def _speak_utf8() -> None:
    """Windows consoles and pipes may default to a code page that lacks our characters."""
    for stream in (sys.stdout, sys.stderr):
        if (getattr(stream, "encoding", "") or "").lower().replace("-", "") != "utf8":
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(encoding="utf-8", errors="replace")


@click.group(cls=App, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="gananomaly")
def app() -> None:
    """Show where a CT is not normal.

    A generative model of normal anatomy explains each slice of a CT; where it cannot, GANAnomaly draws a heatmap
    and lists findings that open in 3D Slicer.

    \b
    Start here:
      gananomaly demo                              the bundled CT, as it is and with a simulated needle
      gananomaly analyze chest.nii.gz --out chest  your own CT
      gananomaly COMMAND --help                    what a command does, with an example

    Exit codes: 0 done, 2 the input cannot be used as it is, 1 something failed, 130 stopped by you.

    Research use only. Not a medical device.
    """
