"""``gananomaly evaluate normative``: how much a model knows of what is normal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.cli.bar import Bar
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.interrupt import stop_on_interrupt
from GANAnomalyLib.cli.options import NameValue, hu_offset_option
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.files import locked


@click.command("normative", short_help="Restorations: RQI, AHI, CACI, thresholds on normals, lesions found.")
@click.option("--model", default="demo", show_default=True, help="A model's name (see: gananomaly models) or its file.")
@click.option("--healthy", metavar="PATH", help="Normal CTs the model has not seen; or results of them.")
@click.option("--pathological", multiple=True, metavar="PATH", help="A dataset of abnormal CTs or results; repeatable.")
@click.option("--masks", multiple=True, metavar="PATH", help="Its lesion masks, by name; as often as --pathological.")
@click.option("--training", metavar="PATH", help="CTs the model was trained on: for AHI.")
@click.option("--out", "output", required=True, metavar="FOLDER", help="The folder to write.")
@click.option(
    "--features",
    type=click.Choice(["texture", "frd", "inception"]),
    default="texture",
    show_default=True,
    help="What Frechet distances compare: plain numbers, radiomics, or FID's network.",
)
@click.option(
    "--lpips",
    "trunk",
    type=click.Choice(["auto", "alexnet", "vgg16", "none"]),
    default="auto",
    show_default=True,
    help="Network of LPIPS; auto: one whose weights are here, else SSIM takes its place.",
)
@click.option("--weights", type=NameValue(), multiple=True, help="Weights: alexnet=FILE, vgg16=FILE, inception=FILE.")
@click.option("--allow-download", is_flag=True, help="Fetch weights that are not here.")
@click.option("--region", type=click.Choice(["image", "body"]), default="image", show_default=True, help="What counts.")
@click.option("--every-slice", is_flag=True, help="AHI from all slices, not only those that show a lesion.")
@click.option(
    "--least-share", type=float, default=0.1, show_default=True, help="A lesion is found when more of it lights up."
)
@click.option("--least-mm3", type=float, default=64.0, show_default=True, help="Smallest false response, in mm3.")
@click.option("--bootstrap", type=int, default=1000, show_default=True, help="Draws of scans for intervals; 0: none.")
@click.option("--seed", type=int, default=303, show_default=True, help="The same seed gives the same intervals.")
@click.option("--workers", type=int, default=1, show_default=True, help="CTs at a time.")
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to compute.")
@hu_offset_option
@click.option("--set", "settings", type=NameValue(), multiple=True, help="A setting of the detector; may be repeated.")
@click.option("--force", is_flag=True, help="Replace an earlier evaluation there (its analyses stay).")
@standard_options
@locked("output", "gananomaly evaluate normative")
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
    from GANAnomalyLib.running.progress import CancelToken

    from ...evaluate.normative.evaluate_folders import NormativeRequest, evaluate_folders
    from ...evaluate.normative.normative_tables import results_data

    options["weights"], options["settings"] = _files(options["weights"]), dict(options["settings"])
    request = NormativeRequest(out=Path(output), force=force, **options)
    with Bar() as bar, stop_on_interrupt(CancelToken()) as cancel:
        evaluation, facts, paths = evaluate_folders(request, bar, cancel)
    data = results_data(evaluation, facts)
    if session.json:
        session.emit({**data, "files": [str(path) for path in paths]})
        return
    _tell(session, evaluation)
    for path in paths:
        session.say(f"  {path}")


def _tell(session: Session, evaluation: Any) -> None:
    from ...evaluate.normative.normative_evaluation import HEALTHY
    from ...evaluate.normative.normative_report import percent_text, value_text

    rows = [[HEALTHY, value_text(evaluation.rqi) or "", "", ""]] if evaluation.rqi.value == evaluation.rqi.value else []
    for name, caci in evaluation.caci.items():
        ahi = evaluation.ahi.get(name, float("nan"))
        rows.append([name, "", "" if ahi != ahi else f"{ahi:.3f}", value_text(caci) or ""])
    print_table("Indices (0 to 1, higher is better)", ["dataset", "RQI", "AHI", "CACI"], rows)
    found = [
        [
            name,
            percent_text(at),
            str(counts.lesions),
            str(counts.found),
            str(counts.false_positives),
            _number(counts.f1),
        ]
        for name, held in evaluation.objects.items()
        for at, counts in held.items()
    ]
    heads = ["dataset", "normal pixels above", "lesions", "found", "false", "F1"]
    print_table("Lesions at thresholds of normal pixels", heads, found)
    for warning in evaluation.warnings:
        session.say(f"Note: {warning}")


def _number(value: float) -> str:
    return "" if value != value else f"{value:.2f}"


def _files(given: tuple[tuple[str, Any], ...]) -> dict[str, Path]:
    """A file called 1 or true is a file too."""
    return {name: Path(str(path)) for name, path in given}
