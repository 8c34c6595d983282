"""``gananomaly dataset make``: anything to a training set of one size."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._shared import choice_options, output_options, run, taken_choice, taken_view, view_options


@click.command("make", short_help="Pictures, volumes or DICOM to a zip for training.")
@click.argument("source", metavar="SOURCE", required=False)
@click.option("--source", "named", metavar="SOURCE", help="The same, as an option.")
@output_options
@click.option("--width", type=int, help="Pixels.  [default: what the first image has]")
@click.option("--height", type=int, help="Pixels.  [default: what the first image has]")
@click.option(
    "--transform",
    type=click.Choice(["stretch", "center-crop", "pad"]),
    default="stretch",
    show_default=True,
    help="What to do with another aspect; the last two keep it.",
)
@click.option(
    "--resize-filter",
    "resample",
    type=click.Choice(["lanczos", "bicubic", "bilinear", "box"]),
    default="lanczos",
    show_default=True,
    help="How pixels are resampled.",
)
@click.option("--bits", type=int, help="8 or 16.  [default: the first picture's, 8 for volumes]")
@click.option("--colour/--grey", "--color/--gray", default=None, help="Channels.  [default: the first picture's]")
@click.option("--max-images", "most", type=int, help="Stop after so many.")
@click.option(
    "--labels",
    default="auto",
    show_default=True,
    help="Classes: auto (dataset.json), folder (the first below SOURCE), a CSV with file and class, none.",
)
@click.option(
    "--patients",
    default="auto",
    show_default=True,
    help="Patients: auto (DICOM, dataset.json), file, folder, regex:PATTERN, or a CSV with file and patient.",
)
@click.option(
    "--framing",
    type=click.Choice(["full", "body"]),
    default="full",
    show_default=True,
    help="Of volumes: whole slices, or the box around the body.",
)
@view_options
@choice_options
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
    from ...datasets.make import MakeOptions, make_dataset

    if (source is None) == (named is None):
        raise click.UsageError("Give one SOURCE: a folder or zip of images.")
    view, choice = taken_view(options), taken_choice(options)
    place = {name: options.pop(name) for name in ("out", "force", "mapping")}
    made = MakeOptions(view=view, choice=choice, **options)
    run(session, place, lambda job: make_dataset(str(source or named), job, made))
