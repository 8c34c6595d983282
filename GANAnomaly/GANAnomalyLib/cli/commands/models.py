"""``gananomaly models``: what is installed."""

from __future__ import annotations

import dataclasses

import click

from ..finding_tables import print_table
from ..session import Session, standard_options


@click.command("models", short_help="List the models on this computer.")
@standard_options
def command(session: Session) -> None:
    """List the models on this computer, with what each was trained for.

    Models are found where GANAnomaly is installed, in your own models folder, and in the folders that the environment
    variable GANANOMALY_MODELS names. To add one, copy its .safetensors file and its .json card there.

    \b
    Example:
      gananomaly models
      gananomaly info demo       everything a model's card says

    What comes out: a name for each, to give to  gananomaly analyze --model.
    """
    from ...models.model_folders import user_folder
    from ...models.registry import list_models

    entries = list_models()
    if session.json:
        session.emit(
            [
                {
                    "name": entry.name,
                    "path": str(entry.path),
                    "bundled": entry.bundled,
                    "broken": entry.broken,
                    "card": None if entry.card is None else dataclasses.asdict(entry.card),
                }
                for entry in entries
            ]
        )
        return
    rows = []
    for entry in entries:
        card = entry.card
        size = f"{card.resolution} x {card.resolution}" if card and card.resolution else ""
        window = f"{card.window:g} / {card.level:g}" if card else ""
        state = entry.broken or (card.title if card else "no card")
        rows.append([entry.name, card.anatomy if card else "", size, window, state])
    print_table("Models", ["name", "anatomy", "image", "window / level", ""], rows, "none is installed.")
    session.say(f"Your own models go to {user_folder()}")
