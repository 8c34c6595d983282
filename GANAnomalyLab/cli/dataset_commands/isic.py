"""``gananomaly dataset isic``: the ISIC 2020 pictures and their table to a labelled set."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import LabelledOptions
from ._shared import output_options, run, source_argument, tell_classes


@click.command("isic", short_help="Skin lesions of ISIC 2020 with their table, to a labelled set.")
@source_argument
@output_options
@click_options(LabelledOptions)
@standard_options
def command(session: Session, source: str, **options: Any) -> None:
    """Make one labelled set of the pictures in SOURCE and a table as ISIC 2020 has it.

    The table has the columns image_name, target (1: malignant) and, so that no patient comes to two sides, patient_id.
    SOURCE is a folder or zip of ISIC_0000000.jpg and so on.

    \b
    Example:
      gananomaly dataset isic isic2020/train --labels isic2020/train.csv --out skin.zip

    \b
    What comes out:
      00000/img00000000.png ...  the middle square, in colour
      dataset.json               classes, their names, and which pictures are of one patient (made-up codes)
    """
    from ...datasets.labelled_sets import isic_dataset

    chosen = taken(LabelledOptions, options)
    run(session, options, lambda job: isic_dataset(source, job, chosen), tell_classes)
