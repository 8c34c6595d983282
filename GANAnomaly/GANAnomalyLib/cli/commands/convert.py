"""``gananomaly convert``: a published checkpoint to the project's own safe format."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from ...errors import InputError
from ..options import NameValue
from ..session import Session, standard_options


@click.command("convert", short_help="Turn a published checkpoint into a safe model file.")
@click.argument("source", metavar="IN")
@click.argument("destination", metavar="OUT")
@click.option("--which", type=click.Choice(["G_ema", "G"]), default="G_ema", show_default=True, help="Which network.")
@click.option(
    "--set", "fields", type=NameValue(), multiple=True, help="A fact for the card: anatomy=chest window=1500."
)
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
@standard_options
def command(
    session: Session, source: str, destination: str, which: str, fields: tuple[tuple[str, Any], ...], force: bool
) -> None:
    """Turn a published checkpoint into a .safetensors file with a model card.

    IN is a .pkl as the published trainers write it, or .pt, .pth, .safetensors; for PICARD the folder of its
    checkpoints (the last iteration is taken) or one gen_*.pt. Nothing in it is executed. OUT ends in .safetensors; the
    card is written beside it, with the same name and .json.

    \b
    Example:
      gananomaly convert network-snapshot.pkl chest.safetensors --set anatomy=chest --set window=1500 --set level=-600

    What comes out: a model for  gananomaly analyze --model chest.safetensors.
    """
    if not Path(source).exists():
        raise InputError(f"There is no checkpoint {source}: check the path.")
    from ...detectors.convert_checkpoint import convert

    card = convert(source, destination, which=which, card_fields=dict(fields), force=force)
    path = Path(destination)
    if session.json:
        session.emit({"path": str(path), "card_path": str(path.with_suffix(".json")), "card": dataclasses.asdict(card)})
        return
    session.say(f"Wrote {path} and its card {path.with_suffix('.json')}: {card.resolution} x {card.resolution} pixels,")
    session.say(f"window {card.window:g}, level {card.level:g}. Check the card: analyses follow what it says.")
