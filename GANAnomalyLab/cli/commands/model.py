"""``gananomaly model``: what is done with one model."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.cli.bar import Bar
from GANAnomalyLib.cli.card_text import threshold_lines
from GANAnomalyLib.cli.interrupt import stop_on_interrupt
from GANAnomalyLib.cli.options import NameValue, hu_offset_option
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.models.score_units import METRICS


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
@click.option("--name", required=True, help="What the model is called from now on.")
@click.option("--snapshot", default="newest", show_default=True, help="Of a run: newest, best, or a number of kimg.")
@click.option("--metric", "by", help="What --snapshot best goes by.  [default: the one measured]")
@click.option("--card", "card_file", metavar="FILE", help="Facts for the card, as JSON: title, anatomy, licence ...")
@click.option("--set", "fields", type=NameValue(), multiple=True, help="A fact for the card: anatomy=chest.")
@click.option("--normals", metavar="PATH", help="Normals of other patients.  [default: those the run held out]")
@click.option("--patients", default="auto", show_default=True, help="Whose a normal is: file, folder, a CSV.")
@click.option(
    "--score", "metric", type=click.Choice(METRICS), help="Distance to score by.  [default: the card's, or wd]"
)
@click.option("--patch-size", type=int, help="Side of a patch.  [default: the card's, or a sixteenth of the side]")
@click.option("--steps", type=int, help="Steps of the search that the card recommends.  [default: the card's]")
@click.option("--to", "folder", metavar="FOLDER", help="Where it goes.  [default: your own models folder]")
@click.option("--allow-any", is_flag=True, help="Take normals that do not look like a CT.")
@hu_offset_option
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to compute.")
@click.option("--seed", type=int, default=303, show_default=True, help="The same seed gives the same thresholds.")
@click.option("--force", is_flag=True, help="Replace a model of this name.")
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
    from GANAnomalyLib.running.progress import CancelToken

    from ...train.export_model import ExportSettings, export_model, read_card_fields

    facts = {**({} if card_file is None else read_card_fields(card_file)), **dict(fields)}
    say = (lambda sentence: click.echo(sentence, err=True)) if session.json else session.say
    with Bar() as bar, stop_on_interrupt(CancelToken()) as cancel:
        path, card = export_model(ExportSettings(source, card=facts, **options), bar, cancel, say)
    if session.json:
        session.emit({"path": str(path), "card_path": str(path.with_suffix(".json")), "card": dataclasses.asdict(card)})
        return
    session.say(f"Wrote {path} and its card.")
    for line in threshold_lines(card.thresholds):
        session.say(f"  {line}")
