"""The command of a trainer that has none of its own, made from the settings that it declares."""

from __future__ import annotations

import inspect
from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, given
from GANAnomalyLib.cli.session import Session, standard_options

from ..train.trainer_kinds import TrainerKind

_HELP = """{text}

\b
Example:
  gananomaly train {name} {example}--data normals/ --out run

\b
What comes out:
  FOLDER/snapshot-005000.safetensors  a model and its card, for  gananomaly analyze --model
  FOLDER/state-005000.pt              what it takes to go on exactly
  FOLDER/log.jsonl                    losses by step
  FOLDER/samples/                     images, and what is made of them
  FOLDER/images/                      the images as the networks see them: as private as the originals

Stop with Ctrl-C, or lose the power: the same command goes on. gananomaly model export FOLDER --name NAME makes the
model one of yours, with thresholds. Exit codes: 0 done, 1 failed, 2 unusable input, 130 stopped. Research use only.
"""


def trainer_command(kind: TrainerKind, help: str = _HELP, then: str = "gananomaly analyze --model") -> click.Command:
    """The command that trains ``kind``: an option a setting. ``then`` is the command for what it makes."""

    # Positional, so that a setting may have any name.
    def work(session: Session, /, **options: Any) -> None:
        from ..train.loop.train_on_images import train

        settings = kind.settings.from_dict(given(options))
        with at_work() as (bar, cancel):
            path = train(kind, settings, bar, cancel, session.say)
        if session.json:
            session.emit({"run": str(path.parent), "model": str(path), "card": str(path.with_suffix(".json"))})
            return
        session.say(f"Wrote {path} and its card; see {then}.")

    # The fields that follow are the options below.
    text = inspect.cleandoc(kind.settings.__doc__ or kind.title).partition("\n\nAttributes\n")[0]
    made = click_options(kind.settings, switches=True)(standard_options(work))
    return click.command(
        kind.name,
        short_help=f"{kind.title}.",
        help=help.format(text=text, name=kind.name, example=kind.settings.example),
    )(made)
