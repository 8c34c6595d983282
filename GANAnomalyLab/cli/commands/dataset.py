"""``gananomaly dataset``: sets of images made, looked through and changed."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.folder_group import folder_group
from GANAnomalyLib.cli.session import Session, standard_options

from .. import dataset_commands


@click.group(
    "dataset", cls=folder_group(dataset_commands), short_help="Make, inspect, split and convert sets of images."
)
@standard_options
def command(session: Session) -> None:
    """Make sets of images for training and evaluation, look through them, divide and change them.

    What comes out of one command goes into the next. Sets are folders of pictures or volumes, zips of pictures, and
    DICOM folders. A new set appears whole or not at all, and its names say nothing of patients.

    \b
    Example:
      gananomaly dataset make ct/ --out liver256.zip --width 256 --height 256 --framing body
      gananomaly dataset inspect liver256.zip --sheet liver256.png
      gananomaly dataset split liver256.zip --out halves
      gananomaly dataset degrade halves/second.zip --out noisy.zip --noise 0.01

    \b
    What comes out:
      a folder, or a zip where --out ends in .zip; dataset.json in it holds classes (as published trainers read
      them) and, as made-up codes, which images are of one patient; gananomaly-dataset.json says how it was made

    Exit codes: 0 all went well, 1 some files failed (they are listed), 2 none could be used, 130 stopped by you.
    Research use only.
    """
