"""``gananomaly dataset degrade``: the same pictures with noise or blur."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._shared import output_options, run, source_argument


@click.command("degrade", short_help="The same pictures with Gaussian noise or blur.")
@source_argument
@output_options
@click.option("--noise", "variance", type=float, help="Variance of Gaussian noise, on grey levels from 0 to 1.")
@click.option("--blur", "kernel", type=int, help="Side of a Gaussian blur's kernel, an odd number of pixels.")
@click.option("--sigma", type=float, help="The blur's standard deviation in pixels.  [default: from the kernel]")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same noise.")
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
    from ...datasets.degrade import DegradeOptions, degrade_dataset

    place = {name: options.pop(name) for name in ("out", "force", "mapping")}
    chosen = DegradeOptions(**options)
    run(session, place, lambda job: degrade_dataset(source, job, chosen))
