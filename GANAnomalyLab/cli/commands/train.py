"""``gananomaly train``: models of what is normal, from a folder of normal images."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.folder_group import folder_group
from GANAnomalyLib.cli.session import Session, standard_options

from .. import training


@click.group("train", cls=folder_group(training), short_help="Learn what is normal from normal images.")
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
