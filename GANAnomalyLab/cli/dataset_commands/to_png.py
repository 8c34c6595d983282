"""``gananomaly dataset to-png``: anything that can be looked at as PNG."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options, hu_offset_option, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import GreyWindow
from ._shared import numbered_option, output_options, run, source_argument


@click.command("to-png", short_help="Volumes, slices, radiographs and pictures to PNG.")
@source_argument
@output_options
@hu_offset_option
@click.option("--bits", type=click.Choice(["8", "16"]), help="Depth.  [default: a picture's own, else 8]")
@click_options(GreyWindow)
@numbered_option
@standard_options
def command(session: Session, source: str, bits: str | None, numbered: bool, **options: Any) -> None:
    """Write every image as PNG; CT is windowed, radiographs go from their darkest to their brightest pixel.

    \b
    Example:
      gananomaly dataset to-png slices/ --out pictures
      gananomaly dataset to-png films/ --out pictures.zip

    What comes out: NAME.png, and of volumes with several slices NAME/0040.png.
    """
    from ...datasets.slice_set import png_dataset

    view = taken(GreyWindow, options)
    depth = None if bits is None else int(bits)
    run(session, options, lambda job: png_dataset(source, job, view, depth, numbered))
