"""``gananomaly dataset split``: a set divided in two at random."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import SplitOptions
from ._shared import place_options, run, source_argument


@click.command("split", short_help="Divide a set in two at random, patient by patient.")
@source_argument
@place_options
@click_options(SplitOptions, types={"names": click.STRING})
@standard_options
def command(session: Session, source: str, names: str | None, **options: Any) -> None:
    """Divide a set in two at random; all images of a patient go to one side.

    \b
    Example:
      gananomaly dataset split images.zip --out halves
      gananomaly dataset split ct/ --out split.csv --how list --fraction 0.9 --names train,validation

    \b
    What comes out:
      PATH/first, PATH/second    (.zip where SOURCE is one), with their classes and patients
      PATH/split.csv             file, split and patient; for  gananomaly train stylegan2 --split
    """
    from ...datasets.split_set import split_dataset

    if names is not None:
        if "," not in names:
            raise click.UsageError("--names needs two names with a comma, as in train,validation.")
        options["names"] = tuple(name.strip() for name in names.split(",", 1))
    chosen = taken(SplitOptions, options)
    run(session, options, lambda job: split_dataset(source, job, chosen))
