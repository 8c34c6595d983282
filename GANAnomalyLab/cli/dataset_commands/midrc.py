"""``gananomaly dataset midrc``: DICOM radiographs to pictures of one size."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import MakeOptions
from ._shared import output_options, run, source_argument


@click.command("midrc", short_help="DICOM below a folder to 512 x 512 pictures, MIDRC-style.")
@source_argument
@output_options
@click.option("--width", type=int, default=512, show_default=True, help="Pixels.")
@click.option("--height", type=int, default=512, show_default=True, help="Pixels.")
@click_options(MakeOptions, "transform")
@click.option(
    "--filter",
    "resample",
    type=click.Choice(["lanczos", "bicubic", "bilinear", "box"]),
    default="bilinear",
    show_default=True,
    help="How pixels are resampled.",
)
@standard_options
def command(
    session: Session, source: str, width: int, height: int, transform: str | None, resample: str, **options: Any
) -> None:
    """Turn every DICOM image below a folder into an 8-bit picture, each from its own darkest to brightest value.

    Inverted films are turned; multi-frame files are split into their frames; images of one value are skipped.

    \b
    Example:
      gananomaly dataset midrc midrc/ --out midrc512.zip

    What comes out: 00000/img00000000.png ..., and dataset.json, which says which are of one patient (made-up codes).
    """
    from ...datasets.midrc import midrc_dataset

    run(session, options, lambda job: midrc_dataset(source, job, (height, width), transform or "stretch", resample))
