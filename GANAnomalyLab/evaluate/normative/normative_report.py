"""The evaluation's folder: results.json, two tables, pictures and one page; all of them or none."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import disk_errors, locked, replace

from ...report.report_folder import PAGE, RESULTS, can_draw
from ...tables.write_csv import write_table
from .indices import DEFINITIONS, NAMES
from .normative_evaluation import HEALTHY, NormativeEvaluation
from .normative_tables import (
    KIND,
    case_columns,
    case_data,
    counts_data,
    ingredients,
    object_columns,
    object_data,
    results_data,
)

CASES, OBJECTS = "cases.csv", "objects.csv"
PICTURES = ("boxes.png", "circle.png")
ANALYSES = "results"
"""The folder below that holds what had to be analysed first; it stays for the next time."""

_INGREDIENTS = {
    "mae": "MAE",
    "ssim": "SSIM",
    "lpips": "LPIPS",
    "ssim_blank": "SSIM to blank",
    "lpips_blank": "LPIPS to blank",
    "mae_in": "MAE inside",
    "mae_out": "MAE outside",
    "ssim_in": "SSIM inside",
    "ssim_out": "SSIM outside",
    "lpips_in": "LPIPS inside",
    "lpips_out": "LPIPS outside",
}


def check_folder(folder: Path | str, force: bool = False) -> None:
    """Raise :class:`InputError` unless the folder is new, or ours: analyses alone, or an evaluation that may go."""
    folder = Path(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder: choose another output folder.")
    held = {entry.name for entry in folder.iterdir()}
    if held - {RESULTS, CASES, OBJECTS, PAGE, ANALYSES, *PICTURES}:
        raise InputError(f"{folder} holds other files: choose another output folder.")
    if RESULTS in held and not force:
        raise InputError(f"{folder} already holds an evaluation: choose another folder, or replace it with --force.")


@locked("folder", "gananomaly evaluate normative")
def write_report(
    evaluation: NormativeEvaluation, folder: Path | str, facts: dict[str, Any] | None = None, force: bool = False
) -> list[Path]:
    """Write the files, whole or not at all, and return them.

    ``facts`` is what the evaluation was made with (model, hashes), for repeating it. Without matplotlib there are no
    pictures, and a warning says so. Raises :class:`InputError` as :func:`check_folder`, GANAnomalyError when the disk
    refuses.
    """
    folder = Path(os.path.abspath(folder))
    check_folder(folder, force)
    with disk_errors(folder, "the evaluation"):
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(evaluation, work, facts or {})
            for name in (RESULTS, CASES, OBJECTS, PAGE, *PICTURES):
                (folder / name).unlink(missing_ok=True)
            made = [name for name in (CASES, OBJECTS, *PICTURES, PAGE, RESULTS) if (work / name).is_file()]
            # The results go last: a folder without them is no evaluation.
            for name in made:
                replace(work / name, folder / name)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return [folder / name for name in made]


def _write(evaluation: NormativeEvaluation, folder: Path, facts: dict[str, Any]) -> None:
    from ...report import Page, provenance, save_png

    figures = _figures(evaluation) if can_draw(evaluation.warnings) else {}
    for name, figure in figures.items():
        save_png(figure, folder / name)
    write_table(folder / CASES, case_columns(), [case_data(row) for row in evaluation.cases])
    write_table(folder / OBJECTS, object_columns(), [object_data(row) for row in evaluation.objects_by_case])
    made_with = {**facts, **provenance()}
    page = Page("How much the model knows of what is normal", "Normative learning: RQI, AHI, CACI, as defined here")
    _fill(page, evaluation, figures, made_with)
    page.write(folder / PAGE)
    text = json.dumps(results_data(evaluation, made_with), indent=2, allow_nan=False)
    (folder / RESULTS).write_text(text + "\n", encoding="utf-8")


def _figures(evaluation: NormativeEvaluation) -> dict[str, Any]:
    from ...report import box_figure, radar_figure

    boxes: dict[str, dict[str, list[float]]] = {}
    for row in evaluation.cases:
        for index in ("rqi", "caci", "conservation", "correction"):
            value = getattr(row, index)
            if math.isfinite(value):
                name = index.upper() if index in NAMES else index
                boxes.setdefault(row.dataset, {}).setdefault(name, []).append(value)
    out = {}
    if boxes:
        out["boxes.png"] = box_figure(boxes, bounds=(0.0, 1.0))
    around = {name: _around(evaluation, name) for name in evaluation.caci}
    if any(math.isfinite(value) for held in around.values() for value in held.values()):
        out["circle.png"] = radar_figure(around)
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


def _fill(page: Any, evaluation: NormativeEvaluation, figures: dict[str, Any], made_with: dict[str, Any]) -> None:
    page.section("Indices")
    page.table(
        ["dataset", "scans", "RQI", "AHI", "CACI"],
        [_index_row(evaluation, name) for name in (HEALTHY, *evaluation.caci)],
        f"Each 0 to 1, higher is better; in brackets the {evaluation.options.level:.0%} interval over scans.",
    )
    for index, title in NAMES.items():
        page.text(f"{title}: {DEFINITIONS[index]}.")
    form = "LPIPS" if evaluation.form == "lpips" else "SSIM"
    page.text(f"RQI is in its {form} form. They are defined here and not to be held against published values.")
    if figures:
        page.section("Pictures")
        captions = {
            "boxes.png": "Each point is a scan.",
            "circle.png": "All indices of each dataset; RQI is that of the healthy scans, recall and precision are of "
            "lesions at the lowest threshold.",
        }
        for name, figure in figures.items():
            page.figure(figure, captions[name])
    page.section("Ingredients")
    parts = {name: ingredients(evaluation, name) for name in (HEALTHY, *evaluation.caci)}
    page.table(
        ["dataset", *_INGREDIENTS.values()],
        [[name, *(held[key] for key in _INGREDIENTS)] for name, held in parts.items()],
        "Means of scans; MAE in grey levels of the window (0 to 255); outside: in the slices that show a lesion.",
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
    _fill_objects(page, evaluation)
    if evaluation.warnings:
        page.section("Notes")
        for warning in evaluation.warnings:
            page.text(warning)
    page.section("Scans")
    shown = ["case", "dataset", "rqi", "caci", "slices", "slices_in", "mae", "ssim", "ssim_in", "ssim_out"]
    page.table(shown, [[case_data(row)[name] for name in shown] for row in evaluation.cases])
    page.section("To repeat it")
    page.facts({"kind": KIND, **made_with, "Frechet features": evaluation.features_digest})
    page.facts(results_data(evaluation)["settings"], "Settings")


def _fill_objects(page: Any, evaluation: NormativeEvaluation) -> None:
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
    from .normative_tables import belongs

    scans = sum(belongs(evaluation, row.dataset, name) for row in evaluation.cases)
    if name == HEALTHY:
        return [name, scans, value_text(evaluation.rqi), None, None]
    ahi = evaluation.ahi.get(name, math.nan)
    return [name, scans, None, None if math.isnan(ahi) else f"{ahi:.3f}", value_text(evaluation.caci[name])]


def value_text(measured: Any) -> str | None:
    """ "0.81 (0.74 to 0.88)"; None for what is not a number."""
    if math.isnan(measured.value):
        return None
    interval = measured.interval
    return f"{measured.value:.3f}" + (f" ({interval.low:.3f} to {interval.high:.3f})" if interval else "")


def percent_text(name: str) -> str:
    """ "0.05" as "5 %"; other names as they are."""
    try:
        return f"{100 * float(name):g} %"
    except ValueError:
        return name
