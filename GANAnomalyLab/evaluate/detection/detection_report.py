"""The folder of a detection evaluation: results.json, tables, pictures, and one page that shows them all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...report import Page, roc_figure, score_figure
from ...report.cell_text import ends_text, with_ends
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
from ...statistics.auroc import AurocEstimate
from ...tables.write_csv import plain
from .set_detection import MAIN_RATE, MAIN_SENSITIVITY, DetectionEvaluation, SetDetection

TABLE, DRAWS = "detection.csv", "aurocs.csv"
PICTURES = ("roc.png", "scores.png")
FOLDER = ReportFolder("detection evaluation", 1, (TABLE, DRAWS, PAGE, *PICTURES))

_PUBLISHED = (
    "Published: mean and standard deviation of AUROCs over draws of as many cases as the smaller set has, without "
    "replacement, from both sets. The smaller set is whole in each, so that the deviation tells how much the choice "
    "from the larger one matters; it is no standard error."
)


def write_detection(
    evaluation: DetectionEvaluation, folder: Path | str, force: bool = False, hashes: Mapping[str, str] | None = None
) -> list[Path]:
    """Write the folder, whole or not at all, and return its files; ``hashes`` are of the files that were read.

    Raises :class:`InputError` when it holds something else, or an evaluation without ``force``.
    """
    drawn = drawn_if_possible(lambda: _figures(evaluation), evaluation.warnings)
    data = detection_data(evaluation, hashes)
    draws = [
        {"draw": number + 1, **{item.name: item.published.draws[number] for item in evaluation.sets}}
        for number in range(evaluation.options.published_draws)
    ]
    tables = {TABLE: list(map(row_data, evaluation.rows)), DRAWS: draws}
    return FOLDER.write(folder, data, _page(evaluation, data, drawn), force, tables, drawn)


def detection_data(evaluation: DetectionEvaluation, hashes: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The evaluation in plain values, for JSON."""
    return {
        **FOLDER.heading,
        "settings": plain(dataclasses.asdict(evaluation.options)),
        "column": evaluation.baseline.column,
        "baseline": {"source": evaluation.baseline.source, "cases": len(evaluation.baseline)},
        "sets": [_set_data(item) for item in evaluation.rows],
        "warnings": evaluation.warnings,
        **origin(hashes),
    }


def _set_data(item: SetDetection) -> dict[str, Any]:
    estimate = plain(dataclasses.asdict(item.estimate))
    estimate["at_rate"] = [{"asked": rate, **plain(dataclasses.asdict(p))} for rate, p in item.estimate.at_rate.items()]
    estimate["at_sensitivity"] = [
        {"asked": value, **plain(dataclasses.asdict(p))} for value, p in item.estimate.at_sensitivity.items()
    ]
    names = ("rate", "area", "low", "high")
    estimate["partial"] = [dict(zip(names, entry, strict=True)) for entry in item.estimate.partial]
    published = {"mean": item.published.mean, "sd": item.published.sd, "draws": item.published.draws.tolist()}
    return {"name": item.name, "source": item.distances.source, "published": published, "auroc": estimate}


def row_data(item: SetDetection) -> dict[str, Any]:
    """A set's row of the table."""
    estimate = item.estimate
    row: dict[str, Any] = {
        "set": item.name,
        "normal": estimate.normal,
        "abnormal": estimate.abnormal,
        "normal_patients": estimate.normal_patients,
        "abnormal_patients": estimate.abnormal_patients,
        "auroc": estimate.value,
        "published_mean": item.published.mean,
        "published_sd": item.published.sd,
        "se": estimate.se,
    }
    for name in ("percentile", "delong", "delong_logit"):
        row[f"{name}_low"], row[f"{name}_high"] = getattr(estimate, name) or (None, None)
    for rate, area, low, high in estimate.partial:
        row |= {
            f"partial_auroc_{rate:g}": area,
            f"partial_auroc_{rate:g}_low": low,
            f"partial_auroc_{rate:g}_high": high,
        }
    for rate, point in estimate.at_rate.items():
        key = f"sensitivity_at_fpr_{rate:g}"
        row |= {key: point.sensitivity, f"{key}_low": point.low, f"{key}_high": point.high}
    for value, point in estimate.at_sensitivity.items():
        key = f"fpr_at_sensitivity_{value:g}"
        row |= {key: point.false_positive_rate, f"{key}_low": point.low, f"{key}_high": point.high}
    return row


def table_rows(evaluation: DetectionEvaluation) -> tuple[list[str], list[list[str]]]:
    """Headings and rows in words: AUROCs."""
    percent = f"{100 * evaluation.options.level:g}%"
    heads = ["set", "normal", "abnormal", f"AUROC ({percent})", f"DeLong {percent}", "published"]
    rows = []
    for item in evaluation.rows:
        estimate = item.estimate
        # On the logit scale, which covers better; where all is separated there is only the exact one.
        delong = ends_text(estimate.delong_logit or estimate.delong)
        cells = [
            item.name,
            str(estimate.normal),
            str(estimate.abnormal),
            with_ends(estimate.value, estimate.percentile),
        ]
        rows.append([*cells, delong, f"{item.published.mean:.3f} ± {item.published.sd:.3f}"])
    return heads, rows


def point_rows(evaluation: DetectionEvaluation) -> tuple[list[str], list[list[str]]]:
    """Headings and rows in words: what one threshold does."""
    rate, sensitivity = main_points(evaluation.sets[0].estimate)
    heads, rows = ["set"], [[item.name] for item in evaluation.rows]
    if rate is not None:
        heads.append(f"sensitivity at {100 * rate:g}% false positives")
        for row, item in zip(rows, evaluation.rows, strict=True):
            point = item.estimate.at_rate[rate]
            row.append(with_ends(point.sensitivity, (point.low, point.high)))
    if sensitivity is not None:
        heads.append(f"false positives at {100 * sensitivity:g}% sensitivity")
        for row, item in zip(rows, evaluation.rows, strict=True):
            point = item.estimate.at_sensitivity[sensitivity]
            row.append(with_ends(point.false_positive_rate, (point.low, point.high)))
    return heads, rows


def main_points(estimate: AurocEstimate) -> tuple[float | None, float | None]:
    """The false positive rate and the sensitivity that a short table shows."""
    rates, levels = list(estimate.at_rate), list(estimate.at_sensitivity)
    rate = MAIN_RATE if MAIN_RATE in rates else next(iter(rates), None)
    return rate, MAIN_SENSITIVITY if MAIN_SENSITIVITY in levels else next(iter(levels), None)


def _figures(evaluation: DetectionEvaluation) -> Drawn:
    normal = evaluation.baseline.values
    pairs = {item.name: (normal, item.distances.values) for item in evaluation.sets}
    said = {item.name: f"AUROC {with_ends(item.estimate.value, item.estimate.percentile)}" for item in evaluation.sets}
    column = evaluation.baseline.column
    spreads = {"baseline": normal, **{item.name: item.distances.values for item in evaluation.sets}}
    words = f"How the scores ({column}) of the baseline and of each set are spread."
    return {
        PICTURES[0]: (roc_figure(pairs, said), "ROC curves of each set against the baseline."),
        PICTURES[1]: (score_figure(spreads, column), words),
    }


def _page(evaluation: DetectionEvaluation, data: dict[str, Any], drawn: Drawn) -> Page:
    sets = ", ".join(item.name for item in evaluation.sets)
    page = Page("Anomaly detection", f"{sets} against {evaluation.baseline.source}")
    page.section("Detection")
    page.table(*table_rows(evaluation), _caption(evaluation))
    page.text(_PUBLISHED)
    page.table(*point_rows(evaluation), "Shares of abnormal and of normal cases, with percentile intervals.")
    show_figures(page, drawn)
    _thresholds(page, evaluation)
    read_with_care(page, evaluation.warnings)
    to_repeat(page, data, Settings=data["settings"] | {"column": data["column"]})
    return page


def _caption(evaluation: DetectionEvaluation) -> str:
    options = evaluation.options
    known = evaluation.sets[0].estimate
    drawn = "patients" if known.normal_patients < known.normal else "cases"
    return (
        f"AUROC, percentile intervals of {options.draws} draws of {drawn}, DeLong's interval on the logit scale, "
        f"and the mean and deviation of {options.published_draws} draws as published. High scores mean abnormal."
    )


def _thresholds(page: Page, evaluation: DetectionEvaluation) -> None:
    rows = []
    for item in evaluation.rows:
        for rate, point in item.estimate.at_rate.items():
            asked = f"false positive rate at most {100 * rate:g}%"
            rows.append([item.name, asked, point.threshold, point.false_positive_rate, point.sensitivity])
        for value, point in item.estimate.at_sensitivity.items():
            asked = f"sensitivity at least {100 * value:g}%"
            rows.append([item.name, asked, point.threshold, point.false_positive_rate, point.sensitivity])
    if rows:
        page.section("Thresholds")
        heads = ["set", "asked for", "threshold", "false positive rate", "sensitivity"]
        page.table(heads, rows, "A case is called abnormal where its score is at least the threshold.")
