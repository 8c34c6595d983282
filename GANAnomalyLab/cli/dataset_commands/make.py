"""``gananomaly dataset make``: anything to a training set of one size."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options, hu_offset_option, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import GreyWindow, MakeOptions, SliceSelection
from ._shared import output_options, run


@click.command("make", short_help="Pictures, volumes or DICOM to a zip for training.")
@click.argument("source", metavar="SOURCE", required=False)
@click.option("--source", "named", metavar="SOURCE", help="The same, as an option.")
@output_options
@hu_offset_option
@click_options(MakeOptions, types={"bits": click.INT})
@click_options(GreyWindow)
@click_options(SliceSelection)
@standard_options
def command(session: Session, source: str | None, named: str | None, **options: Any) -> None:
    """Make a set of pictures of one size, as StyleGAN2 trainers read it.

    SOURCE is a folder or zip of pictures, or a folder of volumes (NIfTI, NRRD, MetaImage) or DICOM. Volumes become
    their axial slices, windowed; radiographs one picture each. Grey images have one channel.

    \b
    Example:
      gananomaly dataset make photos/ --out photos256.zip --width 256 --height 256 --transform center-crop
      gananomaly dataset make ct/ --out liver.zip --width 256 --height 256 --mask livers/ --framing body
      gananomaly dataset make films/ --out films.zip --width 512 --height 512 --labels labels.csv

    \b
    What comes out:
      00000/img00000000.png ...  uncompressed; a folder instead of a zip where PATH does not end in .zip
      dataset.json               classes, and which images are of one patient (made-up codes)

    Exit codes: 0 all went well, 1 some files failed (they are listed), 2 none could be used, 130 stopped by you.
    """
    from ...datasets.make_training_set import make_dataset

    if (source is None) == (named is None):
        raise click.UsageError("Give one SOURCE: a folder or zip of images.")
    view, choice = taken(GreyWindow, options), taken(SliceSelection, options)
    made = taken(MakeOptions, options, view=view, choice=choice)
    run(session, options, lambda job: make_dataset(str(source or named), job, made))
