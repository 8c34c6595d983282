"""The evaluation's folder: results.json, cases.csv, pictures and a page that shows them, all of them or none."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib import __version__

from ...report import Page, provenance, save_png
from ...report import report_folder as folders
from ...statistics.froc import RATES, froc
from .heatmap_evaluation import CaseMeasures, HeatmapEvaluation, Measure

SCHEMA_VERSION = 2
RESULTS, CASES, PAGE = folders.RESULTS, "cases.csv", "report.html"
PICTURES = ("roc.png", "precision_recall.png", "froc.png", "histograms.png")
NO_PICTURES = "No pictures were drawn: install matplotlib (the extra 'pictures') for them."
_KIND = "heatmap evaluation"
_FILES = (CASES, PAGE, *PICTURES)
_POINTS = 1000
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


def check_folder(folder: Path | str, force: bool = False) -> None:
    """Raise :class:`InputError` unless the folder is new or empty, or an earlier evaluation that may go (``force``)."""
    folders.check_folder(folder, _KIND, _FILES, force)


def write_report(
    evaluation: HeatmapEvaluation,
    folder: Path | str,
    force: bool = False,
    inputs: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write the folder, whole or not at all, and return its files.

    ``inputs`` are facts that the page states of what was read (hashes, how much). Without matplotlib there are no
    pictures, and a warning says so. Raises :class:`InputError` as :func:`check_folder`, GANAnomalyError when the disk
    refuses.
    """
    drawing = importlib.util.find_spec("matplotlib") is not None
    if not drawing and NO_PICTURES not in evaluation.warnings:
        evaluation.warnings.append(NO_PICTURES)
    data = results_data(evaluation) | {"inputs": dict(inputs or {}), "provenance": provenance()}

    def fill(work: Path) -> None:
        drawn: dict[str, tuple[Any, str]] = {}
        if drawing:
            from .heatmap_pictures import figures

            drawn = figures(evaluation)
        for name, (figure, _) in drawn.items():
            save_png(figure, work / name)
        heads = [item.name for item in dataclasses.fields(CaseMeasures)]
        folders.write_rows(work / CASES, heads, [case_data(row).values() for row in evaluation.cases])
        _page(evaluation, data, drawn).write(work / PAGE)

    return folders.write_folder(folder, data, _FILES, fill, force)


def results_data(evaluation: HeatmapEvaluation) -> dict[str, Any]:
    """The evaluation in plain values, without its cases; what is not a number becomes None."""
    rows = evaluation.cases
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": _KIND,
        "version": __version__,
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
    return folders.plain(dataclasses.asdict(row))


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
    data: dict[str, Any] = folders.plain({"value": measure.value, "error": measure.error})
    if measure.interval is not None:
        data |= dataclasses.asdict(measure.interval)
    return data


def _froc(evaluation: HeatmapEvaluation) -> dict[str, Any]:
    """The curve for others to draw: at most so many of its points, the ends among them."""
    rates, sensitivity, thresholds = froc(evaluation.free)
    kept = np.unique(np.linspace(0, len(rates) - 1, min(len(rates), _POINTS)).astype(int))
    return {
        "false_positives_per": "case",
        "rates": list(RATES),
        "false_positives": rates[kept].tolist(),
        "sensitivity": sensitivity[kept].tolist(),
        # The first stands for no finding at all.
        "thresholds": [None, *thresholds[kept][1:].tolist()],
    }


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _page(evaluation: HeatmapEvaluation, data: dict[str, Any], drawn: dict[str, tuple[Any, str]]) -> Page:
    page = Page(
        "Heatmaps against known lesions",
        f"{_number(data['cases'], 'case')}, {data['lesion_cases']} with a lesion; {_number(data['lesions'], 'lesion')} "
        f"in {data['lesion_images']} of {_number(data['images'], 'image')}",
    )
    level = f"{100 * evaluation.options.level:g}%"
    page.section("Results")
    rows = []
    for name, measure in evaluation.measures.items():
        words = measure_words(name, evaluation.options.min_iou)
        interval = measure.interval
        ends = "" if interval is None else f"{interval.low:.3f} to {interval.high:.3f}"
        if words:
            rows.append([words, measure.value, ends])
    page.table(["measure", "value", f"{level} interval"], rows, _caption(evaluation))
    if evaluation.warnings:
        page.section("Read with care").text("\n\n".join(evaluation.warnings))
    if drawn:
        page.section("Curves")
        for figure, caption in drawn.values():
            page.figure(figure, caption, caption)
    page.section("Cases")
    heads = ["case", "slices", "lesions", "pixel AUROC", "average precision", "first patch on a lesion", "best IoU"]
    page.table(heads, [_case_row(row) for row in evaluation.cases], "The first patch, by centre, that meets a lesion.")
    page.section("To repeat it")
    page.facts(data["settings"], "Settings")
    page.facts(data["inputs"] | data["provenance"], "Inputs and versions")
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
