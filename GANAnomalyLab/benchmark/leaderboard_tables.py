"""The leaderboard as tables for people: the same columns in Markdown, on the terminal and on the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.files import write_text

from ..evaluate.study import MEAN
from ..report.cell_text import with_ends
from ..simulate.anomalies import LEVELS
from ..tables.write_csv import write_table
from .leaderboard import BOARD, FACTS, MARKDOWN, NUMBERS, TABLE, Leaderboard

HEADS = (
    "model",
    "metric",
    "slice AUROC (95%)",
    "volume AUROC (95%)",
    "located",
    "first finding on it",
    "pixel AUROC",
    "pixel AP",
    "false positives a slice",
    "s a slice",
    "MiB",
)


def overall(board: Leaderboard) -> list[list[str]]:
    """A row a configuration, best first, as :data:`HEADS` names the columns."""
    return [
        [
            row["title"],
            row["metric"],
            interval(row, "slice_auroc"),
            interval(row, "volume_auroc"),
            number(row["located"], 2),
            number(row["located_cases"], 2),
            number(row["pixel_auroc"]),
            number(row["pixel_ap"]),
            number(row["fp_per_slice"], 2),
            number(row["seconds_per_slice"], 2),
            number(row["peak_mib"], 0),
        ]
        for row in board.rows
    ]


def by_group(board: Leaderboard, rows: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: slice AUROC / share of slices located, a column a group."""
    groups = list(dict.fromkeys(row["group"] for row in rows))
    if set(groups) <= set(LEVELS.values()):
        groups = [name for name in LEVELS.values() if name in groups]
    cells = {
        (row["configuration"], row["group"]): f"{number(row['slice_auroc'], 2)} / {number(row['located'], 2)}"
        for row in rows
    }
    body = [
        [row["title"], row["metric"], *(cells.get((row["configuration"], group), "-") for group in groups)]
        for row in board.rows
    ]
    return ["model", "metric", *(group.replace("_", " ") for group in groups)], body


def notes(board: Leaderboard) -> list[str]:
    """Sentences that a reader of the tables needs."""
    facts, first = board.facts, board.rows[0]
    plan, same = facts["plan"], facts["as_published"]
    what = f"slabs of {plan['slab']} slices" if plan["slab"] else "whole volumes"
    size = "the standard size" if plan["standard"] else "not a standard size: compare with nothing else"
    sensitivity = first["sensitivity"] or 0.0
    sentences = [
        f"Version {facts['benchmark_version']}, {size}: {first['cases']} abnormal cases of "
        f"{len(plan['kinds'])} kinds and {len(plan['levels'])} levels, {plan['baselines']} normal ones, {what}; "
        f"{first['abnormal_slices']} abnormal and {first['normal_slices']} normal slices. Every case is a virtual "
        "patient of its own.",
        "Areas and shares are means over the kinds, each counting once. A slice is scored by its highest patch. "
        "Located: share of abnormal slices whose highest patch is on it. False positives: findings off the anomaly, a "
        f"slice, where {sensitivity:.0%} of all abnormal cases are found.",
        "All patients are made of one person's CT by smooth deformation, which favours whatever bends one image into "
        "another: simple baselines and the warp do better here than they would on other people.",
    ]
    if same["same"] + same["rounded"] == facts["cases"]:
        sentences.append("The cases are the published ones.")
    elif same["unknown"] < facts["cases"]:
        sentences.append(f"{same['other']} of {facts['cases']} cases are not the published ones.")
    failed = sum(row["failed"] or 0 for row in board.rows)
    if failed:
        sentences.append(f"{failed} analyses failed and are left out; study/cases.csv says why.")
    return sentences


def markdown(board: Leaderboard) -> str:
    """All tables, with what they mean."""
    parts = ["# Benchmark", board.verdict(), _table(HEADS, overall(board))]
    for title, rows in (("By level", board.levels), ("By kind", board.kinds)):
        parts += [f"## {title}: slice AUROC / located", _table(*by_group(board, rows))]
    parts += ["## What this is", "\n".join(f"- {text}" for text in notes(board)), "Research use only."]
    return "\n\n".join(text for text in parts if text) + "\n"


def number(value: Any, digits: int = 3) -> str:
    """A number, or a dash where it is not known."""
    return "-" if value is None else f"{value:.{digits}f}"


def interval(row: dict[str, Any], name: str) -> str:
    """Value and interval of a column."""
    return "-" if row[name] is None else with_ends(row[name], (row[f"{name}_low"], row[f"{name}_high"]))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def write_leaderboard(board: Leaderboard, out: Path) -> list[Path]:
    """Write CSV, JSON and Markdown, each whole or not at all; raises a GANAnomalyError when the disk refuses."""
    paths = [out / TABLE, out / MARKDOWN, out / BOARD]
    columns = ("group", *FACTS, *NUMBERS)
    rows = [{"group": MEAN, **row} for row in board.rows]
    write_table(paths[0], columns, [*rows, *board.levels, *board.kinds])
    write_text(paths[1], markdown(board))
    write_text(paths[2], json.dumps(board.to_dict(), indent=2, default=str) + "\n")
    return paths
