"""The evaluation's folder: results.json, cases.csv, pictures and a page that shows them, all of them or none."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...report import Page
from ...report.cell_text import ends_text
from ...report.report_folder import (
    PAGE,
    Drawn,
    ReportFolder,
    drawn_if_possible,
    origin,
    read_with_care,
    show_figures,
    to_repeat,
)
from ...statistics.froc import RATES, curve_points, froc
from ...tables.write_csv import plain
from .heatmap_evaluation import CaseMeasures, HeatmapEvaluation, Measure

CASES = "cases.csv"
PICTURES = ("roc.png", "precision_recall.png", "froc.png", "histograms.png")
FOLDER = ReportFolder("heatmap evaluation", 2, (CASES, PAGE, *PICTURES))
_WORDS = {
    "pixel_auroc": "pixels: AUROC",
    "pixel_average_precision": "pixels: average precision",
    "pixel_prevalence": "pixels: share that is lesion",
    "mean_case_pixel_auroc": "pixels: AUROC, mean of cases",
    "mean_case_pixel_average_precision": "pixels: average precision, mean of cases",
    "image_auroc": "images: AUROC",
    "image_average_precision": "images: average precision",
    "froc_mean": "lesions found, mean over 1/8 to 8 false positives a case",
}


def write_report(
    evaluation: HeatmapEvaluation,
    folder: Path | str,
    force: bool = False,
    inputs: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write the folder, whole or not at all, and return its files.

    ``inputs`` are facts that the page states of what was read (hashes, how much). Without matplotlib there are no
    pictures, and a warning says so. Raises :class:`InputError` as :meth:`ReportFolder.check`, GANAnomalyError when the
    disk refuses.
    """
    from .heatmap_pictures import figures

    drawn = drawn_if_possible(lambda: figures(evaluation), evaluation.warnings)
    data = results_data(evaluation) | origin(inputs)
    rows = list(map(case_data, evaluation.cases))
    return FOLDER.write(folder, data, _page(evaluation, data, drawn), force, {CASES: rows}, drawn)


def results_data(evaluation: HeatmapEvaluation) -> dict[str, Any]:
    """The evaluation in plain values, without its cases; what is not a number becomes None."""
    rows = evaluation.cases
    return {
        **FOLDER.heading,
        "settings": dataclasses.asdict(evaluation.options),
        "cases": len(rows),
        "lesion_cases": sum(row.lesion_pixels > 0 for row in rows),
        "lesions": sum(row.lesions for row in rows),
        "images": evaluation.images.negative + evaluation.images.positive,
        "lesion_images": evaluation.images.positive,
        "pixels": evaluation.pixels.negative + evaluation.pixels.positive,
        "lesion_pixels": evaluation.pixels.positive,
        "ignored_pixels": sum(row.ignored_pixels for row in rows),
        "exact": evaluation.exact,
        "measures": {name: _measure(measure) for name, measure in evaluation.measures.items()},
        "froc": _froc(evaluation),
        "warnings": evaluation.warnings,
    }


def case_data(row: CaseMeasures) -> dict[str, Any]:
    """One case in plain values; what is not a number becomes None."""
    return plain(dataclasses.asdict(row))


def measure_words(name: str, min_iou: float) -> str:
    """A measure's name in words, "" for one that no short table shows."""
    if name in _WORDS:
        return _WORDS[name]
    if name.startswith("sensitivity_at_"):
        rate = float(name.rpartition("_")[2])
        said = f"1/{round(1 / rate)}" if rate < 1 else f"{rate:g}"
        return f"lesions found at {said} false positive{'s' if rate > 1 else ''} a case"
    top, _, rule = name.partition("_")
    if not top.startswith("top"):
        return ""
    patches = "highest patch" if top == "top1" else f"one of {top[3:]} highest patches"
    return f"{patches} on a lesion, by " + ("its centre" if rule == "centre" else f"overlap (IoU {min_iou:g})")


def _measure(measure: Measure) -> dict[str, Any]:
    data: dict[str, Any] = plain({"value": measure.value, "error": measure.error})
    if measure.interval is not None:
        data |= dataclasses.asdict(measure.interval)
    return data


def _froc(evaluation: HeatmapEvaluation) -> dict[str, Any]:
    """The curve for others to draw: at most so many of its points, the ends among them."""
    rates, sensitivity, thresholds = froc(evaluation.free)
    shown = curve_points(rates)
    return {
        "false_positives_per": "case",
        "rates": list(RATES),
        "false_positives": rates[shown].tolist(),
        "sensitivity": sensitivity[shown].tolist(),
        # The first stands for no finding at all.
        "thresholds": [None, *thresholds[shown][1:].tolist()],
    }


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _page(evaluation: HeatmapEvaluation, data: dict[str, Any], drawn: Drawn) -> Page:
    page = Page(
        "Heatmaps against known lesions",
        f"{_number(data['cases'], 'case')}, {data['lesion_cases']} with a lesion; {_number(data['lesions'], 'lesion')} "
        f"in {data['lesion_images']} of {_number(data['images'], 'image')}",
    )
    level = f"{100 * evaluation.options.level:g}%"
    page.section("Results")
    rows = []
    for name, measure in evaluation.measures.items():
        if words := measure_words(name, evaluation.options.min_iou):
            rows.append([words, measure.value, ends_text(measure.interval)])
    page.table(["measure", "value", f"{level} interval"], rows, _caption(evaluation))
    read_with_care(page, evaluation.warnings)
    if drawn:
        page.section("Curves")
        show_figures(page, drawn)
    page.section("Cases")
    heads = ["case", "slices", "lesions", "pixel AUROC", "average precision", "first patch on a lesion", "best IoU"]
    page.table(heads, [_case_row(row) for row in evaluation.cases], "The first patch, by centre, that meets a lesion.")
    to_repeat(page, data, Settings=data["settings"])
    return page


def _caption(evaluation: HeatmapEvaluation) -> str:
    draws = evaluation.options.bootstrap
    drawn = f"Intervals are percentiles of {draws} draws of cases." if draws else "Intervals were not asked for."
    return (
        f"An image is one slice, scored by its highest heat. {drawn} A lesion is found by a patch whose centre lies on "
        f"it, or that overlaps its rectangle by an IoU of {evaluation.options.min_iou:g}."
    )


def _case_row(row: CaseMeasures) -> list[Any]:
    rank: Any = row.centre_rank if row.centre_rank is not None else ("none" if row.lesion_pixels else None)
    return [row.case, row.slices, row.lesions, row.pixel_auroc, row.pixel_average_precision, rank, row.best_iou]
