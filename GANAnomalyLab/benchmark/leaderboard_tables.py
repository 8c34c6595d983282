"""The leaderboard as tables for people: the same columns in Markdown, on the terminal and on the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.files import write_text

from ..evaluate.study import MEAN
from ..evaluate.study.study_summary import TOP_3D
from ..report.cell_text import with_ends
from ..simulate.anomalies import LEVELS
from ..tables.write_csv import write_table
from .benchmark_plan import DEVELOPMENT, UNSEEN
from .leaderboard import BOARD, FACTS, MARKDOWN, NUMBERS, TABLE, Leaderboard

HEADS = (
    "model",
    "metric",
    "slice AUROC (95%)",
    "volume AUROC (95%)",
    "located",
    "first finding on it",
    "found in 3-D",
    "FROC in 3-D",
    "pixel AUROC",
    "pixel AP",
    "false positives a slice",
    "s a slice",
    "MiB",
)

PAIRED = "On the same patients, drawn anew together; 95% intervals, * where the interval does not hold zero."


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
            number(row["found_3d"], 2),
            number(row["froc_3d"], 2),
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


def kinds_left_out(board: Leaderboard) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: the mean over kinds, seen and unseen ones apart, and without each."""
    found = {item["configuration"]: item for item in board.left_out()}
    kinds = list(dict.fromkeys(kind for item in found.values() for kind in item["without"]))
    body = []
    for row in board.rows:
        item = found[row["configuration"]]
        apart = "-" if item["difference"] is None else f"{item['difference']:+.3f}"
        means = [number(item[name]) for name in ("all", "seen", "unseen")]
        without = [number(item["without"].get(kind)) for kind in kinds]
        body.append([row["title"], row["metric"], *means, apart, *without])
    heads = ["model", "metric", "all", "seen kinds", "unseen kinds", "unseen less seen"]
    return [*heads, *(f"without {kind.replace('_', ' ')}" for kind in kinds)], body


def pair_matrix(board: Leaderboard) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: each compared row less each other, with the interval; * where that does not hold zero."""
    compared = {name for pair in board.pairs for name in (pair.first, pair.second)}
    names = [row["configuration"] for row in board.rows if row["configuration"] in compared]

    def cell(first: str, second: str) -> str:
        pair = None if first == second else board.between(first, second)
        if pair is None:
            return ""
        clear = "*" if pair.low > 0 or pair.high < 0 else ""
        return f"{pair.value:+.3f}{clear} ({pair.low:+.3f} to {pair.high:+.3f})"

    return ["", *(f"less {name}" for name in names)], [[one, *(cell(one, two) for two in names)] for one in names]


def notes(board: Leaderboard) -> list[str]:
    """Sentences that a reader of the tables needs."""
    facts, first = board.facts, board.rows[0]
    plan, same = facts["plan"], facts["as_published"]
    what = f"slabs of {plan['slab']} slices" if plan["slab"] else "whole volumes"
    size = "the standard size" if plan["standard"] else "not a standard size: compare with nothing else"
    sensitivity = first["sensitivity"] or 0.0
    sentences = []
    if facts.get("cohort") == DEVELOPMENT:
        sentences.append(
            "This is the development cohort: its numbers are for choosing models and settings, never for reporting. "
            "What was chosen is reported on the standard cohort, once."
        )
    sentences += [
        f"Version {facts['benchmark_version']}, {size}: {first['cases']} abnormal cases of "
        f"{len(plan['kinds'])} kinds and {len(plan['levels'])} levels, {plan['baselines']} normal ones, {what}; "
        f"{first['abnormal_slices']} abnormal and {first['normal_slices']} normal slices. Every case is a virtual "
        "patient of its own.",
        "Areas and shares are means over the kinds, each counting once. A slice is scored by its highest patch. "
        "Located: share of abnormal slices whose highest patch is on it. False positives: findings off the anomaly, a "
        f"slice, where {sensitivity:.0%} of all abnormal cases are found.",
        f"In 3-D, where a finding is patches joined over slices: found, the share of lesions that one of the {TOP_3D} "
        "highest findings of the volume is on; FROC, the mean share found at 1/8, 1/4, 1/2, 1, 2, 4 and 8 findings off "
        "the lesion a volume.",
        "All patients are made of one person's CT by smooth deformation, which favours whatever bends one image into "
        "another: simple baselines and the warp do better here than they would on other people.",
    ]
    if set(UNSEEN) & set(plan["kinds"]):
        names = ", ".join(kind for kind in plan["kinds"] if kind in UNSEEN)
        sentences.append(
            f"Kinds that the development cohort does not have, so that no choice was made on them: {names}."
        )
    if same["same"] + same["rounded"] == facts["cases"]:
        sentences.append("The cases are the published ones.")
    elif same["other"]:
        sentences.append(f"{same['other']} of {facts['cases']} cases are not the published ones.")
    elif same["unknown"] < facts["cases"]:
        known = same["same"] + same["rounded"]
        sentences.append(f"{known} of {facts['cases']} cases are the published ones; the others are not published.")
    failed = sum(row["failed"] or 0 for row in board.rows)
    if failed:
        sentences.append(f"{failed} analyses failed and are left out; study/cases.csv says why.")
    return sentences


def markdown(board: Leaderboard) -> str:
    """All tables, with what they mean."""
    parts = ["# Benchmark", board.verdict(), _table(HEADS, overall(board))]
    for title, rows in (("By level", board.levels), ("By kind", board.kinds)):
        parts += [f"## {title}: slice AUROC / located", _table(*by_group(board, rows))]
    parts += ["## Without each kind: mean slice AUROC", _table(*kinds_left_out(board))]
    if board.pairs:
        parts += [f"## Row by row: slice AUROC of the row less that of the column\n\n{PAIRED}"]
        parts += [_table(*pair_matrix(board))]
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
