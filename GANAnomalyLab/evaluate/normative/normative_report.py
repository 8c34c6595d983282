"""The evaluation's folder: results.json, two tables, pictures and one page; all of them or none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ...report import Page, box_figure, provenance, radar_figure
from ...report.cell_text import with_ends
from ...report.report_folder import PAGE, Drawn, ReportFolder, drawn_if_possible, show_figures
from ...statistics.bootstrap import Measured
from .indices import DEFINITIONS, FORMS, NAMES
from .normative_evaluation import HEALTHY, NormativeEvaluation
from .normative_tables import belongs, case_data, counts_data, ingredients, object_data, results_data

CASES, OBJECTS = "cases.csv", "objects.csv"
PICTURES = ("boxes.png", "circle.png")
ANALYSES = "results"
"""The folder below that holds what had to be analysed first; it stays for the next time."""

FORM_SAID = "The perceptual distance (D) of RQI"
NOT_PUBLISHED = "The indices are defined here and not to be held against published values."
MAP_MEASURES = {
    "image_auroc": "image AUROC",
    "image_average_precision": "image AP",
    "pixel_auroc": "pixel AUROC",
    "pixel_average_precision": "pixel AP",
    "best_dice": "best Dice",
}
MAPS_SAID = (
    "Images: slices with a lesion against the slices of healthy scans, by the highest heat. Pixels: lesions against "
    "all else in the same scans. AP: average precision; a guess has the lesions' share. Best Dice: at the best of all "
    "thresholds, for the whole dataset."
)
_INGREDIENTS = {
    "mae": "MAE",
    "ssim": "SSIM",
    "perceptual": "perceptual",
    "ssim_blank": "SSIM to blank",
    "perceptual_blank": "perceptual to blank",
    "mae_in": "MAE inside",
    "mae_out": "MAE outside",
    "ssim_in": "SSIM inside",
    "ssim_out": "SSIM outside",
    "perceptual_in": "perceptual inside",
    "perceptual_out": "perceptual outside",
}


FOLDER = ReportFolder("normative evaluation", 2, (CASES, OBJECTS, *PICTURES, PAGE), (ANALYSES,))


def write_report(
    evaluation: NormativeEvaluation, folder: Path | str, facts: dict[str, Any] | None = None, force: bool = False
) -> list[Path]:
    """Write the files, whole or not at all, and return them.

    ``facts`` is what the evaluation was made with (model, hashes), for repeating it. Without matplotlib there are no
    pictures, and a warning says so. Raises :class:`InputError` as :meth:`ReportFolder.check`, GANAnomalyError when the
    disk refuses.
    """
    drawn = drawn_if_possible(lambda: _figures(evaluation), evaluation.warnings)
    data = results_data(evaluation, {**(facts or {}), **provenance()})
    cases, objects = map(case_data, evaluation.cases), map(object_data, evaluation.objects_by_case)
    tables = {CASES: list(cases), OBJECTS: list(objects)}
    return FOLDER.write(folder, data, _page(evaluation, data, drawn), force, tables, drawn)


def _figures(evaluation: NormativeEvaluation) -> Drawn:
    boxes: dict[str, dict[str, list[float]]] = {}
    for row in evaluation.cases:
        for index in ("rqi", "caci", "conservation", "correction"):
            value = getattr(row, index)
            if math.isfinite(value):
                name = index.upper() if index in NAMES else index
                boxes.setdefault(row.dataset, {}).setdefault(name, []).append(value)
    out: dict[str, tuple[Any, str]] = {}
    if boxes:
        out["boxes.png"] = box_figure(boxes, bounds=(0.0, 1.0)), "Each point is a scan."
    around = {name: _around(evaluation, name) for name in evaluation.caci}
    if any(math.isfinite(value) for held in around.values() for value in held.values()):
        words = "All indices of each dataset; RQI is that of the healthy scans, recall and precision are of lesions at "
        out["circle.png"] = radar_figure(around), words + "the lowest threshold."
    return out


def _around(evaluation: NormativeEvaluation, name: str) -> dict[str, float]:
    """What the circular summary shows of a dataset; RQI is the healthy scans', the same for all."""
    parts = ingredients(evaluation, name)
    found = {
        "RQI": evaluation.rqi.value,
        "AHI": evaluation.ahi.get(name, math.nan),
        "conservation": parts["conservation"],
        "correction": parts["correction"],
        "CACI": evaluation.caci[name].value,
    }
    at = _widest(evaluation)
    if at is not None and at in evaluation.objects.get(name, {}):
        counts = evaluation.objects[name][at]
        found |= {"recall": counts.recall, "precision": counts.precision}
    return found


def _widest(evaluation: NormativeEvaluation) -> str | None:
    return max(evaluation.thresholds, key=float, default=None)


def _page(evaluation: NormativeEvaluation, data: dict[str, Any], drawn: Drawn) -> Page:
    page = Page("How much the model knows of what is normal", "Normative learning: RQI, AHI, CACI, as defined here")
    page.section("Indices")
    page.table(
        ["dataset", "scans", "RQI", "AHI", "CACI"],
        [_index_row(evaluation, name) for name in (HEALTHY, *evaluation.caci)],
        f"Each 0 to 1, higher is better; in brackets the {evaluation.options.level:.0%} interval over scans.",
    )
    for index, title in NAMES.items():
        page.text(f"{title}: {DEFINITIONS[index]}.")
    page.text(f"{FORM_SAID}: {FORMS[evaluation.form]}. {NOT_PUBLISHED}")
    if drawn:
        page.section("Pictures")
        show_figures(page, drawn)
    page.section("Ingredients")
    parts = {name: ingredients(evaluation, name) for name in (HEALTHY, *evaluation.caci)}
    page.table(
        ["dataset", *_INGREDIENTS.values()],
        [[name, *(held[key] for key in _INGREDIENTS)] for name, held in parts.items()],
        f"Means of scans; perceptual: {FORMS[evaluation.form]}; MAE in grey levels of the window (0 to 255); outside: "
        "in the slices that show a lesion.",
    )
    if evaluation.distances:
        page.table(
            ["dataset", "F_P", "F_RP", "F_UN", "F_RUN", "slices: training", "P", "RP", "UN", "RUN"],
            [
                [n, d.pathological, d.restored, d.unseen, d.restored_unseen, *d.slices]
                for n, d in evaluation.distances.items()
            ],
            f"Frechet distances to the training normals, by {evaluation.features}. F_RUN, of the unseen normals' "
            "restorations, is what the restorer's own look costs.",
        )
    _fill_maps(page, evaluation)
    _fill_objects(page, evaluation)
    if evaluation.warnings:
        page.section("Notes")
        for warning in evaluation.warnings:
            page.text(warning)
    page.section("Scans")
    shown = ["case", "dataset", "rqi", "caci", "slices", "slices_in", "mae", "ssim", "ssim_in", "ssim_out"]
    page.table(shown, [[case_data(row)[name] for name in shown] for row in evaluation.cases])
    page.section("To repeat it")
    page.facts({"kind": FOLDER.kind, **data["made_with"], "Frechet features": evaluation.features_digest})
    page.facts(data["settings"], "Settings")
    return page


def _fill_maps(page: Page, evaluation: NormativeEvaluation) -> None:
    rows = [
        [
            name,
            found.healthy_images,
            found.lesion_images,
            *(value_text(getattr(found, measure)) for measure in MAP_MEASURES),
            found.prevalence,
        ]
        for name, found in evaluation.maps.items()
    ]
    if rows:
        page.section("What the map tells")
        heads = ["dataset", "healthy slices", "with a lesion", *MAP_MEASURES.values(), "lesion's share of pixels"]
        page.table(heads, rows, MAPS_SAID)


def _fill_objects(page: Page, evaluation: NormativeEvaluation) -> None:
    page.section("Thresholds and lesions")
    if evaluation.thresholds:
        rows = [[percent_text(rate), value] for rate, value in evaluation.thresholds.items()]
        page.table(["healthy pixels above, at most", "threshold"], rows, "In the unit of the heat.")
    options = evaluation.options.objects
    columns = ["lesions", "found", "false_positives", "precision", "recall", "f1"]
    page.table(
        ["dataset", "threshold", *(name.replace("_", " ") for name in columns)],
        [
            [name, percent_text(at), *(counts_data(counts)[column] for column in columns)]
            for name, held in evaluation.objects.items()
            for at, counts in held.items()
        ],
        f"A lesion (connected part of the mask) is found when more than {options.least_share:.0%} of it lies above the "
        f"threshold; a false positive is a connected response of {options.least_mm3:g} mm3 or more that touches none. "
        "The thresholds come from the same healthy scans, so their own share of pixels above is no finding.",
    )


def _index_row(evaluation: NormativeEvaluation, name: str) -> list[Any]:
    scans = sum(belongs(evaluation, row.dataset, name) for row in evaluation.cases)
    if name == HEALTHY:
        return [name, scans, value_text(evaluation.rqi), None, None]
    ahi = Measured(evaluation.ahi.get(name, math.nan), evaluation.ahi_intervals.get(name))
    return [name, scans, None, value_text(ahi), value_text(evaluation.caci[name])]


def value_text(measured: Measured) -> str | None:
    """ "0.81 (0.74 to 0.88)"; None for what is not a number."""
    return None if math.isnan(measured.value) else with_ends(measured.value, measured.interval)


def percent_text(name: str) -> str:
    """ "0.05" as "5 %"; other names as they are."""
    try:
        return f"{100 * float(name):g} %"
    except ValueError:
        return name
