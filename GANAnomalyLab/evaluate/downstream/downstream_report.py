"""The folder of a downstream evaluation: results.json, two tables, pictures, and one page that shows them all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...report import Page, confusion_figure, leaderboard_figure, pr_figure, roc_figure
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
from ...tables.write_csv import plain
from .class_evaluation import INTERVALS, AgainstFirst, DownstreamEvaluation, JudgeResult

TABLE, COMPARED = "classifiers.csv", "comparisons.csv"
PICTURES = ("aurocs.png", "roc.png", "precision_recall.png", "confusion.png")
RUNS, IMAGES = "runs", "images"
"""Folders below, of what was trained for the evaluation; they stay for the next time."""
FOLDER = ReportFolder("downstream evaluation", 1, (TABLE, COMPARED, PAGE, *PICTURES), (RUNS, IMAGES))

_TESTS = (
    "Differences are a classifier's minus the first's, on the same images; intervals and p-values are by patients. "
    "AUROC p: DeLong's; exchanged p: the two classifiers' scores of a patient change places; accuracy p: their "
    "judgements do. They are not corrected for the number of comparisons, and they speak of these trainings: another "
    "seed gives other networks."
)


def write_downstream(
    evaluation: DownstreamEvaluation,
    folder: Path | str,
    force: bool = False,
    settings: Mapping[str, Any] | None = None,
    hashes: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write the folder, whole or not at all, and return its files; ``settings`` are of what was trained for it.

    Raises :class:`InputError` when it holds something else, or an evaluation without ``force``.
    """
    drawn = drawn_if_possible(lambda: _figures(evaluation), evaluation.warnings)
    data = downstream_data(evaluation, settings, hashes)
    tables = {
        TABLE: [row_data(result) for result in evaluation.results],
        COMPARED: [comparison_data(one) for one in evaluation.comparisons],
    }
    return FOLDER.write(folder, data, _page(evaluation, data, drawn), force, tables, drawn)


def downstream_data(
    evaluation: DownstreamEvaluation,
    settings: Mapping[str, Any] | None = None,
    hashes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The evaluation in plain values, for JSON."""
    counts = np.bincount(evaluation.truth, minlength=len(evaluation.classes))
    return {
        **FOLDER.heading,
        "settings": plain({**dataclasses.asdict(evaluation.options), **dict(settings or {})}),
        "classes": list(evaluation.classes),
        "images": dict(zip(evaluation.classes, counts.tolist(), strict=True)),
        "patients": len(np.unique(evaluation.patients)),
        "classifiers": [
            {
                **row_data(result),
                "confusion": result.scores.confusion.tolist(),
                "learnt_from": plain(dict(result.judge.learnt)),
            }
            for result in evaluation.results
        ],
        "comparisons": [comparison_data(one) for one in evaluation.comparisons],
        "warnings": evaluation.warnings,
        **origin(hashes),
    }


def row_data(result: JudgeResult) -> dict[str, Any]:
    """A classifier's row of the table."""
    row: dict[str, Any] = {"classifier": result.judge.name}
    for name in INTERVALS:
        low, high = result.intervals[name] or (None, None)
        row |= {name: getattr(result.scores, name), f"{name}_low": low, f"{name}_high": high}
    row["auroc_delong_low"], row["auroc_delong_high"] = result.delong or (None, None)
    return row | {"precision": result.scores.precision, "recall": result.scores.recall}


def comparison_data(one: AgainstFirst) -> dict[str, Any]:
    """A comparison's row of the table."""
    row = dataclasses.asdict(one)
    for name in ("auroc", "accuracy"):
        row[f"{name}_low"], row[f"{name}_high"] = row.pop(f"{name}_ends") or (None, None)
    return plain({"classifier": row.pop("name"), **row})


def table_rows(evaluation: DownstreamEvaluation) -> tuple[list[str], list[list[str]]]:
    """Heads and rows for a page and for a terminal."""
    heads = ["classifier", "learnt from", "AUROC", "accuracy", "F1", "average precision"]
    rows = [
        [
            result.judge.name,
            learnt_text(result),
            *(
                with_ends(getattr(result.scores, name), result.intervals[name])
                for name in ("auroc", "accuracy", "f1", "average_precision")
            ),
        ]
        for result in evaluation.results
    ]
    return heads, rows


def comparison_rows(evaluation: DownstreamEvaluation) -> tuple[list[str], list[list[str]]]:
    """Heads and rows for a page and for a terminal."""
    first = evaluation.results[0].judge.name
    heads = [f"against {first}", "AUROC", "p", "exchanged p", "accuracy", "p"]
    rows = [
        [
            one.name,
            _signed(one.auroc, one.auroc_ends),
            _p(one.auroc_p),
            _p(one.permutation_p),
            _signed(one.accuracy, one.accuracy_ends),
            _p(one.accuracy_p),
        ]
        for one in evaluation.comparisons
    ]
    return heads, rows


def learnt_text(result: JudgeResult) -> str:
    """ "320 benign, 40 malignant" """
    counts = result.judge.learnt.get("classes")
    return ", ".join(f"{count} {name}" for name, count in counts.items()) if isinstance(counts, Mapping) else ""


def _signed(value: float, ends: tuple[float, float] | None) -> str:
    text = f"{value:+.3f}"
    return text if ends is None else f"{text} ({ends[0]:+.3f} to {ends[1]:+.3f})"


def _p(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _figures(evaluation: DownstreamEvaluation) -> Drawn:
    def row(result: JudgeResult) -> tuple[str, float, float | None, float | None]:
        low, high = result.intervals["auroc"] or (None, None)
        return result.judge.name, result.scores.auroc, low, high

    words = "AUROC on the same real images, with its interval by patients."
    drawn: dict[str, tuple[Any, str]] = {
        "aurocs.png": (leaderboard_figure([row(one) for one in evaluation.results], chance=0.5), words)
    }
    if len(evaluation.classes) == 2:
        ill = evaluation.truth == 1
        scores = {
            result.judge.name: (result.judge.probabilities[~ill, 1], result.judge.probabilities[ill, 1])
            for result in evaluation.results
        }
        drawn["roc.png"] = roc_figure(scores), f"ROC curves of {evaluation.classes[1]}."
        drawn["precision_recall.png"] = pr_figure(scores), f"Precision and recall of {evaluation.classes[1]}."
    matrices = {result.judge.name: result.scores.confusion for result in evaluation.results}
    figure = confusion_figure(matrices, evaluation.classes)
    drawn["confusion.png"] = figure, "Rows are what images are, columns what they are taken for."
    return drawn


def _page(evaluation: DownstreamEvaluation, data: dict[str, Any], drawn: Drawn) -> Page:
    count = len(evaluation.truth)
    page = Page("What images are worth to learn from", f"Classifiers on the same {count} real images")
    heads, rows = table_rows(evaluation)
    page.section("On the real images that nobody learnt from")
    told = ", ".join(f"{number} {name}" for name, number in data["images"].items())
    level = f"{evaluation.options.level:.0%} intervals over {data['patients']} patients"
    page.table(heads, rows, f"{told}; in brackets {level}.")
    if evaluation.comparisons:
        heads, rows = comparison_rows(evaluation)
        page.section("Against the first")
        page.table(heads, rows).text(_TESTS)
    if drawn:
        page.section("Pictures")
        show_figures(page, drawn)
    read_with_care(page, evaluation.warnings)
    to_repeat(page, data, Settings=data["settings"])
    return page
