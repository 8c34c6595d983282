"""``gananomaly dataset split``: a set divided in two at random."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._shared import place_options, run, source_argument


@click.command("split", short_help="Divide a set in two at random, patient by patient.")
@source_argument
@place_options
@click.option("--fraction", type=float, default=0.5, show_default=True, help="Share of the first part.")
@click.option("--names", default="first,second", show_default=True, help="Of the two parts.")
@click.option(
    "--patients",
    default="auto",
    show_default=True,
    help="auto (DICOM, dataset.json), file, folder, regex:PATTERN, or a CSV with file and patient.",
)
@click.option(
    "--how",
    type=click.Choice(["copy", "link", "list"]),
    default="copy",
    show_default=True,
    help="link: hard links, which take no space; list: only a CSV, called PATH.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed divides in the same way.")
@standard_options
def command(session: Session, source: str, names: str, **options: Any) -> None:
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
    from ...datasets.split import SplitOptions, split_dataset

    first, comma, second = names.partition(",")
    if not comma:
        raise click.UsageError("--names needs two names with a comma, as in train,validation.")
    place = {name: options.pop(name) for name in ("out", "force")}
    chosen = SplitOptions(names=(first.strip(), second.strip()), **options)
    run(session, place, lambda job: split_dataset(source, job, chosen))
