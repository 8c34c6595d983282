"""``gananomaly train``: models of what is normal, from a folder of normal images."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.folder_group import FolderGroup
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.spelling import same_name

from .. import training


class TrainGroup(FolderGroup):
    """The commands written for a trainer, and one made for each other trainer that there is."""

    package = training

    def list_commands(self, ctx: click.Context) -> list[str]:
        from ...train.trainer_kinds import trainer_kinds

        return sorted({*super().list_commands(ctx), *(kind.name for kind in trainer_kinds().values())})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from ...train.trainer_kinds import trainer_kinds

        known = same_name(name, [kind.name for kind in trainer_kinds().values() if not kind.own_command])
        if known is None:
            return super().get_command(ctx, name)
        from ..trainer_command import trainer_command

        return trainer_command(trainer_kinds()[known])


@click.group("train", cls=TrainGroup, short_help="Learn what is normal from normal images.")
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
