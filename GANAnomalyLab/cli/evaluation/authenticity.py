"""``gananomaly evaluate authenticity``: whether synthetic images copy real ones."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import AuthenticityOptions
from ._command import Table, answer, in_folder


@click.command("authenticity", short_help="Whether synthetic images copy real ones, or tell who was trained on.")
@click.argument("real", metavar="REAL")
@click.argument("synthetic", metavar="SYNTHETIC")
@click.option("--control", metavar="PATH", help="Real images that were not trained on: for a membership attack.")
@click.option("--latents", nargs=2, metavar="REAL SYNTHETIC", help="Distances in w: of a file or a projection each.")
@click.option("--features", metavar="CLASSIFIER", help="Distances in what this classifier sees: a file, name or run.")
@click.option("--projector", is_flag=True, help="Also write files for TensorBoard's projector.")
@click_options(AuthenticityOptions)
@in_folder("authenticity", required=False)
def command(
    session: Session,
    real: str,
    synthetic: str,
    control: str | None,
    latents: tuple[str, str] | None,
    features: str | None,
    projector: bool,
    output: str | None,
    force: bool,
    **options: Any,
) -> None:
    """Whether synthetic images copy real ones, how far they cover them, and whether they tell who was trained on.

    REAL and SYNTHETIC are folders or zips of pictures (or CT volumes). Neither a model nor a download is needed. A copy
    is found mirrored, turned, moved by up to 5 % of the side, brighter, darker or under grain as well.

    \b
    Example:
      gananomaly evaluate authenticity trained_on/ synthetic/ --out authenticity
      gananomaly evaluate authenticity trained_on/ synthetic/ --control held_out/ --patients folder --out authenticity
      gananomaly evaluate authenticity trained_on/ synthetic/ --features runs/classifier --out authenticity

    \b
    What comes out, in FOLDER:
      report.html           one page with the copies' pairs; it shows real images
      results.json          copies, coverage, distances, and with --control what a membership attack tells
      synthetic.csv, real.csv    each image's nearest, a row each
      distances.png, attack.png
      tensors.tsv, metadata.tsv, sprite.png    with --projector: tensorboard --logdir FOLDER

    Exit codes: 0 done (also where there are copies), 1 failed, 2 unusable input, 130 stopped. Research use only.
    """
    from GANAnomalyLib.errors import InputError
    from GANAnomalyLib.running.background import free_after
    from GANAnomalyLib.running.progress import part

    from ...evaluate.authenticity import evaluate_authenticity, open_picture_sets, write_authenticity
    from ...evaluate.authenticity.authenticity_report import (
        ATTACK_HEADS,
        FOLDER,
        attack_rows,
        measure_rows,
        results_data,
        summary_words,
    )
    from ...evaluate.authenticity.classifier_features import check_classifier, stored_side
    from ...evaluate.authenticity.picture_sets import CONTROL, REAL, SIDE, SYNTHETIC
    from ..find_classifier import find_classifier

    if output is not None:
        FOLDER.check(output, force)
    elif projector:
        raise InputError("Say where the projector's files go: add --out FOLDER.")
    chosen = taken(AuthenticityOptions, options)
    if latents and features is not None:
        raise InputError("Distances are in latents or in a classifier's features: leave --latents or --features out.")
    classifier = None
    if features is not None:
        classifier = find_classifier(features, "auto")
        check_classifier(classifier)
    paths = {REAL: real, SYNTHETIC: synthetic} | ({} if control is None else {CONTROL: control})
    store = tempfile.TemporaryDirectory(prefix="gananomaly-images-", ignore_cleanup_errors=True)
    try:
        with at_work() as (bar, cancel):
            side = SIDE if classifier is None else stored_side(classifier)
            reading = part(bar, 0, 0.2)
            sets = open_picture_sets(paths, chosen.patients, Path(store.name), reading, cancel, side=side)
            found = evaluate_authenticity(sets, chosen, latents or None, part(bar, 0.2, 1), cancel, classifier)
        files = None if output is None else write_authenticity(found, output, force, projector)
    finally:
        free_after(store.cleanup)
    interval = f"{100 * chosen.level:g}% interval"
    tables: list[Table] = [("Authenticity", ["measure", "value", interval], measure_rows(found))]
    if rows := attack_rows(found):
        tables.append(("Membership attack", list(ATTACK_HEADS), rows))
    answer(session, results_data(found), tables, summary_words(found), found.warnings, files)
