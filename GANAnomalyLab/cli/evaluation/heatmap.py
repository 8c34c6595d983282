"""``gananomaly evaluate heatmap``: heatmaps against lesion masks or boxes."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import HeatmapOptions
from ._command import answer, in_folder


@click.command("heatmap", short_help="Heatmaps against lesion masks or boxes.")
@click.option("--heatmaps", required=True, metavar="PATH", help="Heatmap files, result folders, or a folder of them.")
@click.option("--truth", required=True, metavar="PATH", help="A folder of lesion masks; or boxes as CSV or COCO JSON.")
@click.option("--ignore", metavar="PATH", help="Masks of pixels that count neither way, by case.")
@click.option("--missing-normal", is_flag=True, help="A heatmap without a mask is of a normal image.")
@click_options(HeatmapOptions)
@in_folder("heatmap")
def command(
    session: Session,
    heatmaps: str,
    truth: str,
    ignore: str | None,
    missing_normal: bool,
    output: str,
    force: bool,
    **options: Any,
) -> None:
    """Hold heatmaps against the lesions that are known.

    Heatmaps and truths belong together by name: p1.nrrd, p1_heatmap.nii.gz or a result folder p1, and p1.png or
    p1_mask.nrrd or a folder p1 with mask.nrrd. A table of boxes has the columns case, slice, x0, y0, x1, y1, in
    pixels, ends excluded (or top, left, height, width; or x, y, width, height); a case without boxes is normal.
    Slices count from 0, inferior to superior; pictures need none. NRRD, NIfTI, MetaImage, PNG, NPY are read.

    \b
    Example:
      gananomaly evaluate heatmap --heatmaps results/ --truth masks/ --out evaluation
      gananomaly evaluate heatmap --heatmaps maps/ --truth boxes.csv --ignore borders/ --out evaluation

    \b
    What comes out, in FOLDER:
      report.html           one page that shows it all, with what is needed to repeat it
      results.json          AUROC and average precision of pixels and images, how often the highest patches
                            lie on a lesion (by their centre, by overlap), and the share of lesions found
                            at 1/8 to 8 false positives a case (FROC), with 95% intervals over cases
      cases.csv             the same for each case
      roc.png, precision_recall.png, froc.png, histograms.png

    An image is one slice, scored by its highest heat. Research use only.
    """
    from ...evaluate.heatmap.heatmap_cases import input_hashes, match_cases
    from ...evaluate.heatmap.heatmap_evaluation import evaluate_heatmaps
    from ...evaluate.heatmap.heatmap_report import FOLDER, case_data, results_data, write_report

    chosen = taken(HeatmapOptions, options)
    FOLDER.check(output, force)
    cases = match_cases(heatmaps, truth, ignore, missing_normal)
    with at_work() as (bar, cancel):
        evaluation = evaluate_heatmaps(cases, chosen, bar, cancel)
        hashes = input_hashes(cases, truth, cancel)
    paths = write_report(evaluation, output, force, hashes)
    data = results_data(evaluation)
    words = (
        f"{data['cases']} cases, {data['lesion_cases']} with a lesion; {data['lesion_images']} of {data['images']} "
        f"images and {data['lesion_pixels']} of {data['pixels']} pixels are lesion."
    )
    table = ("Evaluation", ["measure", "value", "95% interval"], _rows(data))
    data["per_case"] = [case_data(row) for row in evaluation.cases]
    answer(session, data, [table], [words], data["warnings"], paths)


def _rows(data: dict[str, Any]) -> list[list[str]]:
    from ...evaluate.heatmap.heatmap_report import measure_words

    out = []
    for name, measure in data["measures"].items():
        words = measure_words(name, data["settings"]["min_iou"])
        # Of the seven rates the page has all.
        if not words or measure["value"] is None or (name.startswith("sensitivity") and name != "sensitivity_at_1"):
            continue
        value = f"{measure['value']:.3f}" + (f" ± {measure['error']:.1g}" if measure["error"] else "")
        interval = f"{measure['low']:.3f} to {measure['high']:.3f}" if "low" in measure else ""
        out.append([words, value, interval])
    return out
