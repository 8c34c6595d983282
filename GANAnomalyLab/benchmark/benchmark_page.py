"""The benchmark's report: one HTML page that needs nothing but itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

from ..evaluate.study import StudyTables
from ..evaluate.study.study_summary import froc_cases, slice_sides
from ..report import Page, froc_figure, leaderboard_figure, provenance, roc_figure, tradeoff_figure
from ..statistics.froc import froc
from .benchmark_plan import DEVELOPMENT, STANDARD
from .leaderboard import ALL, Leaderboard, together
from .leaderboard_tables import HEADS, PAIRED, by_group, kinds_left_out, notes, overall, pair_matrix

MOST_CURVES = 6


def write_page(board: Leaderboard, tables: StudyTables, path: Path, cancel: CancelToken) -> Path:
    """Write the report, whole or not at all; raises :class:`~GANAnomalyLib.errors.Cancelled` or for a full disk."""
    choosing = board.facts.get("cohort") == DEVELOPMENT
    page = Page(
        "Benchmark, development cohort: for choosing only" if choosing else "Benchmark",
        board.verdict() or "Anomalies with exact masks in virtual patients",
    )
    page.section("Leaderboard").table(HEADS, overall(board), "Best slice AUROC first; 95% intervals over patients.")
    bars = [
        (row["configuration"], row["slice_auroc"], row["slice_auroc_low"], row["slice_auroc_high"])
        for row in board.rows
    ]
    marked = [row["configuration"] for row in board.rows if row["baseline"]]
    page.figure(
        leaderboard_figure(bars, "slice AUROC, mean over kinds", "Slice AUROC", chance=0.5, marked=marked),
        "Simple baselines have the other colour; the dashed line is guessing.",
        "Slice AUROC of each configuration with its interval",
    )
    for text in notes(board):
        page.text(text)
    cancel.check()
    for title, rows in (("By level", board.levels), ("By kind", board.kinds)):
        page.section(title).table(*by_group(board, rows), "Slice AUROC / share of abnormal slices located.")
    page.section("Without each kind").table(
        *kinds_left_out(board),
        "Mean slice AUROC over the kinds; unseen ones are in no cohort that choices are made on.",
    )
    if board.pairs:
        page.section("Row by row").table(
            *pair_matrix(board), f"Slice AUROC of the row less that of the column. {PAIRED}"
        )
    _curves(page, board, together(tables), cancel)
    failed = [(row["configuration"], row["case"], row["message"]) for row in tables.failed]
    if failed:
        page.section("Analyses that failed").table(["configuration", "case", "why"], failed)
    page.section("To repeat this").facts(_facts(board))
    cancel.check()
    return page.write(path)


def _curves(page: Page, board: Leaderboard, tables: StudyTables, cancel: CancelToken) -> None:
    """ROC and FROC over all anomalies, and what quality costs."""
    chosen = _shown(board)
    scores, found = {}, {}
    for name in chosen:
        cancel.check()
        sides = slice_sides(tables, name, ALL)
        normal, abnormal = (np.asarray(side.scores, float) for side in (sides.normal, sides.abnormal))
        kept = normal[np.isfinite(normal)], abnormal[np.isfinite(abnormal)]
        if len(kept[0]) and len(kept[1]):
            scores[name] = kept
        known = froc_cases(tables, name, ALL)
        if any(case.lesions for case in known):
            rates, share, _ = froc(known)
            found[name] = rates, share
    page.section("Curves")
    if scores:
        page.figure(roc_figure(scores, title="Slices"), "All anomalies together.", "ROC curves of slices")
    if found:
        page.figure(froc_figure(found, image="slice"), "Findings over all anomalies.", "FROC curves of findings")
    points = [
        (row["configuration"], row["seconds_per_slice"], row["slice_auroc"])
        for row in board.rows
        if row["seconds_per_slice"]
    ]
    if any(value is not None for _, _, value in points):
        page.figure(tradeoff_figure(points, "slice AUROC"), "What quality costs.", "Slice AUROC against time")


def _shown(board: Leaderboard) -> list[str]:
    """The best row of each model, in the leaderboard's order."""
    best: dict[Any, str] = {}
    for row in board.rows:
        best.setdefault((row["title"], row["model_hash"]), row["configuration"])
    return list(best.values())[:MOST_CURVES]


def _facts(board: Leaderboard) -> dict[str, Any]:
    models = {row["configuration"]: row["model_hash"] for row in board.rows}
    same = board.facts["as_published"]
    return {
        "benchmark version": board.facts["benchmark_version"],
        "cohort": board.facts.get("cohort", STANDARD),
        "plan": board.facts["plan"],
        "cases": board.facts["cases"],
        "cases as published": f"{same['same']} exactly, {same['rounded']} but for rounding",
        "scores": board.facts["scoring"],
        **provenance(),
        "model hashes": models,
    }
