"""``gananomaly train``: models of what is normal, from a folder of normal images."""

from __future__ import annotations

import importlib
import pkgutil

import click

from .. import training
from ..session import Session, standard_options


class Trainers(click.Group):
    """The trainers are the modules of ``cli/training``; each is imported when it is used or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        modules = pkgutil.iter_modules(training.__path__)
        return sorted(module.name.replace("_", "-") for module in modules if not module.name.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        return importlib.import_module(f"{training.__name__}.{name.replace('-', '_')}").command


@click.group("train", cls=Trainers, short_help="Learn what is normal from normal images.")
@standard_options
def command(session: Session) -> None:
    """Train a model of normal anatomy on images without findings.

    \b
    Example:
      gananomaly train stylegan2 --data normals/ --outdir runs
      gananomaly train picard --data normals/ --out run --set framing=body --set resolution=256

    What comes out: a run's folder with its log, snapshots and sample pictures, and a model with its card. See
    gananomaly train stylegan2 --help  and  gananomaly train picard --help.
    """
