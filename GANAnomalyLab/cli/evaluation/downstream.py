"""``gananomaly evaluate downstream``: what real and synthetic images are worth to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, given, taken
from GANAnomalyLib.cli.session import Session
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import part

from ...evaluate.evaluation_options import DownstreamOptions
from ...train.classifier.settings import ClassifierSettings
from ..find_classifier import find_classifier
from ._command import answer, in_folder
from ._scores import named

if TYPE_CHECKING:
    from ...evaluate.downstream.class_evaluation import Judge

_LEARNING = (
    *("data", "synthetic_from", "truncation_psi", "network", "weights", "resolution", "channels", "epochs"),
    *("batch", "learning_rate", "patience", "judged_by", "held_out", "device", "threads"),
)


class Thousands(click.ParamType):
    """``0,15``."""

    name = "a,b,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        try:
            found = tuple(float(text) for text in str(value).split(","))
        except ValueError:
            found = ()
        if not found or not all(0 <= count <= 1e6 for count in found) or not any(found):
            self.fail(f"{value!r} are no thousands of each class: give numbers such as 0,15.", param, ctx)
        return found


@click.command("downstream", short_help="Classifiers of real, synthetic and mixed images, on the same real ones.")
@click_options(ClassifierSettings, *_LEARNING, switches=True)
@click.option("--mix", "mixes", type=Thousands(), multiple=True, help="Real and so many thousands a class; repeatable.")
@click.option("--only", "alone", type=Thousands(), multiple=True, help="So many thousands, no real ones; repeatable.")
@click.option("--test", metavar="PATH", help="A labelled set that nobody learns from.  [default: a share of --data]")
@click.option("--test-share", type=click.FloatRange(0, 0.9, True), default=0.3, show_default=True, help="Of patients.")
@click.option("--model", "models", multiple=True, metavar="NAME=MODEL", help="A trained one, in place of training.")
@click_options(DownstreamOptions)
@in_folder("downstream", force="Replace an earlier evaluation there (its trainings stay).")
def command(
    session: Session,
    mixes: tuple[tuple[float, ...], ...],
    alone: tuple[tuple[float, ...], ...],
    test: str | None,
    test_share: float,
    models: tuple[str, ...],
    output: str,
    force: bool,
    **options: Any,
) -> None:
    """Train classifiers on real images, on synthetic ones and on mixes, and hold them against each other on the same
    real images, which none of them has seen.

    Or give trained ones with --model and the images with --test. The first is what the others are held against.

    \b
    Example:
      gananomaly evaluate downstream --data lesions.zip --synthetic-from gan.safetensors --mix 0,1.5 --mix 1,1
        --only 1,1 --out downstream
      gananomaly evaluate downstream --model real=run1 --model mixed=run2 --test held.zip --out downstream

    \b
    What comes out, in FOLDER:
      report.html       one page with everything
      results.json      accuracy, AUROC with intervals, F1, confusion, differences with p-values
      classifiers.csv, comparisons.csv, roc.png, precision_recall.png, confusion.png, aurocs.png
      runs/             the trainings, which go on from where they were stopped

    Research use only.
    """
    from ...evaluate.downstream.class_evaluation import evaluate_judges
    from ...evaluate.downstream.downstream_report import (
        FOLDER,
        comparison_rows,
        downstream_data,
        table_rows,
        write_downstream,
    )
    from ...evaluate.downstream.synthetic_source import synthetic_hashes

    FOLDER.check(output, force)
    chosen = taken(DownstreamOptions, options)
    told: dict[str, Any] = {}
    hashes: dict[str, str] = {}
    with at_work() as (bar, cancel):
        if models:
            if options.get("data") or mixes or alone or test is None:
                raise click.UsageError("Trained classifiers are held against each other on --test: leave --data out.")
            judges, images = _trained(models, test, output, options.get("device") or "auto", part(bar, 0, 0.6), cancel)
        else:
            if options.get("data") is None:
                raise click.UsageError("Give the real images with --data, or trained classifiers with --model.")
            settings = ClassifierSettings.from_dict({**given(options), "seed": chosen.seed, "out": output})
            judges, images = _arms(settings, mixes, alone, test, test_share, output, bar, cancel, session)
            told = {name: value for name, value in settings.fixed().items() if name not in ("labels", "synthetic")}
            told |= {"test_share": None if test else test_share}
            if settings.synthetic_from:
                told["synthetic_sha256"] = synthetic_hashes(settings.synthetic_from)
        hashes = {judge.name: str(judge.learnt.get("model", "")) for judge in judges}
        truth, classes = images.labels.argmax(1), tuple(images.label_names)
        evaluation = evaluate_judges(judges, truth, images.patients, classes, chosen, part(bar, 0.9, 1.0), cancel)
    files = write_downstream(evaluation, output, force, told, hashes)
    tables = [("On the same real images", *table_rows(evaluation))]
    tables += [("Against the first", *comparison_rows(evaluation))] if evaluation.comparisons else []
    answer(session, downstream_data(evaluation, told, hashes), tables, (), evaluation.warnings, files)


def _arms(
    settings: ClassifierSettings,
    mixes: tuple[tuple[float, ...], ...],
    alone: tuple[tuple[float, ...], ...],
    test: str | None,
    test_share: float,
    output: str,
    bar: Any,
    cancel: Any,
    session: Session,
) -> tuple[list[Judge], Any]:
    from ...train.classifier.arms import Arm, train_arms

    arms = [Arm(), *(Arm(counts) for counts in mixes), *(Arm(counts, True) for counts in alone)]
    if len(set(arms)) < len(arms):
        raise click.UsageError("Two mixes are the same: give each once.")
    if len(arms) > 1 and not settings.synthetic_from:
        raise InputError("Mixes need synthetic images: say where they are with --synthetic-from.")
    found, images = train_arms(settings, arms, Path(output), test, test_share, part(bar, 0, 0.85), cancel, session.say)
    judges = [
        _judge(name, str(path), images, settings.device, part(bar, 0.85, 0.9), cancel) for name, path in found.items()
    ]
    return judges, images


def _trained(
    models: tuple[str, ...], test: str, output: str, device: str, bar: Any, cancel: Any
) -> tuple[list[Judge], Any]:
    """Classifiers that were trained before, on the test set brought to what each learnt from."""
    from ...images import ImageSource, check_apart, open_images
    from ...train.run_images import run_images

    judges, images = [], None
    for number, (name, path) in enumerate(map(named, models)):
        told = part(bar, number / len(models), (number + 1) / len(models))
        card = find_classifier(path, "cpu").card
        source = ImageSource(test, resolution=card.resolution, channels=card.channels, conditional=True)
        shown = open_images(source, Path(output) / "images", part(told, 0, 0.5), cancel)
        if Path(path).is_dir():
            learnt, held_out = run_images(Path(path), part(told, 0.5, 0.7), cancel)
            for seen in filter(None, (learnt, held_out)):
                check_apart(seen, shown)
        judges.append(_judge(name, path, shown, device, part(told, 0.7, 1.0), cancel))
        images = images or shown
    return judges, images


def _judge(name: str, path: str, images: Any, device: str, bar: Any, cancel: Any) -> Judge:
    from ...evaluate.downstream.class_evaluation import Judge
    from ...predict.predict_classes import set_probabilities

    model = find_classifier(path, device)
    if list(model.classes) != list(images.label_names):
        raise InputError(
            f"The classifier {name} tells {', '.join(model.classes)} apart, and the images are of "
            f"{', '.join(images.label_names)}: give one for these classes."
        )
    learnt = {"classes": model.card.training.get("classes"), "model": model.model_hash}
    return Judge(name, set_probabilities(model, images, bar, cancel), learnt)
