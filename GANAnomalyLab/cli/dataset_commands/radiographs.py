"""``gananomaly dataset radiographs``: DICOM radiographs and their table of classes to a labelled set."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...datasets.dataset_options import FilmSetOptions
from ._shared import output_options, run, source_argument, tell_classes


@click.command("radiographs", short_help="DICOM radiographs with a table of classes, to a labelled set.")
@source_argument
@output_options
@click_options(FilmSetOptions)
@standard_options
def command(session: Session, source: str, **options: Any) -> None:
    """Make one labelled set of the DICOM radiographs in SOURCE and a CSV that gives them classes.

    The CSV has a column image_id, the file's name without its ending, and either a column of 0 and 1, or a row for each
    finding in lesion_type, as VinDr-SpineXR has it: "No finding" is class 0. With --classes lesions images with one
    kind of lesion only are taken, into eight classes. Window, VOI table and inversion are applied as a viewer does.

    \b
    Example:
      gananomaly dataset radiographs films/ --labels train.csv --test test.csv --out spine.zip
      gananomaly dataset radiographs films/ --labels train.csv --classes lesions --out lesions.zip

    \b
    What comes out:
      00000/img00000000.png ...  the middle square, 8 bits
      dataset.json               classes, their names, and which images are of one patient (made-up codes)

    Nobody is in the set who has an image in the table --test. Research use only.
    """
    from ...datasets.labelled_sets import films_dataset

    chosen = taken(FilmSetOptions, options)
    run(session, options, lambda job: films_dataset(source, job, chosen), tell_classes)
