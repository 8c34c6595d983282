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


@click.command("normative", short_help="Restorations: RQI, AHI, CACI, thresholds on normals, lesions found.")
@click_options(NormativeSources)
@click_options(NormativeOptions)
@click_options(ObjectOptions)
@click_options(AnalysisRequest, "model", "device", "hu_offset", "settings")
@in_folder("normative", force="Replace an earlier evaluation there (its analyses stay).")
def command(session: Session, output: str, force: bool, **options: Any) -> None:
    """Judge a model by its restorations: healthy scans given back as they are, abnormal ones made normal.

    CTs are analysed first, into FOLDER/results; results that a batch made are taken as they are. Scans and masks
    belong together by name (p1.nii.gz, p1_mask.nii.gz).

    \b
    Example:
      gananomaly evaluate normative --model demo --healthy normals/ --pathological ill/ --masks ill_masks/ \\
          --training training/ --out normative

    \b
    What comes out, in FOLDER:
      report.html           one page with everything
      results.json          RQI, AHI, CACI with what they are made of; thresholds; lesions found
      cases.csv, objects.csv    the same by scan, and by scan and threshold
      boxes.png, circle.png

    \b
    The indices, as defined here (compare them with others from here only):
      RQI   healthy scans: 1 - LPIPS to the restoration / LPIPS to a blank picture
      AHI   how far restorations went from abnormal towards unseen normal, by Frechet distances to training scans
      CACI  harmonic mean of SSIM outside the lesion and 1 - SSIM inside it

    Without LPIPS weights RQI takes SSIM in its place, and says so. Research use only.
    """
    from ...evaluate.normative.evaluate_folders import evaluate_folders
    from ...evaluate.normative.normative_tables import results_data

    chosen = taken(NormativeOptions, options, objects=taken(ObjectOptions, options))
    sources = taken(NormativeSources, options)
    template = AnalysisRequest("", **given(options))
    with at_work() as (bar, cancel):
        evaluation, facts, paths = evaluate_folders(sources, template, chosen, Path(output), force, bar, cancel)
    answer(session, results_data(evaluation, facts), _tables(evaluation), (), evaluation.warnings, paths)


def _tables(evaluation: Any) -> list[Table]:
    from ...evaluate.normative.normative_evaluation import HEALTHY
    from ...evaluate.normative.normative_report import percent_text, value_text

    rows = [[HEALTHY, value_text(evaluation.rqi) or "", "", ""]] if evaluation.rqi.value == evaluation.rqi.value else []
    for name, caci in evaluation.caci.items():
        ahi = evaluation.ahi.get(name, float("nan"))
        rows.append([name, "", "" if ahi != ahi else f"{ahi:.3f}", value_text(caci) or ""])
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
