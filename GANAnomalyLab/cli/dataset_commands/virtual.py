"""``gananomaly dataset virtual``: labelled pictures that are drawn, for trying what takes labelled pictures."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...simulate.virtual_options import FILMS, SKIN, VirtualSetOptions


@click.command("virtual", short_help="Drawn skin lesions, or films through virtual patients, with labels.")
@click.argument("kind", type=click.Choice([SKIN, FILMS]))
@click.option("--out", "--dest", "out", required=True, metavar="FOLDER", help="A new folder.")
@click_options(VirtualSetOptions)
@standard_options
def command(session: Session, kind: str, out: str, **options: Any) -> None:
    """Draw labelled pictures: no patient's, so that anybody may have them.

    skin: lesions benign or like a melanoma, with hairs, on skin of all tones. films: radiographs of the spine, sums of
    attenuation through virtual patients, with no finding, an implant, or a collapsed vertebra.

    \b
    Example:
      gananomaly dataset virtual skin --count 600 --out drawn
      gananomaly dataset isic drawn/train --labels drawn/train.csv --out lesions.zip
      gananomaly dataset virtual films --count 300 --out films
      gananomaly dataset radiographs films/images --labels films/train.csv --test films/test.csv --out spine.zip

    \b
    What comes out:
      skin   train/ISIC_0000000.jpg ..., train.csv, as ISIC 2020 has them
      films  images/<image_id>.dicom ..., train.csv and test.csv (a row a finding, with its box), train_binary.csv
    """
    from ...simulate.virtual_sets import write_virtual_set

    with at_work() as (bar, cancel):
        found = write_virtual_set(kind, out, taken(VirtualSetOptions, options), bar, cancel)
    if session.json:
        session.emit({"out": out, **found})
        return
    told = ", ".join(f"{count} {name}" for name, count in found["classes"].items())
    session.say(f"Drew {told}, of {found['patients']} virtual patients.")
    session.say(f"Written: {out}")
