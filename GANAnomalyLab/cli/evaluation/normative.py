"""``gananomaly evaluate normative``: how much a model knows of what is normal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, given, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import NormativeOptions, NormativeSources, ObjectOptions
from ._command import Table, answer, in_folder


@click.command("normative", short_help="Restorations: RQI, AHI, CACI, lesions found; one model or several.")
@click_options(NormativeSources)
@click_options(NormativeOptions)
@click_options(ObjectOptions)
@click_options(AnalysisRequest, "device", "hu_offset", "settings")
@in_folder("normative", force="Replace an earlier evaluation there (its analyses stay).")
def command(session: Session, output: str, force: bool, **options: Any) -> None:
    """Judge models by their restorations: healthy scans given back as they are, abnormal ones made normal.

    CTs are analysed first, into FOLDER/results; results that a batch made are taken as they are. Scans and masks
    belong together by name (p1.nii.gz, p1_mask.nii.gz).

    \b
    Example:
      gananomaly evaluate normative --model demo --healthy normals/ --pathological ill/ --masks ill_masks/ \\
          --training training/ --out normative
      gananomaly evaluate normative --model vae --model anoddpm --healthy normals/ --pathological masses/ \\
          --masks masses_masks/ --pathological fluid/ --masks fluid_masks/ --training training/ --out compared

    \b
    What comes out, in FOLDER:
      report.html           one page with everything
      results.json          RQI, AHI, CACI with what they are made of; thresholds; lesions found; what the map tells
      cases.csv, objects.csv    the same by scan, and by scan and threshold
      boxes.png, circle.png

    \b
    Of several models:
      report.html           all of them side by side, with the same slices of each
      comparison.csv        a row for each model and dataset
      circle_DATASET.png, boxes_DATASET.png, gallery_DATASET.png, results.json
      models/NAME-HASH/     the above of each model; the same command goes on from those that are finished

    \b
    The indices, as defined here (compare them with others from here only):
      RQI   healthy scans: 1 - distance (LPIPS) to the restoration / distance to a blank picture
      AHI   how far restorations went from abnormal towards unseen normal, by Frechet distances to training scans
      CACI  harmonic mean of SSIM outside the lesion and 1 - SSIM inside it

    Without LPIPS weights RQI takes features of EfficientNet-Lite0 in their place, and says so (--lpips ssim: SSIM). A
    model that fails stops no other of several; it is told in the table, and the exit code is 1. Research use only.
    """
    from ...evaluate.normative.evaluate_folders import evaluate_folders
    from ...evaluate.normative.normative_tables import results_data

    chosen = taken(NormativeOptions, options, objects=taken(ObjectOptions, options))
    sources = taken(NormativeSources, options)
    if sources.models:
        options["model"] = sources.models[0]
    template = AnalysisRequest("", **given(options))
    if len(sources.models) > 1:
        _compare(session, sources, template, chosen, Path(output), force)
        return
    with at_work() as (bar, cancel):
        evaluation, facts, paths = evaluate_folders(sources, template, chosen, Path(output), force, bar, cancel)
    answer(session, results_data(evaluation, facts), _tables(evaluation), (), evaluation.warnings, paths)


def _compare(session: Session, sources: Any, template: AnalysisRequest, chosen: Any, out: Path, force: bool) -> None:
    from ...evaluate.normative.compare_models import compare_models
    from ...evaluate.normative.models_report import short_table
    from ...report.cell_text import value_text

    with at_work() as (bar, cancel):
        judged, data, paths = compare_models(sources, template, chosen, out, force, bar, cancel)
    heads, rows = short_table(data["rows"])
    # A terminal is narrow: intervals, thresholds and the rest are on the page.
    kept = [n for n, head in enumerate(heads) if head in ("RQI", "AHI", "CACI", "image AUROC", "pixel AP")]
    words = [
        [row[0], "failed" if row[0] in data["failed"] else row[1], *(value_text(row[n]) for n in kept)] for row in rows
    ]
    answer(session, data, [("Models", ["", "", *(heads[n] for n in kept)], words)], (), data["warnings"], paths)
    if any(one.failure for one in judged):
        click.get_current_context().exit(1)


def _tables(evaluation: Any) -> list[Table]:
    from ...evaluate.normative.normative_evaluation import HEALTHY
    from ...evaluate.normative.normative_report import percent_text, value_text
    from ...statistics.bootstrap import Measured

    rows = [[HEALTHY, value_text(evaluation.rqi) or "", "", ""]] if evaluation.rqi.value == evaluation.rqi.value else []
    for name, caci in evaluation.caci.items():
        ahi = Measured(evaluation.ahi.get(name, float("nan")), evaluation.ahi_intervals.get(name))
        rows.append([name, "", value_text(ahi) or "", value_text(caci) or ""])
    found = [
        [
            name,
            percent_text(at),
            *map(str, (counts.lesions, counts.found, counts.false_positives)),
            "" if counts.f1 != counts.f1 else f"{counts.f1:.2f}",
        ]
        for name, held in evaluation.objects.items()
        for at, counts in held.items()
    ]
    heads = ["dataset", "normal pixels above", "lesions", "found", "false", "F1"]
    return [
        ("Indices (0 to 1, higher is better)", ["dataset", "RQI", "AHI", "CACI"], rows),
        ("Lesions at thresholds of normal pixels", heads, found),
    ]
