"""The command of a trainer that has none of its own, made from the settings that it declares."""

from __future__ import annotations

import inspect
from typing import Any

import click

from GANAnomalyLib.cli.bar import Bar
from GANAnomalyLib.cli.interrupt import stop_on_interrupt
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.option_fields import Option

from ..train.trainer_kinds import TrainerKind

_TYPES = {"number": float, "whole": int, "switch": bool}
_METAVARS = {"path": "PATH", "text": "TEXT", "names": "A,B,..."}

_HELP = """{text}

\b
Example:
  gananomaly train {name} --data normals/ --out run

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


def trainer_command(kind: TrainerKind) -> click.Command:
    """The command that trains ``kind``: an option a setting."""

    @standard_options
    def work(session: Session, **options: Any) -> None:
        from GANAnomalyLib.running.progress import CancelToken

        from ..train.loop.train_on_images import train

        settings = kind.settings.read({name: options[_key(name)] for name in kind.settings.schema()})
        say = (lambda sentence: click.echo(sentence, err=True)) if session.json else session.say
        with Bar() as bar, stop_on_interrupt(CancelToken()) as cancel:
            path = train(kind, settings, bar, cancel, say)
        if session.json:
            session.emit({"run": str(path.parent), "model": str(path), "card": str(path.with_suffix(".json"))})
            return
        session.say(f"Wrote {path} and its card; see gananomaly analyze --model.")

    for spec in reversed(kind.settings.schema().values()):
        work = _option(spec)(work)
    text = inspect.cleandoc(kind.settings.__doc__ or kind.title)
    return click.command(kind.name, short_help=f"{kind.title}.", help=_HELP.format(text=text, name=kind.name))(work)


def _option(spec: Option) -> Any:
    """An option that is left out of the request when it is not given; shows the default."""
    usual = "none" if spec.default in (None, "") else spec.default
    shown = str(usual).lower() if isinstance(usual, bool) else usual
    kind: Any = click.Choice(spec.choices) if spec.value_kind == "choice" else _TYPES.get(spec.value_kind, str)
    more: dict[str, Any] = {"metavar": _METAVARS[spec.value_kind]} if spec.value_kind in _METAVARS else {}
    if spec.value_kind == "switch":
        more = {"is_flag": False, "flag_value": "true"}
    if spec.value_kind == "names":
        more["callback"] = lambda context, parameter, value: None if value is None else value.split(",")
    flag = f"--{spec.name.replace('_', '-')}"
    return click.option(flag, _key(spec.name), type=kind, default=None, help=f"{spec.help}  [default: {shown}]", **more)


def _key(name: str) -> str:
    """What click calls the value: a name that Python has not taken, whatever the setting's."""
    return f"set_{name}"
