"""``gananomaly train stylegan2``: a generator of normal anatomy, with the options users of StyleGAN2-ADA know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.cli.bar import Bar
from GANAnomalyLib.cli.interrupt import stop_on_interrupt
from GANAnomalyLib.cli.options import Setting
from GANAnomalyLib.cli.session import Session, standard_options

from ...train.stylegan2.presets import PRESETS
from ...train.stylegan2.stylegan2_options import (
    AUGMENTATIONS,
    ENCODERS,
    FRAMINGS,
    PIPELINE_NAMES,
    PRECISIONS,
    TrainOptions,
)

_USUAL = TrainOptions()


class Switch(click.ParamType):
    """``1``, ``true``, ``yes``, ``on`` and their opposites, as the published option BOOL."""

    name = "bool"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        return click.BOOL.convert(value, param, ctx)


class Range(click.ParamType):
    """``-120:80``: two numbers, a lower and a higher."""

    name = "low:high"

    def __init__(self, kind: type = float) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, Any]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"\s*(-?[\d.]+)\s*:\s*(-?[\d.]+)\s*", str(value))
        try:
            return self.kind(match[1]), self.kind(match[2])  # type: ignore[index]
        except (TypeError, ValueError):
            self.fail(f"{value!r} is not a range: give low:high, as in -120:80.", param, ctx)


def _option(flags: str, kind: Any, text: str, default: str | None = None, **more: Any) -> Any:
    """An option of the same name as its field, left out of the request when it is not given; shows the default."""
    names = flags.split()
    field = names[-1].lstrip("-").replace("-", "_")
    usual = getattr(_USUAL, field)
    shown = default if default is not None else str(usual).lower() if isinstance(usual, bool) else str(usual)
    if isinstance(kind, Switch):
        more.update(is_flag=False, flag_value="true")
    return click.option(*names, field, type=kind, help=f"{text}  [default: {shown}]", **more)


_OPTIONS = [
    click.option(
        "--outdir", "--out", "outdir", metavar="FOLDER", help="Where runs are kept; each gets a numbered folder."
    ),
    click.option(
        "--data", metavar="PATH", help="Normal images: CT volumes, DICOM, pictures, a published zip; a folder or file."
    ),
    _option("--gpus", int, "Devices (or processes, without a graphics card) that share each batch."),
    _option("--snap", int, "Ticks between snapshots."),
    _option("--metrics", str, "Comma-separated, such as frd,fid50k_full, or none."),
    _option("--seed", int, "The same seed, data and options give the same model on a CPU."),
    _option("--cond", Switch(), "Learn the classes that the data's labels give."),
    _option("--subset", int, "Train with only so many images.", "all"),
    _option("--mirror", Switch(), "Show every image flipped as well. For CT that is anatomy that does not exist."),
    _option("--cfg", click.Choice(["auto", *PRESETS]), "Base configuration; auto follows resolution and devices."),
    _option("--gamma", float, "Weight of the R1 regularisation.", "the configuration's"),
    _option("--kimg", float, "Length, in thousands of images shown.", "the configuration's, 25000"),
    _option("--batch", int, "Images a step, over all devices.", "the configuration's"),
    _option("--aug", click.Choice(AUGMENTATIONS), "Augmentation: none, adaptive, or of fixed strength --p."),
    _option("--p", float, "Strength for --aug fixed, 0 to 1.", "none"),
    _option("--target", float, "What adaptive augmentation steers r, the sign of D(real), to.", "0.6"),
    _option(
        "--augpipe",
        click.Choice(PIPELINE_NAMES),
        "Which augmentations. ct leaves out flips and quarter turns: they make anatomy that does not exist, and the "
        "generator may learn it.",
        "ct for volumes, else bgc",
    ),
    _option("--resume", str, "A run's folder to go on with, or a model (.pkl, .safetensors) to begin from.", "none"),
    _option("--freezed", int, "With --resume: the discriminator's first so many layers stay as they are."),
    _option("--fp32", Switch(), "No mixed precision."),
    _option("--nhwc", Switch(), "Channels-last memory format."),
    _option("--nobench", Switch(), "No cuDNN benchmarking."),
    _option("--allow-tf32", Switch(), "Let multiplications use TF32."),
    _option("--workers", int, "Threads that prepare batches."),
    _option("--beta0", float, "Adam's first beta.", "0"),
    _option("--resolution", int, "Pixels of a side, a power of two.", "nearest to what the first file has"),
    _option("--channels", click.Choice(["1", "3"]), "1 grey, 3 colour."),
    _option("--window", float, "Window width in HU, of volumes."),
    _option("--level", float, "Window level in HU, of volumes."),
    _option("--framing", click.Choice(FRAMINGS), "Whole slices, or the box around the body; analysis does the same."),
    _option("--slices", Range(int), "Only these slices of a volume, from 0 at the lowest, the last excluded.", "all"),
    _option("--z-range", Range(), "Only slices between these heights, mm of the patient.", "all"),
    _option("--mask", str, "A mask or a folder of masks: only slices it marks.", "none"),
    _option("--labels", str, "With --cond: a CSV (file,class), or the word folder.", "the data's dataset.json"),
    _option("--patients", str, "Whose an image is: file, folder, regex:PATTERN or a CSV (file,patient)."),
    _option("--split", str, "A CSV with the column split; --set part=NAME chooses, usually train.", "none"),
    _option("--validation", str, "Other normals, only watched: a path, a share of the patients, a part.", "none"),
    _option("--allow-any", Switch(), "Take volumes that do not look like a CT."),
    _option("--batch-gpu", int, "Images on a device at a time; the rest of its share follows.", "its share"),
    _option("--fmaps", float, "Width of the layers, 1 for 32768 channel-pixels.", "the configuration's"),
    _option(
        "--encoder",
        click.Choice(ENCODERS),
        "joint trains an encoder beside the generator, which must then make every training image again from what the "
        "encoder sees of it. For models that detect, from few images: learns in an hour on a CPU what competing with "
        "a discriminator alone does not teach.",
    ),
    _option("--decay-from", float, "Share of the run after which learning rates fall, to a tenth.", "none"),
    _option("--precision", click.Choice(PRECISIONS), "auto: fp16 on CUDA, fp32 elsewhere."),
    _option("--compile", Switch(), "torch.compile, where a compiler is installed; not for the regularisation."),
    _option("--device", click.Choice(DEVICES), "Where to compute."),
    _option("--threads", int, "Threads on a CPU.", "torch's"),
    _option("--minutes", float, "Stop after so long, whatever is left.", "none"),
    _option("--tick", float, "Thousands of images a line of the log."),
    click.option("--weights", "weights", type=Setting(), multiple=True, help="For --metrics: NETWORK=FILE."),
    _option("--allow-download", Switch(), "Let metrics fetch the weights that they lack."),
    _option("--name", str, "The model's name on its card.", "the run's"),
    _option("--anatomy", str, "For the card.", "none"),
    click.option("--set", "settings", type=Setting(), multiple=True, help="Any option of TrainOptions, by its name."),
    click.option("-n", "--dry-run", is_flag=True, help="Print what would be trained, and end."),
]


def _all_options(function: Any) -> Any:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.command("stylegan2", short_help="A generator of normal anatomy (StyleGAN2-ADA).")
@_all_options
@standard_options
def command(
    session: Session,
    settings: tuple[tuple[str, Any], ...],
    weights: tuple[tuple[str, Any], ...],
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
    from GANAnomalyLib.running.progress import CancelToken

    from ...train.stylegan2 import read_request, train

    given = {name: value for name, value in options.items() if value is not None}
    if "channels" in given:
        given["channels"] = int(given["channels"])
    if weights:
        given["weights"] = {name: str(file) for name, file in weights}
    chosen, folder = read_request({**dict(settings), **given})
    say = (lambda sentence: click.echo(sentence, err=True)) if session.json else session.say
    with Bar() as bar, stop_on_interrupt(CancelToken()) as cancel:
        if dry_run:
            _show(session, chosen, folder, bar, cancel)
            return
        path = train(chosen, folder, bar, cancel, say)
    from ...train.run_log import read_log
    from ...train.stylegan2.stylegan2_snapshots import models

    last = models(path)[-1]
    rows = read_log(path / "stats.jsonl")
    if session.json:
        session.emit({"run": str(path), "model": str(last), "card": str(last.with_suffix(".json")), "stats": rows})
        return
    session.say(f"Wrote {last} and its card; see gananomaly analyze --model.")


def _show(session: Session, chosen: TrainOptions, folder: Path | None, bar: Any, cancel: Any) -> None:
    from ...train.stylegan2 import make_plan

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
