"""``gananomaly model``: what is done with one model."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.card_text import threshold_lines
from GANAnomalyLib.cli.options import NameValue, click_options, given
from GANAnomalyLib.cli.session import Session, standard_options

from ...train.export_settings import ExportSettings


@click.group("model", short_help="Make a trained model one of yours.")
@standard_options
def command(session: Session) -> None:
    """What is done with one model; gananomaly models lists them.

    \b
    Example:
      gananomaly model export runs/00000-normals-auto1 --name liver --normals held_out/

    What comes out: see gananomaly model export --help.
    """


@command.command("export", short_help="A run's snapshot becomes a named model with thresholds.")
@click.argument("source", metavar="RUN|MODEL")
@click_options(ExportSettings)
@click.option("--card", "card_file", metavar="FILE", help="Facts for the card, as JSON: title, anatomy, licence ...")
@click.option("--set", "fields", type=NameValue(), multiple=True, help="A fact for the card: anatomy=chest.")
@standard_options
def export(
    session: Session, source: str, card_file: str | None, fields: tuple[tuple[str, Any], ...], **options: Any
) -> None:
    """Make a snapshot of a training run (or a model's file) one of your models, with thresholds.

    The normals are explained as analysis explains a CT. Two thirds of their patients show what is usual at each place,
    which scores are then divided by; on the others the scores are found that 1, 2 and 5 in 100 normal slices reach.
    Normals that the run was trained on are refused.

    \b
    Example:
      gananomaly model export runs/00000-normals-auto1 --name liver --snapshot best --normals held_out/
      gananomaly model export encoder/liver.safetensors --name liver --card liver.json --normals held_out/

    \b
    What comes out, in your own models folder (see gananomaly models):
      NAME.safetensors  the generator, its encoder where it has one, and maps of what normals show
      NAME.json         the card: training, what was measured, thresholds; analyses follow what it says
    It is in the list of models of 3D Slicer's panel from the next start on, and  gananomaly analyze --model NAME.

    Exit codes: 0 done, 1 failed, 2 unusable input, 130 stopped. Research use only.
    """
    from ...train.export_model import export_model, read_card_fields

    facts = {**({} if card_file is None else read_card_fields(card_file)), **dict(fields)}
    with at_work() as (bar, cancel):
        path, card = export_model(ExportSettings(source, card=facts, **given(options)), bar, cancel, session.say)
    if session.json:
        session.emit({"path": str(path), "card_path": str(path.with_suffix(".json")), "card": dataclasses.asdict(card)})
        return
    session.say(f"Wrote {path} and its card.")
    for line in threshold_lines(card.thresholds):
        session.say(f"  {line}")
