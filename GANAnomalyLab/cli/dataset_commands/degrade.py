"""``gananomaly dataset degrade``: the same pictures with noise or blur."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import DegradeOptions
from ._shared import output_options, run, source_argument


@click.command("degrade", short_help="The same pictures with Gaussian noise or blur.")
@source_argument
@output_options
@click_options(DegradeOptions)
@standard_options
def command(session: Session, source: str, **options: Any) -> None:
    """Make pictures worse by a known amount, for example to see how a measure of quality answers.

    Blurred first where both are asked for. Names, sizes, depths and classes stay.

    \b
    Example:
      gananomaly dataset degrade images.zip --out noisy.zip --noise 0.01
      gananomaly dataset degrade images/ --out blurred --blur 5 --sigma 1.5

    What comes out: the same set as PNGs, a folder or a zip.
    """
    from ...datasets.degrade_set import degrade_dataset

    chosen = taken(DegradeOptions, options)
    run(session, options, lambda job: degrade_dataset(source, job, chosen))
