"""Findings as a table for the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..models.score_units import score_text, score_unit
from ..results.result import verdict_of
from ..results.usual import DEFAULT_PERCENT, UsualLine, standing

if TYPE_CHECKING:
    from ..results.result import AnalysisResult, Finding

NARROWEST = 100


def findings_table(
    findings: Sequence[Finding],
    title: str,
    notes: dict[int, str] | None = None,
    unit: str | None = None,
    line: UsualLine | None = None,
    opinions: Mapping[int, float] | None = None,
) -> None:
    """Print findings, best first; ``notes`` maps a rank to words for a last column, ``opinions`` to how probably a
    reader would accept the finding.

    ``unit`` is what scores count, as the manifest says it; None for the metric's own. What lies within the usual, below
    the ``line``, comes after a rule and fainter.
    """
    told = any(finding.why is not None for finding in findings)
    heads = ["#", "score", "slice (over)", "centre (mm)", "size (mm)"]
    heads += ["why"] * told + ["second opinion"] * bool(opinions) + ["what it is"] * bool(notes)
    rows = []
    for finding in findings:
        row = [
            str(finding.rank),
            score_text(finding.score, score_unit(finding.metric, calibrated=False) if unit is None else unit),
            f"{finding.slice} ({finding.slices[0]} to {finding.slices[1]})",
            place(finding.centre_ras),
            " x ".join(f"{size:.0f}" for size in finding.size_mm),
        ]
        if told:
            row.append("" if finding.why is None else str(finding.why.words()))
        if opinions:
            row.append(f"{100 * opinions[finding.rank]:.0f} %" if finding.rank in opinions else "")
        rows.append([*row, notes.get(finding.rank, "")] if notes else row)
    above = len(rows) if line is None else line.count(finding.score for finding in findings)
    print_table(title, heads, rows, empty="No finding.", strong=above)


def result_findings(
    result: AnalysisResult,
    title: str = "",
    notes: dict[int, str] | None = None,
    top: int = 0,
    percent: int = DEFAULT_PERCENT,
    opinions: Mapping[int, float] | None = None,
) -> None:
    """Print a result's findings, in the unit of its scores; ``top`` shows no more than so many.

    The table says, below a ``title`` of its own, how many are above what ``percent`` of normal slices show.
    """
    from ..pictures.manifest_facts import unit

    shown = result.findings[:top] if top else result.findings
    line = UsualLine.of(result.manifest.get("slice_thresholds"), percent)
    summary = standing([finding.score for finding in shown], line, unit(result), verdict_of(result.manifest))
    said = "\n".join(filter(None, [title, summary]))
    if shown:
        findings_table(shown, said, notes, unit(result), line, opinions)
    else:
        click.echo(said)


def print_table(
    title: str, heads: list[str], rows: list[list[str]], empty: str = "Nothing.", strong: int | None = None
) -> None:
    """A plain table on stdout, wide enough for a file as well; rows after the first ``strong`` ones are fainter."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, highlight=False, width=max(NARROWEST, console.width))
    if not rows:
        console.print(f"{escape(title)}: {empty}")
        return
    headed = any(heads)
    style = box.SIMPLE_HEAD if headed else box.SIMPLE
    console.print(escape(title))
    table = Table(box=style, show_header=headed)
    for head in heads:
        table.add_column(head, justify="right" if head in ("#", "score") else "left", overflow="fold")
    for number, row in enumerate(rows):
        faint = strong is not None and number >= strong
        table.add_row(
            *(escape(cell) for cell in row),
            style="dim" if faint else None,
            end_section=number + 1 == strong and number + 1 < len(rows),
        )
    console.print(table)


def place(ras: Iterable[float]) -> str:
    """A point in the patient's own directions, as Slicer shows it: ``R 40  A 12  S 380``."""
    letters = (("R", "L"), ("A", "P"), ("S", "I"))
    return "  ".join(f"{pair[value < 0]} {abs(value):.0f}" for pair, value in zip(letters, ras, strict=True))


def written(result: AnalysisResult) -> dict[str, str]:
    """The result's files that exist, by what they are, as paths."""
    from ..results.result import FILES

    paths = {name: result.path(name) for name in FILES}
    return {name: str(path) for name, path in paths.items() if Path(path).exists()}


def result_data(result: AnalysisResult) -> dict[str, Any]:
    """A result for machines."""
    from ..results.result import finding_dict

    return {
        "folder": str(result.folder),
        "reused": result.reused,
        "files": written(result),
        "findings": [finding_dict(finding) for finding in result.findings],
        "manifest": result.manifest,
    }
