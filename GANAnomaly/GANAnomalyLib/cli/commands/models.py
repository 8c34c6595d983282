"""``gananomaly models``: what is installed, and taking it away again."""

from __future__ import annotations

import dataclasses

import click

from ..finding_tables import print_table
from ..session import Session, standard_options


@click.command("models", short_help="List the models on this computer.")
@click.option("--remove", metavar="NAME", help="Delete the files of one of your own models.")
@standard_options
def command(session: Session, remove: str | None) -> None:
    """List the models on this computer, with what each was trained for.

    Models are found where GANAnomaly is installed, in your own models folder, and in the folders that the environment
    variable GANANOMALY_MODELS names. To add one, copy its .safetensors file and its .json card there; --remove deletes
    one from your own folder again, never another one.

    \b
    Example:
      gananomaly models
      gananomaly info demo            everything a model's card says
      gananomaly models --remove old  delete one that you added

    What comes out: a name for each, to give to  gananomaly analyze --model.
    """
    from ...models.model_folders import user_folder
    from ...models.registry import list_models, size_text

    if remove is not None:
        _remove(session, remove)
        return
    entries = list_models()
    if session.json:
        session.emit(
            [
                {
                    "name": entry.name,
                    "path": str(entry.path),
                    "bundled": entry.bundled,
                    "own": entry.own,
                    "bytes": entry.size,
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
        window = f"{card.window:g} / {card.level:g}" if card and entry.detects else ""
        title = card.title if card else "no card"
        state = entry.broken or (title if entry.detects else f"{title} (a classifier: gananomaly predict)")
        rows.append([entry.name, card.anatomy if card else "", size, window, size_text(entry.size), state])
    print_table("Models", ["name", "anatomy", "image", "window / level", "on disk", ""], rows, "none is installed.")
    session.say(f"Your own models go to {user_folder()}")


def _remove(session: Session, name: str) -> None:
    from ...models.remove_model import remove_model

    removed = remove_model(name)
    if session.json:
        session.emit({"removed": name, "files": [str(path) for path in removed]})
        return
    session.say(f"Removed the model {name}: {', '.join(path.name for path in removed)}")
