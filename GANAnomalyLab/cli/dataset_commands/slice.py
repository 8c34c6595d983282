"""``gananomaly dataset slice``: volumes taken apart."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options, hu_offset_option, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import GreyWindow, SliceSelection
from ._shared import numbered_option, output_options, run, source_argument


@click.command("slice", short_help="Volumes to axial slices, PNG or NIfTI.")
@source_argument
@output_options
@hu_offset_option
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["png", "nifti"]),
    default="png",
    show_default=True,
    help="NIfTI slices keep the volume's values and their place in the patient.",
)
@click.option("--bits", type=click.Choice(["8", "16"]), default="8", show_default=True, help="Depth of PNGs.")
@click_options(SliceSelection)
@click_options(GreyWindow)
@numbered_option
@standard_options
def command(session: Session, source: str, file_format: str, bits: str, numbered: bool, **options: Any) -> None:
    """Take volumes apart into axial slices.

    With --mask only slices where the mask is: masks are named as their volumes (ct1.nii.gz, ct1_mask.nii.gz).

    \b
    Example:
      gananomaly dataset slice ct/ --out slices --mask livers/ --mask-pixels 100
      gananomaly dataset slice ct/ --out slices --z-range -120:80 --format nifti

    \b
    What comes out:
      VOLUME/0040.png or VOLUME/0040.nii.gz; slices count from 0, inferior to superior
    """
    from ...datasets.slice_set import slice_dataset

    view, choice = taken(GreyWindow, options), taken(SliceSelection, options)
    run(session, options, lambda job: slice_dataset(source, job, choice, file_format, view, int(bits), numbered))
