"""The comparison's folder: one table, box plots, circular summaries and a gallery for each dataset, and one page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.running.progress import CancelToken

from ...report import Page, box_figure, radar_figure
from ...report.cell_text import with_ends
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
from .comparison_tables import Judged, around, by_scan, rows_of
from .gallery import chosen_slices, gallery_figure, read_shown, said
from .indices import DEFINITIONS, FORMS, NAMES
from .normative_evaluation import ALL, HEALTHY, NO_RESTORATION
from .normative_report import FORM_SAID, MAP_MEASURES, MAPS_SAID, NOT_PUBLISHED, percent_text

TABLE, MODELS = "comparison.csv", "models"
COMPARISON = ReportFolder(
    "normative comparison", 1, (TABLE, "circle_*.png", "boxes_*.png", "gallery_*.png", PAGE), (MODELS,)
)
_SHORT = {"rqi": "RQI", "ahi": "AHI", "caci": "CACI", **MAP_MEASURES}
_SHARED = ("definitions", "rqi_form", "frechet_features", "settings")


def write_comparison(
    judged: Sequence[Judged],
    masks: Mapping[str, Mapping[str, Path]],
    out: Path,
    cancel: CancelToken,
) -> tuple[dict[str, Any], list[Path]]:
    """Write the files beside the models' folders, whole or not at all; what results.json holds, and the files.

    ``masks`` by dataset and case. Without matplotlib there are no pictures, and a warning says so. Raises
    :class:`InputError` for an evaluation or a result that cannot be read, GANAnomalyError when the disk refuses.
    """
    rows = rows_of(judged)
    warnings = _warnings(judged, rows)
    drawn = drawn_if_possible(lambda: _figures(judged, rows, masks, cancel), warnings)
    finished = next(one for one in judged if one.data)
    data = {
        **COMPARISON.heading,
        **{name: finished.data[name] for name in _SHARED},
        "models": {
            one.name: {**one.data["made_with"], "thresholds": one.data["thresholds"]} for one in judged if one.data
        },
        "failed": {one.name: one.failure for one in judged if one.failure},
        "rows": rows,
        "warnings": warnings,
        **origin({}),
    }
    page = _page(judged, rows, data, drawn)
    return data, COMPARISON.write(out, data, page, True, {TABLE: rows}, drawn)


def short_table(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows without intervals: found lesions as "7 of 9 (+3)", and notes where there are any."""
    rates = [name.removeprefix("found_at_") for name in rows[0] if name.startswith("found_at_")]
    heads = ["model", "dataset", *_SHORT.values(), *(f"at {percent_text(rate)}" for rate in rates)]
    out = []
    for row in rows:
        dataset = row["note"] if row["dataset"] is None else row["dataset"]
        out.append([row["model"], dataset, *(row[name] for name in _SHORT), *(_found(row, rate) for rate in rates)])
    notes = [row["note"] if row["dataset"] else None for row in rows]
    if any(notes):
        return [*heads, "note"], [[*cells, note] for cells, note in zip(out, notes, strict=True)]
    return heads, out


def _found(row: Mapping[str, Any], rate: str) -> str | None:
    false = row[f"false_at_{rate}"]
    if false is None:
        return None
    return f"(+{false})" if row["lesions"] is None else f"{row[f'found_at_{rate}']} of {row['lesions']} (+{false})"


def _warnings(judged: Sequence[Judged], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    out = [f"{one.name} could not be judged: {one.failure}" for one in judged if one.failure]
    out += [f"{one.name}: {NO_RESTORATION}" for one in judged if one.data and not one.data["restores"]]
    for name in dict.fromkeys(row["dataset"] for row in rows if row["dataset"]):
        counts = {row["model"]: row["scans"] for row in rows if row["dataset"] == name}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{model} {count}" for model, count in counts.items())
            out.append(f"Not all models were judged on the same scans of {name} ({told}): see their own reports.")
    sizes = {one.name: one.data["made_with"].get("pixels") for one in judged if one.data}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {size}" for name, size in sizes.items())
        out.append(
            f"The models see slices of different sizes ({told} pixels a side): RQI, AHI and CACI of small ones are of "
            "coarser pictures, which are easier to give back. What the map tells is on the CT's own grid for all."
        )
    return out


def _notes(judged: Sequence[Judged]) -> list[tuple[str, str]]:
    """What each evaluation says of itself beyond what is said of all."""
    known = (NO_RESTORATION, *(f"RQI is in its {form} form" for form in FORMS))
    return [(one.name, text) for one in judged for text in one.data.get("warnings", ()) if not text.startswith(known)]


def _figures(
    judged: Sequence[Judged],
    rows: Sequence[Mapping[str, Any]],
    masks: Mapping[str, Mapping[str, Path]],
    cancel: CancelToken,
) -> Drawn:
    out: dict[str, tuple[Any, str]] = {}
    scans = {one.name: by_scan(one) for one in judged if one.data}
    slices = chosen_slices(judged)
    for name in dict.fromkeys(row["dataset"] for row in rows if row["dataset"]):
        circle = {row["model"]: around(row) for row in rows if row["dataset"] == name}
        if name != HEALTHY and any(math.isfinite(value) for held in circle.values() for value in held.values()):
            words = f"{name}: all models. RQI is that of the healthy scans; found: lesions at the lowest threshold. "
            words += "Dotted, where each model has a circle of its own: the median of all."
            out[f"circle_{name}.png"] = radar_figure(circle), words
        # Models without an index are there for the others' colours: the circle's.
        boxes = {model: held.get(name, {}) for model, held in scans.items()}
        if any(boxes.values()):
            out[f"boxes_{name}.png"] = box_figure(boxes, bounds=(0.0, 1.0)), f"{name}: each point is a scan."
        if slices.get(name):
            held = masks.get(name, {})
            shown = [read_shown(judged, name, *at, held.get(at[0]), cancel) for at in slices[name]]
            out[f"gallery_{name}.png"] = gallery_figure(shown), f"{name}. {said(judged)}"
    return out


def _page(judged: Sequence[Judged], rows: Sequence[Mapping[str, Any]], data: Mapping[str, Any], drawn: Drawn) -> Page:
    datasets = [name for name in dict.fromkeys(row["dataset"] for row in rows) if name]
    page = Page(
        "Models of what is normal, compared",
        f"{len(judged)} models on the same scans: {', '.join(name for name in datasets if name != ALL)}",
    )
    page.section("All models")
    options = data["settings"]["objects"]
    heads, short = short_table(rows)
    page.table(
        heads,
        short,
        "The indices, 0 to 1, higher is better, RQI being that of the healthy scans; what the map alone tells; lesions "
        "found (and false responses) at thresholds that so many of the model's healthy pixels exceed. A lesion is "
        f"found when more than {options['least_share']:.0%} of it lies above.",
    )
    page.text(f"{FORM_SAID}: {FORMS[data['rqi_form']]}. {NOT_PUBLISHED}")
    read_with_care(page, data["warnings"])
    for name in [*(name for name in datasets if name not in (HEALTHY, ALL)), ALL, HEALTHY]:
        held = {file: figure for file, figure in drawn.items() if file.partition("_")[2] == f"{name}.png"}
        if held:
            page.section({HEALTHY: "Healthy scans", ALL: "All datasets together"}.get(name, name))
            show_figures(page, held)
    page.section("Intervals")
    page.table(
        ["model", "dataset", "scans", *list(_SHORT.values())[:-1]],
        [
            [row["model"], row["dataset"], row["scans"], *(_with_ends(row, name) for name in list(_SHORT)[:-1])]
            for row in rows
            if row["dataset"]
        ],
        f"In brackets the {data['settings']['level']:.0%} interval over scans.",
    )
    page.text("\n\n".join(f"{title}: {DEFINITIONS[index]}." for index, title in NAMES.items()))
    page.text(MAPS_SAID)
    if notes := _notes(judged):
        page.section("Notes")
        page.table(["model", "note"], notes, "From the models' own reports.")
    to_repeat(page, data, Settings=data["settings"], Models=data["models"])
    return page


def _with_ends(row: Mapping[str, Any], name: str) -> str | None:
    value = row[name]
    return None if value is None else with_ends(value, (row[f"{name}_low"], row[f"{name}_high"]))
