"""``gananomaly train stylegan2``: a generator of normal anatomy, with the options users of StyleGAN2-ADA know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import NameValue, click_options, given
from GANAnomalyLib.cli.session import Session, standard_options

from ...train.stylegan2.stylegan2_options import TrainOptions


@click.command("stylegan2", short_help="A generator of normal anatomy (StyleGAN2-ADA).")
@click_options(TrainOptions, switches=True)
@click.option("--set", "settings", type=NameValue(), multiple=True, help="Any option of TrainOptions, by its name.")
@click.option("-n", "--dry-run", is_flag=True, help="Print what would be trained, and end.")
@standard_options
def command(
    session: Session,
    settings: tuple[tuple[str, Any], ...],
    dry_run: bool,
    **options: Any,
) -> None:
    """Train StyleGAN2-ADA on normal images.

    Options have the names and meanings of the published trainer; what is new lies between --resolution and --set.
    Nothing need be exported first: CT volumes are windowed, cut and kept ready in FOLDER/images.

    \b
    Example:
      gananomaly train stylegan2 --data normals/ --outdir runs --resolution 256 --validation 0.1 --metrics frd
      gananomaly train stylegan2 --data dataset.zip --outdir runs --cfg auto --mirror 1 --gpus 2 --dry-run
      gananomaly train stylegan2 --data normals/ --outdir runs --resume ffhq256.pkl --freezed 10 --kimg 1000
      gananomaly train stylegan2 --resume runs/00000-normals-auto1

    \b
    What comes out, in a folder such as runs/00000-normals-auto1:
      snapshot-000200.safetensors  a model and its card, for  gananomaly analyze --model
      state-000200.pt              what it takes to go on exactly
      fakes000200.png, reals.png   what it makes of latents that stay the same; training images
      restored000200.png           with an encoder: those training images, made again
      stats.jsonl, log.txt         a line a tick: losses, speed, memory, augmentation
      metric-NAME.jsonl            what was measured at each snapshot
      options.json, tensorboard    the configuration; curves, where TensorBoard is installed

    Stop with Ctrl-C or lose the power: --resume with the run's folder goes on. On several machines start it with
    torchrun.

    \b
    With --encoder joint (--set NAME=VALUE):
      encoder_reconstruction=20    weight of the difference between a training image and what is made of it
      encoder_latent=0.5           weight of the difference between a w and what is found in its image
      encoder_paint=0.75           how probably each of two patches hides a part of what the encoder sees
      encoder_lr, encoder_beta0    its optimiser: the generator's rate, 0.5 (then the generator's too)
      adversarial_every=1          the networks compete in each so many steps only: 4 in the bundled demo
    Style mixing and path length regularisation are off then (style_mixing, pl_weight).

    Exit codes: 0 done, 1 failed, 2 unusable input, 130 stopped. Research use only.
    """
    from ...train.stylegan2.stylegan2_plan import read_request
    from ...train.stylegan2.train_stylegan2 import train

    chosen, folder = read_request({**dict(settings), **given(options)})
    with at_work() as (bar, cancel):
        if dry_run:
            _show(session, chosen, folder, bar, cancel)
            return
        path = train(chosen, folder, bar, cancel, session.say)
    from ...train.loop.run_files import models
    from ...train.run_log import read_log

    last = models(path)[-1]
    rows = read_log(path / "stats.jsonl")
    if session.json:
        session.emit({"run": str(path), "model": str(last), "card": str(last.with_suffix(".json")), "stats": rows})
        return
    session.say(f"Wrote {last} and its card; see gananomaly analyze --model.")


def _show(session: Session, chosen: TrainOptions, folder: Path | None, bar: Any, cancel: Any) -> None:
    from ...train.stylegan2.stylegan2_plan import make_plan

    planned = make_plan(chosen, folder, progress=bar, cancel=cancel, say=session.say)
    facts = {name: value for name, value in planned.facts.items() if name != "mark"}
    content: dict[str, Any] = {
        "run": planned.name,
        "data": facts,
        "resolved": planned.config.to_dict(),
        "options": chosen.to_dict(),
    }
    if session.json:
        session.emit(content)
        return
    session.say(f"Run      {planned.name}")
    for title in ("data", "resolved"):
        for name, value in content[title].items():
            session.say(f"{title:8s} {name:20s} {value}")
    session.say("Nothing was trained (--dry-run).")
