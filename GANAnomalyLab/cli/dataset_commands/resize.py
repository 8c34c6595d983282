"""``gananomaly dataset resize``: another size of pictures or volumes."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options, hu_offset_option, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import MakeOptions
from ._shared import numbered_option, output_options, run, source_argument


@click.command("resize", short_help="Pictures, or volumes slice by slice, at another size.")
@source_argument
@output_options
@hu_offset_option
@click.option("--width", type=int, required=True, help="Pixels.")
@click.option("--height", type=int, required=True, help="Pixels.")
@click_options(MakeOptions, "transform")
@click.option(
    "--filter",
    "resample",
    type=click.Choice(["lanczos", "bicubic", "bilinear", "box"]),
    help="How pixels are resampled.  [default: lanczos for pictures, bilinear for volumes]",
)
@numbered_option
@standard_options
def command(session: Session, source: str, width: int, height: int, **options: Any) -> None:
    """Bring pictures, or the axial slices of volumes, to a size.

    Volumes stay where they are in the patient: their pixel spacing follows.

    \b
    Example:
      gananomaly dataset resize films/ --out films512 --width 512 --height 512 --transform pad

    What comes out: the same set as PNGs (a folder or a zip), or as NIfTI.
    """
    from ...datasets.resize_set import resize_dataset

    resample, numbered, how = options.pop("resample"), options.pop("numbered"), taken(MakeOptions, options)
    run(session, options, lambda job: resize_dataset(source, job, width, height, how.transform, resample, numbered))
